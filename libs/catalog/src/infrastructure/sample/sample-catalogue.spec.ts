import { planColumns } from '../../domain/csv-columns.js';
import { readCatalogRow, type CatalogRow } from '../../domain/catalog-row.js';
import { joinAuthors } from '../../domain/author-names.js';
import { escapeFormula, writeMetadataCell } from '../../domain/csv-cells.js';
import { Isbn } from '../../domain/isbn.js';
import { normaliseLanguage } from '../../domain/language.js';
import { Money } from '../../domain/money.js';
import { PublicationDate } from '../../domain/publication-date.js';
import { SAMPLE_CATALOGUE, SAMPLE_LIBRARIES, type SampleBook } from './sample-catalogue.js';

/** As an export writes the book and an import reads it. */
function throughCsv(book: SampleBook): CatalogRow {
  const { authors, publicationDate, holdings, metadata = {}, price, isbn = '', ...texts } = book;
  const cells: Record<string, string> = {
    ...texts,
    isbn,
    authors: joinAuthors(authors),
    publication_date: publicationDate,
    price: String(price),
    holdings: JSON.stringify(holdings),
  };
  for (const [key, value] of Object.entries(metadata)) cells[`metadata.${key}`] = writeMetadataCell(value);
  const planned = planColumns(Object.keys(cells));
  if (!planned.ok) throw new Error(JSON.stringify(planned.errors));
  const read = readCatalogRow(planned.plan, Object.values(cells).map(escapeFormula));
  if (!read.ok || read.warnings.length > 0) throw new Error(JSON.stringify(read));
  return read.row;
}

describe('the sample catalogue', () => {
  it('has between 40 and 50 titles, each once', () => {
    expect(SAMPLE_CATALOGUE.length).toBeGreaterThanOrEqual(40);
    expect(SAMPLE_CATALOGUE.length).toBeLessThanOrEqual(50);
    const keys = SAMPLE_CATALOGUE.map(({ title, authors }) => `${title}|${authors[0] ?? ''}`.toLowerCase());
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has only right ISBNs in canonical form, each once', () => {
    const isbns = SAMPLE_CATALOGUE.flatMap(({ isbn }) => (isbn === undefined ? [] : [isbn]));
    expect(isbns.length).toBeGreaterThan(15);
    expect(isbns.map((isbn) => Isbn.parse(isbn)?.value)).toEqual(isbns);
    expect(new Set(isbns).size).toBe(isbns.length);
  });

  it.each(SAMPLE_CATALOGUE.map((book) => [book.title, book] as const))('%s keeps every rule', (_title, book) => {
    expect(Money.fromNumber(book.price).ok).toBe(true);
    expect(PublicationDate.parse(book.publicationDate)?.toString()).toBe(book.publicationDate);
    expect(normaliseLanguage(book.language)).toEqual({ ok: true, value: book.language });
    expect(throughCsv(book)).toEqual({
      title: book.title,
      authors: book.authors,
      isbn: book.isbn ?? null,
      priceCents: Math.round(book.price * 100),
      publicationDate: { text: book.publicationDate, sortKey: PublicationDate.parse(book.publicationDate)?.sortKey },
      genre: book.genre,
      language: book.language,
      description: book.description,
      units: null,
      library: null,
      holdings: book.holdings,
      metadata: book.metadata ?? {},
    });
  });

  it('spreads its copies over the three libraries, with single copies and with libraries that have none', () => {
    const unitsOf = ({ holdings }: SampleBook) => Object.values(holdings);
    const total = (book: SampleBook) => unitsOf(book).reduce((sum, units) => sum + units, 0);
    for (const book of SAMPLE_CATALOGUE) expect(Object.keys(book.holdings)).toEqual([...SAMPLE_LIBRARIES]);
    expect(SAMPLE_CATALOGUE.every((book) => total(book) > 0)).toBe(true);
    expect(SAMPLE_CATALOGUE.filter((book) => total(book) === 1).length).toBeGreaterThanOrEqual(5);
    expect(SAMPLE_CATALOGUE.filter((book) => unitsOf(book).includes(0)).length).toBeGreaterThanOrEqual(5);
  });
});
