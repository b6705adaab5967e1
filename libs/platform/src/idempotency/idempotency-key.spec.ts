import fc from 'fast-check';
import { parseIdempotencyKey } from './idempotency-key.js';

const quoted = (key: string): string => `"${key.replace(/["\\]/g, '\\$&')}"`;
const printable = fc.stringMatching(/^[ -~]{1,255}$/);

describe('An Idempotency-Key', () => {
  it('is the text in the quotes, or the bare text, without white space around it', () => {
    const uuid = '8e03978e-40d5-43e8-bc93-6894a57f9324';
    for (const header of [uuid, `"${uuid}"`, `  ${uuid}\t`, ` "${uuid}" `]) {
      expect(parseIdempotencyKey(header)).toBe(uuid);
    }
    expect(parseIdempotencyKey(String.raw`"a \"b\" \\ c"`)).toBe(String.raw`a "b" \ c`);
    expect(parseIdempotencyKey(`'; DROP TABLE books; --`.replaceAll(' ', ''))).toBe(`';DROPTABLEbooks;--`);
  });

  it('may be any printable text of up to 255 characters when it is quoted', () => {
    fc.assert(
      fc.property(printable, (key) => {
        expect(parseIdempotencyKey(quoted(key))).toBe(key);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['white space', '   '],
    ['empty quotes', '""'],
    ['256 characters', 'k'.repeat(256)],
    ['256 characters in quotes', `"${'k'.repeat(256)}"`],
    ['two keys, as two headers come', 'one, two'],
    ['two quoted keys', '"one", "two"'],
    ['a bare text with a blank', 'one two'],
    ['an open quote', '"one'],
    ['a quote inside', '"on"e"'],
    ['a lonely backslash', '"on\\e"'],
    ['a parameter', '"one";a=1'],
    ['a tab inside', '"o\tne"'],
    ['a line break', '"o\nne"'],
    ['U+0000', 'o\0ne'],
    ['U+007F', 'o\x7fne'],
    ['letters that are not ASCII', 'schlüssel'],
    ['letters that are not ASCII, in quotes', '"schlüssel"'],
    ['a byte sequence', ':b25l:,'],
  ])('is not %s', (_what, header) => {
    expect(() => parseIdempotencyKey(header)).toThrow(expect.objectContaining({ code: 'idempotency-key-invalid' }));
  });

  it('is never read from a text for long', () => {
    const began = performance.now();
    for (const header of [`"${'\\'.repeat(100_000)}`, `"${'a'.repeat(100_000)}`, ' '.repeat(100_000) + '"']) {
      expect(() => parseIdempotencyKey(header)).toThrow();
    }
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
