import fc from 'fast-check';
import type { Page } from '@holdfast/platform';
import { newId } from '@holdfast/kernel';
import { type CatalogApp, catalogApp } from '../../testing/catalog-app.js';
import { BookList } from './book-list.js';
import type { BookView } from './book.view.js';
import { type BookSort, bookSorts, type ResolvedFilters } from './book-list-sql.js';
import { BookSearch, wordsOf } from './book-search.js';

interface Row {
  id: string;
  title: string;
  price: number;
  published: number | null;
  language: string | null;
  minute: number;
}
interface Asked {
  search: string;
  sort: BookSort;
  filters: Pick<ResolvedFilters, 'minPriceCents' | 'maxPriceCents' | 'language' | 'publishedFrom' | 'publishedTo'>;
}

// Few characters, so that words meet each other's parts; with accents, signs, wild cards of LIKE and a script without spaces.
const WORD = fc.oneof(fc.stringMatching(/^[aÄb1]{1,4}$/u), fc.stringMatching(/^[abÄé1%_\\',.(红楼]{1,3}$/u));
const TITLE = fc.array(WORD, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
const ROW: fc.Arbitrary<Row> = fc.record({
  id: fc.uuid({ version: 7 }),
  title: TITLE,
  price: fc.integer({ min: 0, max: 3 }),
  published: fc.option(fc.integer({ min: -20, max: 20 })),
  language: fc.constantFrom(null, 'en', 'en-GB', 'eng', 'fr'),
  minute: fc.integer({ min: 0, max: 5 }),
});
const ASKED: fc.Arbitrary<Asked> = fc.record({
  search: fc.oneof(
    fc.constant(''),
    WORD,
    WORD,
    fc.tuple(WORD, WORD).map((words) => words.join(' ')),
  ),
  sort: fc.constantFrom(...bookSorts),
  filters: fc.oneof(
    fc.constant({}),
    fc.record(
      {
        minPriceCents: fc.constantFrom(0, 1),
        maxPriceCents: fc.constantFrom(1, 2),
        language: fc.constantFrom('en', 'fr'),
        publishedFrom: fc.constant(-10),
        publishedTo: fc.constant(10),
      },
      { requiredKeys: [] },
    ),
  ),
});

const folded = (text: string): string => text.normalize('NFC').toLowerCase().replaceAll('ä', 'a').replaceAll('é', 'e');
const beginsWord = (text: string, word: string): boolean =>
  /^[ab\de红楼]/u.test(word) && ` ${text}`.includes(` ${word}`);
const mentions = (text: string, word: string): boolean =>
  /[ab\de红楼]{3}/u.test(word) || /^[^ab\de]|[^ab\de',.(]/u.test(word) ? text.includes(word) : beginsWord(text, word);
const compare = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** What the list must show, by looking at each book. */
function naively(rows: readonly Row[], { search, sort, filters }: Asked): string[] {
  const words = wordsOf(folded(search));
  const near = (title: string): number => {
    if (title.startsWith(words.join(' '))) return 0;
    return words.every((word) => beginsWord(title, word)) ? 1 : 2;
  };
  const { minPriceCents = 0, maxPriceCents = 9, language, publishedFrom, publishedTo } = filters;
  const found = rows.filter(
    (row) =>
      words.every((word) => mentions(folded(row.title), word)) &&
      row.price >= minPriceCents &&
      row.price <= maxPriceCents &&
      (language === undefined || row.language === language || row.language?.startsWith(`${language}-`)) &&
      (publishedFrom === undefined || (row.published !== null && row.published >= publishedFrom)) &&
      (publishedTo === undefined || (row.published !== null && row.published <= publishedTo)),
  );
  const down = sort.startsWith('-') ? -1 : 1;
  const differ: Record<string, (one: Row, other: Row) => number> = {
    title: (one, other) => compare(folded(one.title), folded(other.title)),
    price: (one, other) => one.price - other.price,
    publicationDate: (one, other) => (one.published ?? down * 1e9) - (other.published ?? down * 1e9),
    createdAt: (one, other) => one.minute - other.minute,
    relevance: (one, other) =>
      near(folded(one.title)) - near(folded(other.title)) || compare(folded(one.title), folded(other.title)),
  };
  const order = differ[sort.replace('-', '')] ?? (() => 0);
  return found.sort((one, other) => down * (order(one, other) || compare(one.id, other.id))).map(({ id }) => id);
}

describe('A list of books', () => {
  let catalogue: CatalogApp;
  beforeAll(async () => {
    catalogue = await catalogApp();
  });
  afterAll(() => catalogue.close());

  const shelve = async (rows: readonly Row[]): Promise<void> => {
    await catalogue.database.execute('DELETE FROM catalog.books');
    await catalogue.database.execute(
      `INSERT INTO catalog.books (id, title, price_cents, publication_date, publication_sort, language, created_at, search_text)
       SELECT id, title, price, published::text, published, language, timestamptz '2026-01-01' + minute * interval '1 minute',
              catalog.search_text(title, NULL, '{}')
         FROM json_to_recordset($1) AS r (id uuid, title text, price int, published int, language text, minute int)`,
      [JSON.stringify(rows)],
    );
  };

  const read = (asked: Asked, bounds: { counted: number; walked: number }, window: object): Promise<Page<string>> => {
    const words = wordsOf(asked.search).map((word) => [word]);
    const search = words.length ? new BookSearch(words, null) : null;
    const whole = { limit: 100, offset: 0, ...window };
    return new BookList(catalogue.database, asked.filters, search, asked.sort, whole, bounds).page();
  };
  const booksOf = ({ items }: Page<string>): BookView[] => items.map((json) => JSON.parse(json) as BookView);
  const idsOf = (page: Page<string>): string[] => booksOf(page).map(({ id }) => id);

  it('shows the books that match, in order, by whichever plan it reads them, in pages as whole', async () => {
    const catalogues = fc.uniqueArray(ROW, { selector: ({ id }) => id, minLength: 20, maxLength: 60 });
    const questions = fc.array(ASKED, { minLength: 10, maxLength: 10 });
    const seen = { books: 0, lists: 0 };
    await fc.assert(
      fc.asyncProperty(catalogues, questions, fc.integer({ min: 1, max: 7 }), async (rows, asks, limit) => {
        await shelve(rows);
        for (const asked of asks) {
          if (asked.sort === 'relevance' && !asked.search) continue;
          const expected = naively(rows, asked);
          seen.lists++;
          seen.books += expected.length;
          const few = await read(asked, { counted: 10_000, walked: 5_000 }, {});
          expect([few.total, idsOf(few)]).toEqual([expected.length, expected]);
          // Nothing is few; the walk leads far enough; it does not.
          for (const bounds of [PLENTY, { counted: 0, walked: 1 }]) {
            expect(idsOf(await read(asked, bounds, {}))).toEqual(expected);
            const pages: string[] = [];
            for (let cursor: string | null | undefined; cursor !== null;) {
              const page = await read(asked, bounds, { limit, cursor });
              pages.push(...idsOf(page));
              cursor = page.nextCursor;
            }
            expect(pages).toEqual(expected);
          }
        }
      }),
      { numRuns: 30 },
    );
    // A model that finds next to nothing would prove next to nothing.
    expect(seen.books / seen.lists).toBeGreaterThan(2);
  }, 120_000);

  it('goes on where a page ended although its last book is gone, and others came before it', async () => {
    const row = (title: string): Row => ({ ...SOME, id: newId(), title });
    const rows = ['alpha', 'alpine', 'an alp', 'big alp', 'scalp'].map(row);
    for (const bounds of [{ counted: 10_000, walked: 5_000 }, PLENTY]) {
      await shelve(rows);
      const asked: Asked = { search: 'alp', sort: 'relevance', filters: {} };
      const first = await read(asked, bounds, { limit: 3 });
      expect(idsOf(first)).toEqual(rows.slice(0, 3).map(({ id }) => id));
      await shelve([...rows.filter(({ title }) => title !== 'an alp'), row('alp'), row('a scalp'), row('more alps')]);
      const rest = await read(asked, bounds, { limit: 10, cursor: first.nextCursor });
      expect(booksOf(rest).map(({ title }) => title)).toEqual(['big alp', 'more alps', 'a scalp', 'scalp']);
    }
  });

  it('leaves books out by offset over all distances of a search', async () => {
    const titles = ['alpha', 'alpine', 'an alp', 'big alp', 'scalp'];
    await shelve(titles.map((title) => ({ ...SOME, id: newId(), title })));
    const asked: Asked = { search: 'alp', sort: 'relevance', filters: {} };
    for (const bounds of [
      { counted: 10_000, walked: 5_000 },
      { counted: 4, walked: 1 },
    ]) {
      for (const offset of [1, 2, 3, 4]) {
        const page = await read(asked, bounds, { limit: 2, offset });
        expect(booksOf(page).map(({ title }) => title)).toEqual(titles.slice(offset, offset + 2));
      }
    }
  });
});

const PLENTY = { counted: 0, walked: 5_000 };
const SOME: Omit<Row, 'id' | 'title'> = { price: 1, published: null, language: null, minute: 0 };
