import { checkedSize, inOrder, mergePatch } from './metadata.js';

describe('A merge patch', () => {
  // RFC 7396, appendix A, as far as targets and patches are objects.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: 'text' }, { a: { b: 1 } }, { a: { b: 1 } }],
  ])('of %j with %j gives %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  it('changes neither the target nor what all objects have', () => {
    const target = Object.freeze({ a: Object.freeze({ b: 1 }) });
    mergePatch(target, JSON.parse('{"a": {"c": 2}, "__proto__": {"d": 3}}'));
    expect(target).toEqual({ a: { b: 1 } });
    expect(({} as Record<string, unknown>).d).toBeUndefined();
  });
});

describe('Metadata', () => {
  it('is the same text whatever the order of its keys', () => {
    const [one, other] = [
      { b: 1, a: [{ d: 1, c: 2 }] },
      { a: [{ c: 2, d: 1 }], b: 1 },
    ];
    expect(JSON.stringify(inOrder(one))).toBe(JSON.stringify(inOrder(other)));
    expect(inOrder(one)).toEqual(one);
  });

  it('has at most 64 KiB as UTF-8', () => {
    const around = '{"a":""}'.length;
    expect(checkedSize({ a: 'x'.repeat(65_536 - around) })).toBeDefined();
    expect(() => checkedSize({ a: 'x'.repeat(65_537 - around) })).toThrow('64 KiB');
    expect(() => checkedSize({ a: 'é'.repeat(32_768) })).toThrow('64 KiB');
  });
});
