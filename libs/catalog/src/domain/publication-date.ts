import { parsed, refused, type Parsed } from './parsed.js';

const ISO = /^(-?\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const CSV_YEAR = /^([-\u2212]?\d+)(?:\.0+)?$/;
/** Not `2008.5`, which may be a number, but `2008.5.1`. */
const CSV_DATE = /^([-\u2212]?\d{4})(?:([-/])(\d{1,2})(?:\2(\d{1,2}))?|\.(\d{1,2})\.(\d{1,2}))$/;
const TIME_OF_DAY = /(?<=\d)[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$/;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface Parts {
  year: number;
  /** 0: unknown, as with the day. */
  month: number;
  day: number;
}

/**
 * When a book came out, as far as it is known: a year, a month or a day, from the year -9999 to 9999 without a year 0.
 * A minus stands before a year before our era and is kept as written (ISO 8601); days follow the Gregorian calendar.
 */
export class PublicationDate {
  private constructor(private readonly parts: Parts) {}

  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, each also with a minus before it. */
  static parse(text: string): PublicationDate | null {
    const read = PublicationDate.read(text);
    return read.ok ? read.value : null;
  }

  /** As `parse`, with the reason when it is none. */
  static read(text: string): Parsed<PublicationDate> {
    const match = ISO.exec(text);
    if (!match) return refused('A publication date is YYYY, YYYY-MM or YYYY-MM-DD, with a minus before our era.');
    const read = checkedParts(match[1], match[2], match[3]);
    if (!read.ok) return read;
    return read.value.year === 0 ? refused('There is no year 0.') : parsed(new PublicationDate(read.value));
  }

  /**
   * As CSV files carry it, in addition: years of fewer digits and as floats (`2008.0`, `-750.0`), `/` or `.` between
   * year, month and day in this order, and a time of day, which is dropped. Year 0 is null: unknown.
   * `08/11/2008` is refused: whether day or month comes first cannot be told.
   */
  static fromCsv(text: string): Parsed<PublicationDate | null> {
    const trimmed = text.trim();
    const year = CSV_YEAR.exec(trimmed);
    const date = year ? null : CSV_DATE.exec(trimmed.replace(TIME_OF_DAY, ''));
    if (!year && !date) return refused('The publication date is not a year, YYYY-MM or YYYY-MM-DD.');
    const read = checkedParts(year?.[1] ?? date?.[1], date?.[3] ?? date?.[5], date?.[4] ?? date?.[6]);
    if (!read.ok) return read;
    return parsed(read.value.year === 0 ? null : new PublicationDate(read.value));
  }

  /** year × 10,000 + month × 100 + day, unknown parts 0: grows with time, before our era too (-0750-03 after -0750). */
  get sortKey(): number {
    return this.parts.year * 10_000 + this.parts.month * 100 + this.parts.day;
  }

  /** The highest sort key that a date inside this one can have: the upper end of a search for `2008` or `2008-08`. */
  get lastSortKey(): number {
    return this.parts.year * 10_000 + (this.parts.month || 99) * 100 + (this.parts.day || 99);
  }

  /** The canonical text: `2008`, `2008-08`, `2008-08-11`, `-0750`. */
  toString(): string {
    const { year, month, day } = this.parts;
    const digits = (value: number, count: number): string => String(value).padStart(count, '0');
    const sign = year < 0 ? '-' : '';
    return sign + digits(Math.abs(year), 4) + (month ? `-${digits(month, 2)}` : '') + (day ? `-${digits(day, 2)}` : '');
  }
}

function checkedParts(yearText = '', monthText?: string, dayText?: string): Parsed<Parts> {
  const year = Number(yearText.replace('\u2212', '-')) || 0;
  if (Math.abs(year) > 9999) return refused('The year is not between -9999 and 9999.');
  const month = Number(monthText ?? 0);
  if (monthText !== undefined && (month < 1 || month > 12)) return refused('There is no such month.');
  const day = Number(dayText ?? 0);
  if (dayText !== undefined && (day < 1 || day > daysIn(year, month)))
    return refused('There is no such day in this month.');
  return parsed({ year, month, day });
}

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0);
}
