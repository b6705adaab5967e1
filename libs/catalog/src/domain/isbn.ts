import { parsed, refused, type Parsed } from './parsed.js';

const LONGEST_INPUT = 50;
const SEVERAL = /[;,|/]/;
const MOST_NUMBERS = 20;
const PREFIX = /^ISBN(?:[- ]?1[03](?=[:\s]))?:?\s*/i;
const SEPARATORS = /[\s\p{Pd}\u2212]/gu;
/** Marks of direction, soft hyphens and the like, which come along when a number is copied from a page. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;
const EXPONENT = /^\d+(?:[.,]\d+)?e[+-]?\d+$/i;
const ALL_ZEROS = '978000000000';

/**
 * An International Standard Book Number (ISO 2108) with a right check digit, in its one canonical form: 13 digits.
 * The ranges of publishers are not checked: their table grows, and yesterday's refuses new books.
 */
export class Isbn {
  private constructor(readonly value: string) {}

  /** ISBN-10 or ISBN-13; hyphens and spaces of any kind, characters that cannot be seen, an `ISBN` prefix, a small x and
   * full-width digits do not matter. */
  static parse(text: string): Isbn | null {
    const read = Isbn.read(text);
    return read.ok ? read.value : null;
  }

  /** As `parse`, with the reason when it is none. */
  static read(text: string): Parsed<Isbn> {
    return wrap(canonical(text), (digits) => new Isbn(digits));
  }

  /**
   * As `read`, and gives back the leading zeros that a spreadsheet took from an ISBN-10, when 7 to 9 characters are
   * left and the check digit agrees. What programs and cataloguers put around the number is dropped: `="0439023483"`, a
   * tail of `.0`, `(pbk.)`. Digits lost to floating-point notation (`9.78e+12`) never come back.
   */
  static mend(text: string): Parsed<Isbn> {
    const whole = unwrapped(text.trim());
    const shortened = /^\d{6,8}[\dX]$/.test(bare(whole));
    const mended = wrap(canonical(shortened ? bare(whole).padStart(10, '0') : whole), (digits) => new Isbn(digits));
    return shortened && !mended.ok
      ? refused('The check digit is wrong, also with the leading zeros put back.')
      : mended;
  }

  /** As `mend`; where several numbers are in one text, parted by `;`, `,`, `|` or `/`, the first one that can be used. */
  static mendFirst(text: string): Parsed<Isbn> {
    const whole = Isbn.mend(text);
    if (whole.ok || !SEVERAL.test(text)) return whole;
    const numbers = text.split(SEVERAL, MOST_NUMBERS).map((number) => Isbn.mend(number));
    return numbers.find(({ ok }) => ok) ?? whole;
  }

  toString(): string {
    return this.value;
  }
}

function wrap<A, B>(read: Parsed<A>, make: (value: A) => B): Parsed<B> {
  return read.ok ? parsed(make(read.value)) : read;
}

function unwrapped(text: string): string {
  if (text.length > LONGEST_INPUT) return text;
  return text
    .replace(/^="(.*)"$/, '$1')
    .replace(/\([^()]*\)$/, '')
    .trimEnd()
    .replace(/^(\d+)\.0+$/, '$1');
}

function bare(text: string): string {
  if (/^\d{7,13}$/.test(text)) return text;
  if (text.length > LONGEST_INPUT) return '';
  return text.normalize('NFKC').replace(UNSEEN, '').trim().replace(PREFIX, '').replace(SEPARATORS, '').toUpperCase();
}

function canonical(text: string): Parsed<string> {
  const digits = bare(text);
  const isTen = /^\d{9}[\dX]$/.test(digits);
  if (!isTen && !/^\d{13}$/.test(digits)) {
    return EXPONENT.test(text.trim())
      ? refused('Floating-point notation has lost digits of the ISBN; keep the column as text.')
      : refused('An ISBN has 10 or 13 digits.');
  }
  const body = isTen ? `978${digits.slice(0, 9)}` : digits.slice(0, 12);
  if (!/^97[89]/.test(body)) return refused('An ISBN of 13 digits begins with 978 or 979.');
  const isRight = isTen ? weightedSum10(digits) % 11 === 0 : checkDigit13(body) === digits[12];
  if (!isRight) return refused('The check digit of the ISBN is wrong.');
  // 0000000000 has a right check digit, but it is what people type when there is no ISBN.
  if (body === ALL_ZEROS) return refused('An ISBN of zeros stands for no book.');
  return parsed(body + checkDigit13(body));
}

/** A multiple of 11 when the check digit is right; X counts 10. */
function weightedSum10(digits: string): number {
  let sum = 0;
  for (let place = 0; place < 10; place++) sum += (10 - place) * (digits[place] === 'X' ? 10 : Number(digits[place]));
  return sum;
}

/** Weights 1 and 3 in turn over the first twelve digits. */
function checkDigit13(body: string): string {
  let sum = 0;
  for (let place = 0; place < 12; place++) sum += Number(body[place]) * (place % 2 === 0 ? 1 : 3);
  return String((10 - (sum % 10)) % 10);
}
