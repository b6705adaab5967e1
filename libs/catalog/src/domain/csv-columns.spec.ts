import { checkMapping, planColumns, type ColumnMapping } from './csv-columns.js';

function planned(header: string[], mapping?: ColumnMapping) {
  const result = planColumns(header, mapping);
  if (!result.ok) throw new Error(result.errors.map(({ reason }) => reason).join(' '));
  return result.plan;
}

function reasons(header: string[], mapping?: ColumnMapping): string[] {
  const result = planColumns(header, mapping);
  return result.ok ? [] : result.errors.map(({ column, reason }) => `${column}: ${reason}`);
}

describe('the header of a catalogue file', () => {
  it('names the known columns in any order and case', () => {
    const plan = planned([' Price ', 'TITLE', 'Author', 'ISBN13', 'publication_year', 'Isbn', 'units', 'Library']);
    expect(plan.fields).toEqual({ price: 0, title: 1, authors: 2, publicationDate: 4, units: 6, library: 7 });
    expect(plan.isbns).toEqual([3, 5]);
    expect(plan.metadata).toEqual([]);
  });

  it('is found behind a byte order mark', () => {
    expect(planned(['\uFEFFtitle']).fields).toEqual({ title: 0 });
  });

  it('sends every other column to the metadata under its name', () => {
    expect(planned(['title', 'Publisher', '', 'original_title', 'metadata.pages']).metadata).toEqual([
      { position: 1, key: 'Publisher', holdsJson: false },
      { position: 2, key: 'column_3', holdsJson: false },
      { position: 3, key: 'original_title', holdsJson: false },
      { position: 4, key: 'pages', holdsJson: true },
    ]);
  });

  it('of an export has the columns that only exports have', () => {
    const plan = planned(['id', 'title', 'holdings', 'metadata.a', 'metadata.A', 'metadata']);
    expect(plan.fields).toEqual({ id: 0, title: 1, holdings: 2, metadata: 5 });
    expect(plan.metadata.map(({ key }) => key)).toEqual(['a', 'A']);
  });

  it('without a title is refused, and the columns seen are named', () => {
    expect(reasons(['name', '', 'price'])).toEqual([
      'title: There is no column "title"; the file has: name, (no name), price',
    ]);
  });

  it.each([
    [['title', 'x', 'x'], 'x: The header has this column more than once.'],
    [['title', 'title'], 'title: The header has this column more than once.'],
    [['title', 'isbn', 'isbn'], 'isbn: The header has this column more than once.'],
    [['title', 'Title'], 'Title: Columns "title" and "Title" mean the same; map one to another name.'],
    [['title', 'author', 'authors'], 'authors: Columns "author" and "authors" mean the same; map one to another name.'],
    [['title', 'a', 'metadata.a'], 'metadata.a: Columns "a" and "metadata.a" mean the same; map one to another name.'],
    [['title', 'column_3', ''], ': Columns "column_3" and "" mean the same; map one to another name.'],
  ])('%j is refused', (header, reason) => {
    expect(reasons(header)).toEqual([reason]);
  });

  it('may have 1,000 columns and no more', () => {
    const header = ['title', ...Array.from({ length: 999 }, (_, at) => `c${at}`)];
    expect(planned(header).metadata).toHaveLength(999);
    expect(reasons([...header, 'one more'])).toEqual([': The header has 1001 columns; at most 1000 are read.']);
  });

  it('has its dots, leading $ and control characters changed in metadata keys, with a warning', () => {
    const plan = planned(['title', 'No.', '$where', 'a\u0000b', 'metadata.c.d']);
    expect(plan.metadata.map(({ key }) => key)).toEqual(['No_', '_where', 'a_b', 'c_d']);
    expect(plan.warnings).toHaveLength(4);
    expect(plan.warnings[0]).toEqual({
      column: 'No.',
      value: 'No.',
      reason: 'Kept in the metadata as "No_": a metadata key has no dot, no control character and no leading $.',
    });
    expect(reasons(['title', 'a.b', 'a_b'])).toHaveLength(1);
  });

  it('that is wrong in many places tells of ten, each with a name of at most 200 characters', () => {
    const doubles = Array.from({ length: 400 }, (_, at) => `${at}${'x'.repeat(300)}`);
    const told = reasons(['title', ...doubles, ...doubles]);
    expect(told).toHaveLength(11);
    expect(told[0]).toBe(`0${'x'.repeat(199)}: The header has this column more than once.`);
    expect(told[10]).toBe(': And more is wrong.');
  });

  it.each(['__proto__', 'constructor', 'prototype', 'metadata.__proto__', 'metadata.', 'x'.repeat(201)])(
    'with the column %.30s is refused',
    (name) => {
      expect(reasons(['title', name])).toEqual([
        expect.stringContaining('Give the column another name with the mapping.'),
      ]);
      expect(planned(['title', name], { [name]: 'other' }).metadata).toHaveLength(1);
    },
  );
});

describe('the mapping of an upload', () => {
  it('gives columns known names or others, whatever their case', () => {
    const header = ['Titel', 'original_publication_year', 'language_code', 'ean', 'id'];
    const mapping = {
      titel: 'Title',
      original_publication_year: 'publication_year',
      language_code: 'language',
      ean: 'isbn13',
      id: 'old_id',
    };
    const plan = planned(header, mapping);
    expect(plan.fields).toEqual({ title: 0, publicationDate: 1, language: 2 });
    expect(plan.isbns).toEqual([3]);
    expect(plan.metadata).toEqual([{ position: 4, key: 'old_id', holdsJson: false }]);
  });

  it('may map several columns to ISBNs, but no two to another field', () => {
    expect(planned(['title', 'a', 'b', 'isbn'], { a: 'isbn', b: 'isbn' }).isbns).toEqual([1, 2, 3]);
    expect(reasons(['title', 'a', 'b'], { a: 'genre', b: 'genre' })).toEqual([
      'b: Columns "a" and "b" mean the same; map one to another name.',
    ]);
    expect(reasons(['title', 'original_title'], { original_title: 'title' })).toHaveLength(1);
  });

  it('of a column that the file does not have, or has twice in other cases, is refused', () => {
    expect(reasons(['title'], { titel: 'genre' })).toEqual([
      'titel: The mapping names a column that the file does not have; the file has: title',
    ]);
    expect(reasons(['title', 'X', 'x'], { x: 'genre' })).toEqual([]);
    expect(reasons(['title', 'X', 'Xx', 'xX'], { xx: 'genre' })).toHaveLength(1);
  });

  it.each([[null], [[]], ['a'], [3], [{ a: 1 }], [{ a: '' }], [{ a: ' ' }], [{ a: null }], [{ a: {} }]])(
    '%j is refused before the file is read',
    (mapping) => {
      expect(checkMapping(mapping).ok).toBe(false);
    },
  );

  it('is checked and trimmed, without harm from __proto__', () => {
    expect(checkMapping({ ' a ': ' title ' })).toEqual({ ok: true, value: { a: 'title' } });
    const hostile = checkMapping(JSON.parse('{"__proto__":"title"}'));
    expect(hostile.ok && Object.keys(hostile.value)).toEqual(['__proto__']);
  });
});
