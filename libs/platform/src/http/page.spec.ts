import fc from 'fast-check';
import { newId } from '../kernel/index.js';
import { type CursorPart, decodeCursor, encodeCursor } from './page.js';

const LISTS = ['title', '-title', 'authors by name', 'genres by name', 'uploads'];
const anyPart: Record<CursorPart, fc.Arbitrary<string | number>> = {
  id: fc.uuid(),
  text: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
  integer: fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }),
  timestamptz: fc
    .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((at) => at.toISOString()),
};
const anyKey = fc
  .array(fc.constantFrom(...(Object.keys(anyPart) as CursorPart[])), { minLength: 1, maxLength: 3 })
  .chain((parts) => fc.tuple(fc.constant(parts), fc.tuple(...parts.map((part) => anyPart[part]))));

const refusal = expect.objectContaining({
  code: 'invalid-input',
  errors: [{ pointer: '/cursor', detail: 'is not a cursor of this list and order' }],
}) as Error;

describe('A cursor', () => {
  it('gives the key again that it was made of, and can stand in an address as it is', () => {
    fc.assert(
      fc.property(anyKey, fc.constantFrom(...LISTS), ([parts, key], list) => {
        const cursor = encodeCursor(list, key);
        expect(decodeCursor(cursor, list, parts)).toEqual(key);
        expect(encodeURIComponent(cursor)).toBe(cursor);
      }),
    );
  });

  it('is refused by every other list and order', () => {
    fc.assert(
      fc.property(anyKey, fc.constantFrom(...LISTS), fc.constantFrom(...LISTS), ([parts, key], list, other) => {
        fc.pre(list !== other);
        expect(() => decodeCursor(encodeCursor(list, key), other, parts)).toThrow(refusal);
      }),
    );
  });

  it('is refused when anything of it was changed, left out or added', () => {
    const sign = fc.constantFrom(...'ABCXYZabcxyz0189-_=+/ %.\n', 'é', '');
    fc.assert(
      fc.property(anyKey, fc.nat(), fc.nat(3), sign, ([parts, key], at, taken, put) => {
        const cursor = encodeCursor('title', key);
        const place = at % (cursor.length + 1);
        const changed = cursor.slice(0, place) + put + cursor.slice(place + taken);
        fc.pre(changed !== cursor);
        expect(() => decodeCursor(changed, 'title', parts)).toThrow(refusal);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused whatever text it is', () => {
    const parts: CursorPart[] = ['text', 'id'];
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
        expect(() => decodeCursor(text, 'title', parts)).toThrow(refusal);
      }),
    );
  });

  it.each<[CursorPart, unknown[]]>([
    ['id', ['x', 1, null, '', {}]],
    ['text', [1, null, 'a\0b', '\uD800', []]],
    ['integer', [1.5, 2_000_000_001, 1e300, '1', null]],
    ['timestamptz', ['2026-99-99T00:00:00.000Z', '2026-01-01', 1, null]],
  ])('that was forged, with another thing in the place of %s, is refused', (part, values) => {
    for (const value of values) {
      const forged = encodeCursor('title', [value as string, newId()]);
      expect(() => decodeCursor(forged, 'title', [part, 'id'])).toThrow(refusal);
    }
    expect(() => decodeCursor(encodeCursor('title', [newId()]), 'title', ['id', 'id'])).toThrow(refusal);
    expect(() => decodeCursor(encodeCursor('title', [newId(), newId()]), 'title', ['id'])).toThrow(refusal);
  });
});
