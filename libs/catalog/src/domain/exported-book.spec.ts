import { canBeColumn, type ExportedBook, exportHeader, exportRecord } from './exported-book.js';

const BOOK: ExportedBook = {
  id: '0199a1b2-0000-7000-8000-000000000001',
  title: 'The Dispossessed',
  authors: ['Ursula K. Le Guin'],
  isbn: '9780061054884',
  priceCents: 990,
  publicationDate: '1974-05',
  genre: 'Science fiction',
  language: 'en',
  description: 'An ambiguous utopia.\n"Anarres", Urras',
  holdings: [{ id: 'l1', library: 'Main Library', units: 3 }],
  metadata: { publisher: 'Harper & Row', pages: 341 },
};
const NOTHING = { isbn: null, publicationDate: null, genre: null, language: null, description: null };
const KNOWN = 'id,title,authors,isbn,price,publication_date,genre,language,description,holdings';
const keys = new Set(['pages', 'publisher']);
/** The record, without what no test is about. */
const record = (book: Partial<ExportedBook>, columns = new Set<string>()) =>
  exportRecord({ ...BOOK, ...NOTHING, holdings: [], metadata: {}, ...book }, columns);

describe('an exported book', () => {
  it('is a record of the import, the id first', () => {
    expect(exportHeader(keys)).toBe(`${KNOWN},metadata.pages,metadata.publisher,metadata\r\n`);
    expect(exportRecord(BOOK, keys)).toBe(
      '0199a1b2-0000-7000-8000-000000000001,The Dispossessed,Ursula K. Le Guin,9780061054884,9.90,1974-05,' +
        'Science fiction,en,"An ambiguous utopia.\n""Anarres"", Urras","{""Main Library"":3}",341,Harper & Row,\r\n',
    );
  });

  it('leaves empty what it does not know', () => {
    expect(record({ authors: [] }, keys)).toBe(`${BOOK.id},The Dispossessed,,,9.90,,,,,{},,,\r\n`);
  });

  it('runs in no spreadsheet', () => {
    const written = record(
      {
        title: '=HYPERLINK("http://x")',
        authors: ['+1', '-2'],
        genre: '@SUM(A1)',
        description: "'=1",
        publicationDate: '-0750',
        metadata: { a: '\t=1', b: -5, c: '-x' },
      },
      new Set(['a', 'b', 'c']),
    );
    expect(written).toBe(
      `${BOOK.id},"'=HYPERLINK(""http://x"")","'+1;-2",,9.90,'-0750,'@SUM(A1),,''=1,{},"""\\t=1""",'-5,'-x,\r\n`,
    );
  });

  it('has metadata of keys without a column as one object', () => {
    const metadata = { a: 'x', 'b ': 1, c: ['\u0085'] };
    expect(record({ metadata }, new Set(['a']))).toContain(',x,"{""b "":1,""c"":[""\\u0085""]}"\r\n');
    expect(['a', ' a', 'a ', 'a\u00a0'].map(canBeColumn)).toEqual([true, true, false, false]);
  });

  it('names a library whose name would not be read by its id', () => {
    const holdings = ['East', 'Two  Spaces', 'x'.repeat(201), '__proto__', 'e\u0301'].map((library, place) => ({
      ...{ id: `l${place}`, library, units: place },
    }));
    expect(record({ holdings })).toContain('"{""East"":0,""l1"":1,""l2"":2,""l3"":3,""l4"":4}"');
  });

  it('has a header that no delimiter in a key misleads', () => {
    expect(exportHeader(new Set(['a;b', 'c\td', 'e"f', 'g,h']))).toBe(
      `${KNOWN},"metadata.a;b","metadata.c\td","metadata.e""f","metadata.g,h",metadata\r\n`,
    );
  });
});
