import type { Silence } from './library-answer.js';

/** What of a book can stand in a status URL. */
export interface AskedBook {
  id: string;
  isbn: string | null;
}

/**
 * The address at which an external library is asked for the book: `{isbn}` and `{bookId}` filled in, percent-encoded. Or
 * why there is none. Whatever is filled in changes neither who is asked, nor another part of the address.
 */
export function statusUrlOf(template: string, { id, isbn }: AskedBook): URL | Silence {
  if (!URL.canParse(template) || /[{}]/.test(new URL(template).host)) return 'not-allowed';
  if (template.includes('{isbn}') && (isbn === null || ONLY_DOTS.test(isbn))) return 'no-isbn';
  const values: Record<string, string> = { '{isbn}': isbn ?? '', '{bookId}': id };
  const url = new URL(
    template.replace(/\{(?:isbn|bookId)\}/g, (placeholder) =>
      // A lone surrogate has no encoding.
      encodeURIComponent(values[placeholder]?.toWellFormed() ?? ''),
    ),
  );
  const isOfTheWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isOfTheWeb && url.username === '' && url.password === '' ? url : 'not-allowed';
}

/** A part of a path that is `..`, encoded or not, leads to another one. */
const ONLY_DOTS = /^\.*$/;
