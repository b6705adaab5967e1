import { readCatalogRow, type CatalogRow, type Finding } from './catalog-row.js';
import { planColumns } from './csv-columns.js';

const ID = '0199f3a0-0000-7000-8000-00000000000a';

function read(cells: Record<string, string>, mapping = {}) {
  const planned = planColumns(Object.keys(cells), mapping);
  if (!planned.ok) throw new Error(planned.errors.map(({ reason }) => reason).join(' '));
  return readCatalogRow(planned.plan, Object.values(cells));
}

function accepted(cells: Record<string, string>): { row: CatalogRow; warnings: Finding[] } {
  const result = read({ title: 'Emma', price: '1', ...cells });
  if (!result.ok) throw new Error(result.errors.map(({ reason }) => reason).join(' '));
  return result;
}

function errors(cells: Record<string, string>): string[] {
  const result = read({ title: 'Emma', price: '1', ...cells });
  return result.ok ? [] : result.errors.map(({ column, reason }) => `${column}: ${reason}`);
}

const list = (findings: Finding[]) => findings.map(({ column, reason }) => `${column}: ${reason}`);

describe('a row of a catalogue file', () => {
  it('becomes a book with everything the row says', () => {
    const result = read({
      title: '  The  Left Hand\nof Darkness ',
      authors: 'Le Guin, Ursula K.;',
      isbn: '0-441-47812-3',
      price: '19,99',
      publication_date: '1969.0',
      genre: ' Science  fiction ',
      language: 'eng',
      description: ' Winter.\r\n\r\nLight. ',
      units: '3',
      library: 'Harbour Branch',
      Publisher: 'Ace',
      pages: '304',
      empty: '',
    });
    expect(result).toEqual({
      ok: true,
      warnings: [],
      row: {
        title: 'The Left Hand of Darkness',
        authors: ['Le Guin, Ursula K.'],
        isbn: '9780441478125',
        priceCents: 1999,
        publicationDate: { text: '1969', sortKey: 19_690_000 },
        genre: 'Science fiction',
        language: 'en',
        description: 'Winter.\n\nLight.',
        units: 3,
        library: 'Harbour Branch',
        metadata: { Publisher: 'Ace', pages: '304' },
      },
    });
  });

  it('of an export brings its id, its holdings and values that are no text', () => {
    const { row } = accepted({
      id: ID.toUpperCase(),
      holdings: '{"Main Library":2,"Harbour Branch":0}',
      'metadata.pages': '304',
      'metadata.subjects': '["winter","ice"]',
      'metadata.note': "'=1+1",
    });
    expect(row.id).toBe(ID);
    expect(row.holdings).toEqual({ 'Main Library': 2, 'Harbour Branch': 0 });
    expect(row.metadata).toEqual({ pages: 304, subjects: ['winter', 'ice'], note: '=1+1' });
  });

  it('takes the column metadata apart where it is a JSON object, and as a text like any other where it is not', () => {
    expect(accepted({ metadata: '{"a":1,"b":"c"}' }).row.metadata).toEqual({ a: 1, b: 'c' });
    for (const text of ['Ace', '[1]', 'null'])
      expect(accepted({ metadata: text }).row.metadata).toEqual({ metadata: text });
    expect(accepted({ metadata: '' }).row.metadata).toEqual({});
  });

  it('with only a title has a warning that the price is missing', () => {
    expect(read({ title: 'Emma' })).toEqual({
      ok: true,
      warnings: [{ column: 'price', value: '', reason: 'The price is missing; 0 is taken.' }],
      row: {
        title: 'Emma',
        authors: [],
        isbn: null,
        priceCents: 0,
        publicationDate: null,
        genre: null,
        language: null,
        description: null,
        units: null,
        library: null,
        metadata: {},
      },
    });
  });

  it('is in Unicode NFC', () => {
    const { row } = accepted({ title: 'Bronte\u0308', genre: 'Poe\u0301sie' });
    expect([row.title, row.genre]).toEqual(['Brontë', 'Poésie']);
  });

  it('has no names that nobody can see', () => {
    expect(errors({ title: '\u200B\u3164' })).toEqual(['title: The title is missing.']);
    const { row } = accepted({
      title: '\u200BEmma\uFEFF',
      authors: 'Ann;\u2800;\u0301',
      genre: '\u00AD',
      library: '\u3164',
    });
    expect(row).toMatchObject({ title: 'Emma', authors: ['Ann'], genre: null, library: null });
    expect(errors({ holdings: '{"\u200B": 1}' })).toEqual(['holdings: The holdings name a library that cannot be.']);
  });

  it('with too few or too many cells is refused', () => {
    const planned = planColumns(['title', 'price']);
    if (!planned.ok) throw new Error('The header is good.');
    for (const cells of [['Emma'], ['Emma', '1', ''], []]) {
      const result = readCatalogRow(planned.plan, cells);
      expect(result.ok ? [] : result.errors).toEqual([
        { column: '', value: cells.join(' | '), reason: `The header has 2 columns, this row has ${cells.length}.` },
      ]);
    }
  });

  it('tells all that is wrong with it at once, under the names that the file uses', () => {
    const result = read({ Titel: ' ', Preis: '-1', units: 'x' }, { Titel: 'title', Preis: 'price' });
    expect(result.ok ? [] : list(result.errors)).toEqual([
      'Titel: The title is missing.',
      'Preis: The price is negative.',
      'units: The units are not a whole number from 0 to 100000.',
    ]);
  });

  it('tells ten things of it that are wrong, and that there are more', () => {
    const cells = Object.fromEntries(Array.from({ length: 998 }, (_, at) => [`c${at}`, '\u0001']));
    expect(errors(cells)).toEqual([
      ...Array.from({ length: 10 }, (_, at) => `c${at}: The cell has control characters.`),
      ': And more is wrong.',
    ]);
  });

  it('has no signs in a JSON list or in metadata that no database keeps', () => {
    for (const sign of ['\\u0000', '\\u0007', '\\ud800']) {
      expect(errors({ authors: `["a${sign}"]` })).toEqual(['authors: The name of an author has control characters.']);
    }
    for (const value of ['"\\u0000"', '{"a": ["\\u0000"]}']) {
      expect(errors({ 'metadata.x': value })).toEqual(['metadata.x: A metadata value has a NUL character.']);
    }
    for (const value of ['"\\ud800"', '{"a": ["\\udc00x"]}']) {
      expect(errors({ 'metadata.x': value })).toEqual(['metadata.x: A metadata value has half of a surrogate pair.']);
    }
  });

  it('shows at most 200 characters of a cell that is wrong', () => {
    const result = read({ title: 'x'.repeat(501), price: '1' });
    expect(result.ok ? [] : result.errors).toEqual([
      { column: 'title', value: 'x'.repeat(200), reason: 'Longer than 500 characters.' },
    ]);
  });

  it('shows nothing that a database cannot keep', () => {
    const result = read({ title: 'Em\u0000ma', 'a\u0000b': 'x\ud800', price: `-${'x'.repeat(198)}𝔄` });
    expect(result.ok ? [] : result.errors.map(({ column, value }) => `${column}=${value.slice(-5)}`)).toEqual([
      'title=Em\uFFFDma',
      'a\uFFFDb=x\uFFFD',
      'price=xxxx\uFFFD',
    ]);
  });

  it.each([
    [{ title: '' }, 'title: The title is missing.'],
    [{ title: "'\t" }, 'title: The title is missing.'],
    [{ price: '-0.01' }, 'price: The price is negative.'],
    [{ price: '1.005' }, /^price: .*two ways/],
    [{ publication_date: '2008-02-30' }, 'publication_date: There is no such day in this month.'],
    [{ publication_year: '12008' }, 'publication_year: The year is not between -9999 and 9999.'],
    [{ units: '-1' }, 'units: The units are not a whole number from 0 to 100000.'],
    [{ units: '100001' }, 'units: The units are not a whole number from 0 to 100000.'],
    [{ units: '1', holdings: '{"A":1}' }, 'units: The row has holdings; the units are their sum and stay empty.'],
    [{ holdings: '3' }, 'holdings: The holdings are not a JSON object {"<library>": units}.'],
    [{ author: 'x'.repeat(201) }, 'author: The name of an author is longer than 200 characters.'],
    [{ authors: Array.from({ length: 101 }, (_, at) => `A${at}`).join(';') }, 'authors: More than 100 authors.'],
    [{ genre: 'x'.repeat(101) }, 'genre: Longer than 100 characters.'],
    [{ library: 'x'.repeat(201) }, 'library: Longer than 200 characters.'],
    [{ description: 'x'.repeat(20_001) }, 'description: Longer than 20000 characters.'],
    [{ metadata: `{"a": "${'x'.repeat(65_536)}"}` }, ': The metadata is larger than 64 KiB.'],
    [{ title: 'Em\u0000ma' }, 'title: The cell has control characters.'],
    [{ publisher: 'A\u001bce' }, 'publisher: The cell has control characters.'],
    [{ 'metadata.x': '{"$a":1}' }, /^metadata.x: .*no leading \$/],
    [{ notes: 'x'.repeat(65_536) }, ': The metadata is larger than 64 KiB.'],
  ])('%.80j is refused', (cells, reason) => {
    const found = errors(cells);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(reason);
  });

  it('may be as long as the limits allow', () => {
    expect(
      errors({
        title: 'x'.repeat(500),
        authors: Array.from({ length: 100 }, (_, at) => String(at).padStart(200, 'x')).join(';'),
        genre: 'x'.repeat(100),
        library: 'x'.repeat(200),
        description: 'x'.repeat(20_000),
        units: '100000',
        notes: 'é'.repeat(32_000),
      }),
    ).toEqual([]);
  });
});

