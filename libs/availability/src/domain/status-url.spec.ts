import fc from 'fast-check';
import { statusUrlOf } from './status-url.js';

const book = { id: '0199a1b2-0000-7000-8000-000000000001', isbn: '9780441478125' };
const textOf = (url: URL | string): string => String(url);

describe('The status URL of a library for a book', () => {
  it.each([
    ['https://library.example/status/{isbn}', 'https://library.example/status/9780441478125'],
    ['https://library.example/?b={bookId}&i={isbn}', `https://library.example/?b=${book.id}&i=9780441478125`],
    ['http://library.example:8080/{isbn}/{isbn}', 'http://library.example:8080/9780441478125/9780441478125'],
    ['https://library.example/all', 'https://library.example/all'],
  ])('%s is %s', (template, url) => expect(textOf(statusUrlOf(template, book))).toBe(url));

  it('does without an ISBN where it is not asked for', () => {
    const unnumbered = { ...book, isbn: null };
    expect(textOf(statusUrlOf('https://library.example/{bookId}', unnumbered))).toContain(book.id);
    expect(statusUrlOf('https://library.example/{isbn}', unnumbered)).toBe('no-isbn');
    for (const isbn of ['', '.', '..'])
      expect(statusUrlOf('https://library.example/{isbn}', { ...book, isbn })).toBe('no-isbn');
  });

  it.each([
    ...['', 'library.example', 'ftp://library.example/', 'file:///etc/passwd', 'javascript:alert(1)', 'http://'],
    ...[
      'https://{isbn}/',
      'https://{isbn}.example/',
      'https://me@library.example/',
      'https://a:{isbn}@library.example/',
    ],
    ...['https://library.example:{isbn}/', 'data:application/json,{"available":true}'],
  ])('is none for %s', (template) => expect(statusUrlOf(template, book)).toBe('not-allowed'));

  it('has whatever is filled in at its place, encoded, and nothing else is changed by it', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom(
        '../../admin',
        '%2e%2e',
        '?x=1',
        '#',
        '@evil.example',
        '{bookId}',
        '\\',
        '\ud800',
        '$&',
        '//e',
        '\r\nHost: e',
      ),
    );
    fc.assert(
      fc.property(value, value, (id, isbn) => {
        fc.pre(!/^\.*$/.test(isbn) && !/^\.*$/.test(id));
        const url = statusUrlOf('https://library.example:8443/a/{isbn}/b?book={bookId}&c=d', { id, isbn }) as URL;
        expect([url.origin, url.hash, url.username]).toEqual(['https://library.example:8443', '', '']);
        const [empty, a, given = '', b, ...more] = url.pathname.split('/');
        expect([empty, a, decodeURIComponent(given), b, more]).toEqual(['', 'a', isbn.toWellFormed(), 'b', []]);
        expect([...url.searchParams.keys()]).toEqual(['book', 'c']);
        expect(url.searchParams.get('book')).toBe(id.toWellFormed());
        expect(url.href).toMatch(/^[\x21-\x7e]+$/);
      }),
      { numRuns: 1000 },
    );
  });
});
