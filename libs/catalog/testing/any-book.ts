import fc from 'fast-check';
import { tidyName } from '@holdfast/kernel';
import { CATALOG_LIMITS } from '../src/domain/catalog-limits.js';
import { tidyDescription } from '../src/domain/catalog-row.js';
import { isPrintable } from '../src/domain/csv-cells.js';
import { Isbn } from '../src/domain/isbn.js';
import { reasonAgainstMetadata } from '../src/domain/metadata-keys.js';
import { PublicationDate } from '../src/domain/publication-date.js';

/** A book as the API takes it, its texts in their tidy form. */
export interface AnyBook {
  title: string;
  authors: string[];
  isbn: string | null;
  price: number;
  publicationDate: string | null;
  genre: string | null;
  language: string | null;
  description: string | null;
  metadata: Record<string, unknown>;
}

/** What CSV, spreadsheets, JSON and lists of authors give a meaning of their own, and Unicode that is easily lost. */
const PIECES = [
  ...`'"=+-@,;|\n\r\t\\ {}[]:.$_&ab017`,
  ...['&amp', ', ', '\r\n', 'é', 'e\u0301', '漢', '😀', '\u2028', '\uFEFF', '\u00a0', '\u037e', '\u007f', '\u0085'],
];
const WHOLE = [
  ...["'", "'=1", "''+", '=cmd|/C calc!A0', '-0750', '+49', '@SUM(A1)', 'null', 'true', '12', '007', '1e3', '[]'],
  ...['{}', '["a"]', '"a"', '["a', 'Tolkien, J.R.R.', 'Smith &amp', 'AT&T', 'A;B', 'C|D', "'tis", 'metadata.x', 'id'],
];
const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...PIECES) }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).filter((text) => !/[\0\p{Cs}]/u.test(text)),
  fc.constantFrom(...WHOLE),
);
const anyName = (limit: number) =>
  anyText.map(tidyName).filter((name) => name !== '' && name.length <= limit && isPrintable(name));

const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    anyText,
    fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(anyText, tie('value'), { maxKeys: 3 }),
  ),
})).value;

const anyMetadata = fc
  .dictionary(
    fc.oneof(fc.constantFrom('publisher', 'note', 'Note', 'note ', 'metadata', 'id', 'title'), anyText),
    anyJson,
    {
      maxKeys: 5,
    },
  )
  .map((metadata) => JSON.parse(JSON.stringify(metadata)) as Record<string, unknown>)
  .filter((metadata) => reasonAgainstMetadata(metadata) === null);

const anyIsbn = fc.integer({ min: 0, max: 99_999_999 }).map((number) => {
  const body = `9781${String(number).padStart(8, '0')}`;
  const ends = Array.from({ length: 10 }, (_, digit) => Isbn.parse(`${body}${digit}`)?.value);
  return ends.find((isbn) => isbn !== undefined) ?? null;
});

const anyDate = fc
  .tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 31 }))
  .map(([year, month, day]) => {
    const two = (part: number): string => (part === 0 ? '' : `-${String(part).padStart(2, '0')}`);
    const sign = year < 0 ? '-' : '';
    return `${sign}${String(Math.abs(year)).padStart(4, '0')}${two(month)}${month === 0 ? '' : two(day)}`;
  })
  .filter((date) => PublicationDate.parse(date) !== null);

export const anyBook: fc.Arbitrary<AnyBook> = fc.record({
  title: anyName(CATALOG_LIMITS.title),
  authors: fc.uniqueArray(anyName(CATALOG_LIMITS.author), { maxLength: 4, selector: (name) => name.toLowerCase() }),
  isbn: fc.option(anyIsbn),
  price: fc.integer({ min: 0, max: 999_999_999 }).map((cents) => cents / 100),
  publicationDate: fc.option(anyDate),
  genre: fc.option(anyName(CATALOG_LIMITS.genre)),
  language: fc.option(fc.constantFrom('en', 'de-AT', 'zh-Hant-TW', 'mul', 'grc')),
  description: fc.option(anyText.filter(isPrintable).map((text) => tidyDescription(text) || null)),
  metadata: anyMetadata,
});