describe('the ISBN of a row', () => {
  it('is mended without a word', () => {
    const { row, warnings } = accepted({ isbn: '439023483' });
    expect([row.isbn, warnings, row.metadata]).toEqual(['9780439023481', [], {}]);
  });

  it('that cannot be mended is dropped with a warning and kept in the metadata', () => {
    const { row, warnings } = accepted({ ISBN: '9.78043902348e+12' });
    expect(row.isbn).toBeNull();
    expect(row.metadata).toEqual({ ISBN: '9.78043902348e+12' });
    expect(list(warnings)).toEqual([
      'ISBN: Floating-point notation has lost digits of the ISBN; keep the column as text. Kept in the metadata.',
    ]);
  });

  it('is the first usable one of several, and what the others say is kept without a warning', () => {
    const { row, warnings } = accepted({ isbn: 'n/a', isbn13: '9780439023481' });
    expect([row.isbn, warnings, row.metadata]).toEqual(['9780439023481', [], { isbn: 'n/a' }]);
    expect(accepted({ isbn: '0439023483', isbn13: '9780439023481' }).row.metadata).toEqual({});
    expect(accepted({ isbn: '0439023483', isbn13: '9780061120084' }).row.metadata).toEqual({ isbn13: '9780061120084' });
  });

  it('is the first usable one of several in a cell, which is kept whole', () => {
    const { row, warnings } = accepted({ isbn: '0439023483 (pbk.); 9780061120084' });
    expect([row.isbn, warnings, row.metadata]).toEqual([
      '9780439023481',
      [],
      { isbn: '0439023483 (pbk.); 9780061120084' },
    ]);
  });

  it('unusable in all columns is warned of in each', () => {
    const { row, warnings } = accepted({ isbn: '1', isbn13: '2' });
    expect([row.isbn, warnings.length, row.metadata]).toEqual([null, 2, { isbn: '1', isbn13: '2' }]);
  });

  it('kept in the metadata does not displace what the row says there', () => {
    expect(accepted({ isbn: '1', 'metadata.isbn': '"2"' }).row.metadata).toEqual({ isbn: '2' });
  });
});

describe('what a row can do without', () => {
  it('a language that is not known goes to the metadata with a warning', () => {
    const { row, warnings } = accepted({ language: 'Klingonisch' });
    expect([row.language, row.metadata]).toEqual([null, { language: 'Klingonisch' }]);
    expect(list(warnings)).toEqual([
      'language: The language is not a known ISO 639 code or BCP 47 tag. Kept in the metadata.',
    ]);
  });

  it('year 0 is unknown, with a warning', () => {
    const { row, warnings } = accepted({ publication_year: '0.0' });
    expect(row.publicationDate).toBeNull();
    expect(list(warnings)).toEqual(['publication_year: There is no year 0; the date is taken as unknown.']);
  });

  it("another catalogue's id goes to the metadata with a warning", () => {
    const { row, warnings } = accepted({ id: '17' });
    expect([row.id, row.metadata, warnings.length]).toEqual([undefined, { id: '17' }, 1]);
  });

  it('years before our era are kept', () => {
    expect(accepted({ publication_year: '-750.0' }).row.publicationDate).toEqual({
      text: '-0750',
      sortKey: -7_500_000,
    });
    expect(accepted({ publication_date: "'-0750" }).row.publicationDate?.text).toBe('-0750');
  });
});
