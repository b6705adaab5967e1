import { copyText } from './copy-text.js';

describe('rows for COPY', () => {
  it('escape what parts cells and rows, and tell null from the text that stands for it', () => {
    expect([...copyText([['a\tb', null, '\\N', 'c\r\nd\\']])]).toEqual(['a\\tb\t\\N\t\\\\N\tc\\r\\nd\\\\\n']);
  });

  it('write numbers, truth values and lists of ids', () => {
    expect(
      [
        ...copyText([
          [1, true, ['x', 'y']],
          [0, false, []],
        ]),
      ].join(''),
    ).toBe('1\ttrue\t{x,y}\n0\tfalse\t{}\n');
  });

  it('come in pieces, so that no piece is much larger than one row', () => {
    const pieces = [...copyText(Array.from({ length: 100 }, () => ['x'.repeat(10_000)]))];
    expect(pieces.length).toBeGreaterThan(10);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(80_000);
    expect(pieces.join('').split('\n')).toHaveLength(101);
  });
});
