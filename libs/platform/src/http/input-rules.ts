import { Transform } from 'class-transformer';
import { IsOptional, Matches, registerDecorator, ValidateIf } from 'class-validator';
import { isId, reasonAgainstName, tidyName } from '../kernel/index.js';

/** Why a value is refused, as a sentence that begins behind the property's name; null when it is not. */
export type Rule = (value: unknown) => string | null;

/** A class-validator rule made of a function that gives the reason against a value. */
export const rule = (name: string, reasonAgainst: Rule) => (): PropertyDecorator => (target, property) =>
  registerDecorator({
    name,
    target: target.constructor,
    propertyName: property as string,
    validator: {
      validate: (value: unknown) => reasonAgainst(value) === null,
      defaultMessage: (failed) => reasonAgainst(failed?.value) ?? 'is invalid',
    },
  });

/** The property may be left out; null is checked like any value (class-validator's own IsOptional lets null pass). */
export const Omittable = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** The property may be left out or null; a merge patch removes the value with null. */
export const Nullable = (): PropertyDecorator => IsOptional();

/** Without white space around it; before the rules that count its length. */
export const Trimmed = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value));

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2}))?$/i;

/** What the OpenAPI document says of `IsTimeOrDate`; days that are not in the calendar are refused too. */
export const TIME_OR_DATE = {
  type: String,
  maxLength: 35,
  pattern: '^\\d{4}-\\d{2}-\\d{2}([Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2}))?$',
};

/** An RFC 3339 time, or a date, which stands for its beginning in UTC. `new Date` reads both. */
export const IsTimeOrDate = rule('isTimeOrDate', (value) => {
  const isTime = typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value));
  // Date rolls 31 February over into March: such a day is refused.
  if (isTime && new Date(value.slice(0, 10)).getUTCDate() === Number(value.slice(8, 10))) return null;
  return 'must be an RFC 3339 time, or a date YYYY-MM-DD (its beginning in UTC)';
});

/** A UUID of any version, as in a path: one that nothing has is not found, whatever its version. */
export const IsId = rule('isUuid', (value) => (isId(value) ? null : 'must be a UUID'));

/** A text without control characters, but for tabs and line breaks. */
export const Printable = (): PropertyDecorator =>
  Matches(/^[\P{Cc}\t\r\n]*$/u, { message: 'must not have control characters' });

/**
 * A whole number of the query string, in digits; before the rules of its size. All else stays the text that it is, for
 * IsInt to refuse: JavaScript would read a number from an empty text, `1e1` and `0x10` too.
 */
export const InDigits = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value,
  );

const Tidied = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? tidyName(value) : value));

/** The name of something, tidied (`tidyName`). */
export const IsName = (limit: number): PropertyDecorator => {
  const isName = rule('isName', (value) => reasonAgainstName(value, limit))();
  return (target, property) => [Tidied(), isName].forEach((decorate) => decorate(target, property));
};
