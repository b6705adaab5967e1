import fc from 'fast-check';
import { reasonAgainstName, tidyName } from './names.js';

/** What Unicode has to be not seen, by code points. */
const INVISIBLE: [string, string][] = [
  ['nothing', ''],
  ['spaces', ' \t\n\u00A0\u1680\u2003\u2028\u2029\u202F\u205F\u3000'],
  ['a byte order mark', '\uFEFF'],
  ['zero-width spaces and joiners', '\u200B\u200C\u200D\u2060'],
  ['soft hyphens', '\u00AD\u00AD'],
  ['marks of direction', '\u200E\u200F\u061C\u202A\u202C\u202E\u2066\u2069'],
  ['combining marks alone', '\u0301\u0308'],
  ['a combining grapheme joiner', '\u034F'],
  ['fillers of Hangul', '\u115F\u1160\u3164\uFFA0'],
  ['a blank of Braille', '\u2800'],
  ['a blank of Braille between marks', '\u0301\u2800\u0301'],
  ['tags', '\u{E0041}\u{E007F}'],
  ['variation selectors', '\uFE0F\u{E0100}'],
  ['a Mongolian vowel separator', '\u180E'],
  ['inherent vowels of Khmer', '\u17B4\u17B5'],
  ['invisible operators', '\u2061\u2062\u2063\u2064'],
  ['anchors of annotations', '\uFFF9\uFFFA\uFFFB'],
  ['all of it mixed', '\u200B \u00AD\u0301\u3164\u{E0020}'],
];

describe('A name', () => {
  it('under a pile of marks stays as it is, for to sort them would take too long', () => {
    const pile = `Z${'\u0301\u0316'.repeat(100_000)}`;
    expect(tidyName(pile)).toBe(pile);
    expect(tidyName(`e${'\u0301'.repeat(30)}`)).toBe(`é${'\u0301'.repeat(29)}`);
  });

  it('with many characters that are not seen is tidied in the time that it takes to look at them', () => {
    const hidden = '\u200B'.repeat(300_000);
    expect(tidyName(` ${hidden}a  ${hidden}b${hidden} `)).toBe(`a ${hidden}b`);
  });

  it.each(INVISIBLE)('of %s is none', (_, text) => {
    expect(tidyName(text)).toBe('');
    expect(reasonAgainstName(text, 10)).toBe('must have 1 to 10 characters, and something to see');
  });

  it.each(INVISIBLE)('with a letter beside %s is one', (_, text) => {
    expect(tidyName(`a${text}`)).not.toBe('');
    expect(reasonAgainstName(`a${text}`, 30)).toBeNull();
  });

  it.each([
    ['  The   Odyssey\t', 'The Odyssey'],
    ['\u200B\uFEFFAnn\u200B \u00AD', 'Ann'],
    ['\u3164홍길동\u2800', '홍길동'],
    ['e\u0301', 'é'],
    ['?', '?'],
    ['…', '…'],
    ['0', '0'],
    ['漢', '漢'],
    ['😀', '😀'],
    ['\u0E01\u200B\u0E02', '\u0E01\u200B\u0E02'],
    ['❤\uFE0F', '❤\uFE0F'],
    [
      '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}',
      '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}',
    ],
    ['\u0647\u200D', '\u0647\u200D'],
    ['C++\u200F', 'C++\u200F'],
    ['\u0600\u0661', '\u0600\u0661'],
  ])('%j is kept as %j', (text, kept) => {
    expect(tidyName(text)).toBe(kept);
    expect(reasonAgainstName(text, 30)).toBeNull();
  });

  it('is tidy once it was tidied, whatever it was made of', () => {
    const piece = fc.oneof(
      fc.constantFrom(...INVISIBLE.flatMap(([, text]) => [...text]), 'a', 'é', ' '),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const tidy = tidyName(pieces.join(''));
        expect(tidyName(tidy)).toBe(tidy);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when it is no text, too long or has control characters, which are no white space', () => {
    for (const value of [null, undefined, 1, true, [], {}]) expect(reasonAgainstName(value, 10)).toBe('must be a text');
    expect(reasonAgainstName('x'.repeat(11), 10)).toBe('must have 1 to 10 characters');
    expect(reasonAgainstName(` ${'x'.repeat(10)} `, 10)).toBeNull();
    for (const control of ['\0', '\u0007', '\u001B', '\u007F', '\u009F', '\uD800'])
      expect(reasonAgainstName(`a${control}b`, 10)).toBe('must not have control characters');
    expect(reasonAgainstName('a\tb\r\nc', 10)).toBeNull();
  });
});
