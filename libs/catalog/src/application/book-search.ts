import type { Parameters } from './book-list-sql.js';

const MOST_WORDS = 12;

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

  matches(parameters: Parameters): string {
    const all = this.every(parameters, 'catalog.mentions');
    return this.isbn === null ? all : `(${all} OR b.isbn = ${parameters.bind(this.isbn)})`;
  }

  /** An expression over `b`. */
  distance(parameters: Parameters): string {
    return `CASE WHEN ${this.titleBegins(parameters)} THEN 0
                 WHEN ${this.every(parameters, 'catalog.begins_word')} THEN 1 ELSE 2 END`;
  }

  /** The condition that a book is at this distance. */
  isAt(distance: number, parameters: Parameters): string {
    const begins = this.titleBegins(parameters);
    if (distance === 0) return begins;
    return `NOT ${begins} AND ${distance === 1 ? '' : 'NOT '}${this.every(parameters, 'catalog.begins_word')}`;
  }

  private titleBegins(parameters: Parameters): string {
    const typed = parameters.bind(this.words.map(([likeliest]) => likeliest).join(' '));
    return `b.title_sort LIKE substr(catalog.containing(${typed}), 2)`;
  }

  private every(parameters: Parameters, has: string): string {
    const words = this.words.map((forms) => {
      const any = forms.map((form) => `${has}(b.search_text, ${parameters.bind(form)})`);
      return `(${any.join(' OR ')})`;
    });
    return `(${words.join(' AND ')})`;
  }
}
