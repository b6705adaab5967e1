import { createHash } from 'node:crypto';
import type { Page } from './page.js';

/** The answer's text, as it is sent, with what the house's interceptors must know of it: they do not parse it. */
export class ReadyJson {
  private constructor(
    readonly text: string,
    /** Of a resource with a version. */
    readonly etag: string | null,
    /** Of a page of a list. */
    readonly page: Omit<Page<unknown>, 'items'> | null,
  ) {}

  static ofResource(text: string, version: number): ReadyJson {
    return new ReadyJson(text, etagOfText(text, version), null);
  }

  /** `items` are finished JSON each. */
  static ofPage({ items, ...page }: Page<string>): ReadyJson {
    return new ReadyJson(`{"items":[${items.join(',')}],${JSON.stringify(page).slice(1)}`, null, page);
  }

  /** One text for a cache that keeps texts; `kept` gives the same answer back. */
  keep(): string {
    return `${this.etag ?? ''}\n${this.text}`;
  }

  static kept(kept: string): ReadyJson {
    const end = kept.indexOf('\n');
    return new ReadyJson(kept.slice(end + 1), kept.slice(0, end) || null, null);
  }
}

/** `"<version>.<digest of the text that is sent>"`. */
export const etagOfText = (text: string, version: number): string =>
  `"${version}.${createHash('sha1').update(text).digest('base64url').slice(0, 16)}"`;
