import { join } from 'node:path';
import ts from 'typescript';
import { nodesOf, readTree, type Source } from './tree.js';

/**
 * A regular expression that takes the square of the length, or worse, lets one text stop a process for minutes: in an
 * import, where a cell may have a million characters, or in a request. So each of ours is timed on texts that such ones
 * stumble over, and on a quarter of the same. Those that only ever see short texts are named here, with the reason.
 */
const OF_SHORT_TEXTS: Record<string, string> = {
  'libs/identity/src/domain/password-policies.ts /^[^\\p{L}]+|[^\\p{L}]+$/gu':
    'at most 128 characters, by the rule before',
  'libs/identity/src/infrastructure/argon2-password-hashing.ts /=+$/': 'our own random bytes',
  'libs/inventory/src/domain/status-url.ts /\\.+$/': 'part of an address of at most 2,000 characters',
  'libs/notifications/src/application/public-links.ts /\\/+$/': 'a setting',
};

jest.setTimeout(120_000);

const SIGNS = [...' \t\n,;:.|-+=_/\\\'"&#@%()[]{}<>*?!^$~`0123aAeTxzZ9é\u0301\u200B\u2003\uFEFF漢'];
const PIECES = [...SIGNS, ...SIGNS.flatMap((sign) => ['a', '0', ' ', ','].map((other) => sign + other))];
/** Before and after the many: an expression must be able to begin, and must fail at the end. */
const ENDS: [before: string, after: string][] = [
  ['', '\u0000'],
  ['', 'x'],
  ['', '1'],
  ['a', '\u0000'],
  ['a', 'x'],
  ['1', ' x'],
  ['"', '\u0000'],
];
/** The first is too short to take long, unless the time doubles with each character. */
const LENGTHS = [26, 8_000];
const NOTICEABLE_MS = 15;

interface Expression {
  name: string;
  expression: RegExp;
}

function expressionsOf(tree: readonly Source[]): Expression[] {
  return tree
    .filter(({ isTest }) => !isTest)
    .flatMap(({ path, syntax }) =>
      [...nodesOf(syntax)].filter(ts.isRegularExpressionLiteral).map(({ text }) => {
        const end = text.lastIndexOf('/');
        return { name: `${path} ${text}`, expression: new RegExp(text.slice(1, end), text.slice(end + 1)) };
      }),
    );
}

/** Expressions that take far more than four times as long for four times the length of some text, with that text. */
function slowOf(expressions: readonly Expression[]): string[] {
  const slow = new Map<string, string>();
  for (const length of LENGTHS) {
    for (const piece of PIECES) {
      for (const [before, after] of ENDS) {
        const [long = '', short = ''] = [length, length / 4].map(
          (all) => before + piece.repeat(all / piece.length) + after,
        );
        for (const { name, expression } of expressions) {
          if (slow.has(name) || ![1, 2, 3].every(() => isSlow(expression, long, short))) continue;
          slow.set(name, `${name} on ${JSON.stringify(`${before}${piece}…${after}`)}`);
        }
      }
    }
  }
  return [...slow.values()];
}

function isSlow(expression: RegExp, long: string, short: string): boolean {
  const time = milliseconds(expression, long);
  return time > NOTICEABLE_MS && time > 8 * milliseconds(expression, short);
}

/** Of a replacement, which looks for the expression at every place. */
function milliseconds(expression: RegExp, text: string): number {
  const began = performance.now();
  text.replace(expression, '');
  return performance.now() - began;
}

describe('A regular expression of ours', () => {
  it('takes no more than its time on any text', () => {
    const expressions = expressionsOf(readTree(join(__dirname, '..', '..')));
    expect(Object.keys(OF_SHORT_TEXTS).filter((known) => !expressions.some(({ name }) => name === known))).toEqual([]);
    expect(slowOf(expressions.filter(({ name }) => !(name in OF_SHORT_TEXTS)))).toEqual([]);
  });

  it('like one of these would be seen', () => {
    const slow = [/0+$/, /(a+)+$/, /^(?:\w+\s?)*$/, /\s+,/, /^[^\p{L}]+|[^\p{L}]+$/gu];
    const named = slow.map((expression) => ({ name: String(expression), expression }));
    expect(slowOf(named)).toHaveLength(slow.length);
    expect(slowOf([{ name: 'quick', expression: /^\s+|,\s*(?=x)/g }])).toEqual([]);
  });
});
