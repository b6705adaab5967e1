import { Transform } from 'class-transformer';
import { isId, reasonAgainstName } from '@holdfast/kernel';
import { type Rule, rule } from '@holdfast/platform';
import { CATALOG_LIMITS } from '../domain/catalog-limits.js';
import { tidyDescription } from '../domain/catalog-row.js';
import { isPrintable } from '../domain/csv-cells.js';
import { Isbn } from '../domain/isbn.js';
import { normaliseLanguage } from '../domain/language.js';
import { reasonAgainstMetadata } from '../domain/metadata-keys.js';
import { Money } from '../domain/money.js';
import type { Parsed } from '../domain/parsed.js';
import { PublicationDate } from '../domain/publication-date.js';

const reasonIn =
  (read: (text: string) => Parsed<unknown>): Rule =>
  (value) => {
    if (typeof value !== 'string') return 'must be a text';
    const result = read(value);
    return result.ok ? null : result.reason;
  };

const reasonAgainstAuthor: Rule = (author) => {
  if (typeof author === 'string') return reasonAgainstName(author, CATALOG_LIMITS.author);
  if (typeof author !== 'object' || author === null) return 'must be a name or {"id": "…"}';
  return Object.keys(author).join() === 'id' && isId((author as { id: unknown }).id)
    ? null
    : 'must be a name or {"id": "…"}';
};

const reasonAgainstAuthors: Rule = (authors) => {
  if (!Array.isArray(authors)) return 'must be a list of names or {"id": "…"}';
  if (authors.length > CATALOG_LIMITS.authors) return `must have at most ${CATALOG_LIMITS.authors} authors`;
  const reasons = authors.map(reasonAgainstAuthor);
  const place = reasons.findIndex((reason) => reason !== null);
  return place === -1 ? null : `author ${place + 1} ${reasons[place]}`;
};

/** Null for an object that may be a book's metadata; the size is checked where it is known, after a merge. */
export const reasonAgainstMetadataObject: Rule = (value) =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? 'must be a JSON object'
    : reasonAgainstMetadata(value);

export const IsIsbn = rule(
  'isIsbn',
  reasonIn((text) => Isbn.read(text)),
);
export const IsPublicationDate = rule(
  'isPublicationDate',
  reasonIn((text) => PublicationDate.read(text)),
);
export const IsLanguage = rule('isLanguage', reasonIn(normaliseLanguage));
export const IsPrice = rule('isPrice', (value) => {
  const result =
    typeof value === 'number' ? Money.fromNumber(value) : { ok: false as const, reason: 'must be a number' };
  return result.ok ? null : result.reason;
});
export const IsPriceInText = rule(
  'isPriceInText',
  reasonIn((text) => Money.fromDecimal(text)),
);
/** What the document says of a price. */
export const PRICE = { type: Number, minimum: 0, maximum: 9_999_999.99, multipleOf: 0.01 } as const;
export const IsDescription = rule('isDescription', (value) => {
  if (typeof value !== 'string') return 'must be a text';
  if (tidyDescription(value).length > CATALOG_LIMITS.description)
    return `must have at most ${CATALOG_LIMITS.description} characters`;
  return isPrintable(value) ? null : 'must not have control characters';
});
/** What it says of texts that have a form: no longer one, and none of another form, is taken. */
export const ISBN = { type: String, maxLength: 50 } as const;
export const LANGUAGE = {
  type: String,
  maxLength: 35,
  pattern: '^\\s*[A-Za-z]{2,8}([-_][0-9A-Za-z]{1,8})*\\s*$',
} as const;
export const PUBLICATION_DATE = { type: String, maxLength: 11, pattern: '^-?\\d{4}(-\\d{2}(-\\d{2})?)?$' } as const;
export const AreAuthors = rule('areAuthors', reasonAgainstAuthors);
export const IsMetadata = rule('isMetadata', reasonAgainstMetadataObject);

/** The value as it was sent: class-transformer drops keys of objects that have the name of a method. */
export const AsSent = (): PropertyDecorator =>
  Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key]);
