import { joinAuthors } from './author-names.js';
import { csvCell, printableJson, writeHoldingsCell, writeMetadataCell } from './csv-cells.js';
import type { Metadata } from './metadata.js';
import { Money } from './money.js';

/** All of a book that an export tells. */
export interface ExportedBook {
  id: string;
  title: string;
  authors: readonly string[];
  isbn: string | null;
  priceCents: number;
  publicationDate: string | null;
  genre: string | null;
  language: string | null;
  description: string | null;
  /** Where there are units of it. */
  holdings: readonly { id: string; library: string; units: number }[];
  metadata: Metadata;
}

/** The import reads at most 1,000 columns, and a wider table serves nobody. */
export const MOST_KEY_COLUMNS = 500;

const COLUMNS: Record<string, (book: ExportedBook) => string> = {
  id: ({ id }) => id,
  title: ({ title }) => title,
  authors: ({ authors }) => joinAuthors(authors),
  isbn: ({ isbn }) => isbn ?? '',
  price: ({ priceCents }) => Money.ofCents(priceCents).toString(),
  publication_date: ({ publicationDate }) => publicationDate ?? '',
  genre: ({ genre }) => genre ?? '',
  language: ({ language }) => language ?? '',
  description: ({ description }) => description ?? '',
  holdings: ({ holdings }) => writeHoldingsCell(holdings),
};

/** Whether a header gives the key back: the names of columns are trimmed. */
export const canBeColumn = (key: string): boolean => key === key.trimEnd();

/** The first record: the known columns, `metadata.<key>` for each key, and `metadata` for all other keys. */
export function exportHeader(keys: ReadonlySet<string>): string {
  return record([...Object.keys(COLUMNS), ...[...keys].map((key) => `metadata.${key}`), 'metadata']);
}

/** The book as a record under that header. An import of it says of each field what the book has already. */
export function exportRecord(book: ExportedBook, keys: ReadonlySet<string>): string {
  const { metadata } = book;
  const others = Object.entries(metadata).filter(([key]) => !keys.has(key));
  return record([
    ...Object.values(COLUMNS).map((cell) => cell(book)),
    ...[...keys].map((key) => (Object.hasOwn(metadata, key) ? writeMetadataCell(metadata[key]) : '')),
    others.length > 0 ? printableJson(Object.fromEntries(others)) : '',
  ]);
}

const record = (cells: readonly string[]): string => `${cells.map(csvCell).join()}\r\n`;
