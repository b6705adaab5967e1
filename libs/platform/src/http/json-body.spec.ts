import { readJsonBody } from './json-body.js';

describe('a JSON body', () => {
  const read = (text: string | Buffer): unknown => readJsonBody(Buffer.from(text as string));
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

  it('is read', () => {
    expect(read('{"title": "Brontë 📚", "price": 1.5, "authors": [null]}')).toEqual({
      title: 'Brontë 📚',
      price: 1.5,
      authors: [null],
    });
    expect(read('')).toBeUndefined();
  });

  it.each([
    ['no JSON', '{"a":'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a key that poisons prototypes', '{"a": {"__proto__": {"admin": true}}}'],
    ['the same, escaped', '{"\\u005f_proto__": 1}'],
    ['U+0000', '{"title": "a\\u0000b"}'],
    ['U+0000 in a key', '{"a\\u0000": 1}'],
    ['half of a surrogate pair', '{"title": "\\ud83d"}'],
    ['a number beyond a double', '{"metadata": {"a": [1e999]}}'],
    ['a negative one', '-1e999'],
    ['too many levels', nested(65)],
    ['too many keys', JSON.stringify(Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`k${i}`, 1])))],
    ['too many values', `[${'0,'.repeat(50_000)}0]`],
  ])('with %s is refused', (_what, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ statusCode: 400 }) as Error);
  });

  it('may go up to the limits', () => {
    expect(read(nested(64))).toBeDefined();
    expect(read(`[${'0,'.repeat(49_998)}0]`)).toHaveLength(49_999);
  });
});
