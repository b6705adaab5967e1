import type { Parameters } from './book-list-sql.js';

const MOST_WORDS = 12;
/** The signs of ASCII, of which folding makes nothing else. */
const SIGN = /^[!-/:-@[-`{-~]/;

/** Control characters and halves of surrogate pairs, which no text has, count as spaces. */
export const wordsOf = (search: string): string[] =>
  search
    .normalize('NFC')
    .split(/[\s\p{Cc}\p{Cs}]+/u)
    .filter(Boolean)
    .slice(0, MOST_WORDS);

/**
 * What is searched for: books that have every word, in whatever order. How near a book comes is its distance: 0 when its
 * title begins with what was typed, 1 when each word begins one of its words, else 2.
 */
export class BookSearch {
  /** Each word with what may stand for it, the likeliest first; a book with this ISBN is found too. */
  constructor(
    readonly words: readonly (readonly string[])[],
    private readonly isbn: string | null,
  ) {}

  /** The distances that a book can be at: no word of a text begins with one of these signs. */
  get distances(): readonly number[] {
    return this.words.some((forms) => forms.every((form) => SIGN.test(form))) ? [0, 2] : [0, 1, 2];
  }

  /** `everywhere`, without what only leads to an index of signs, which costs more than it spares where most books match. */
  matches(parameters: Parameters, everywhere = false): string {
    const all = this.every(parameters, (word, p) =>
      everywhere && SIGN.test(word)
        ? `b.search_text LIKE catalog.containing(${p})`
        : `catalog.mentions(b.search_text, ${p})`,
    );
    return this.isbn === null ? all : `(${all} OR b.isbn = ${parameters.bind(this.isbn)})`;
  }

  /** An expression over `b`. */
  distance(parameters: Parameters): string {
    return `CASE WHEN ${this.titleBegins(parameters)} THEN 0
                 WHEN ${this.every(parameters, beginsWord)} THEN 1 ELSE 2 END`;
  }

  /** The condition that a book is at this distance. */
  isAt(distance: number, parameters: Parameters): string {
    const begins = this.titleBegins(parameters);
    if (distance === 0) return begins;
    return `NOT ${begins} AND ${distance === 1 ? '' : 'NOT '}${this.every(parameters, beginsWord)}`;
  }

  private titleBegins(parameters: Parameters): string {
    const typed = parameters.bind(this.words.map(([likeliest]) => likeliest).join(' '));
    return `b.title_sort LIKE substr(catalog.containing(${typed}), 2)`;
  }

  private every(parameters: Parameters, has: (word: string, placeholder: string) => string): string {
    const words = this.words.map((forms) => {
      const any = forms.map((form) => has(form, parameters.bind(form)));
      return `(${any.join(' OR ')})`;
    });
    return `(${words.join(' AND ')})`;
  }
}

const beginsWord = (_word: string, placeholder: string): string => `catalog.begins_word(b.search_text, ${placeholder})`;
