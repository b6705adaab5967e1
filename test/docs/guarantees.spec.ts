import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { invariants } from '../../libs/lending/testing/invariants.js';

const page = join(__dirname, '../../docs/guarantees.md');
const text = readFileSync(page, 'utf8');

interface Reference {
  words: string;
  file: string;
}

/** Links to code: their words are the name of a test, a function or a constraint that is in there. */
const references = [...text.matchAll(/\[([^\]]+)\]\(([^)]+\.ts)\)/g)].map(([, words = '', path = '']): Reference => ({
  words: words.replaceAll('`', ''),
  file: join(dirname(page), path),
}));

const isInFile = ({ words, file }: Reference): boolean =>
  file.endsWith(words) || readFileSync(file, 'utf8').toLowerCase().includes(words.toLowerCase());

describe('docs/guarantees.md', () => {
  it('names only what is in the code that it points at', () => {
    expect(references.filter((reference) => !isInFile(reference))).toEqual([]);
    expect(references.length).toBeGreaterThan(50);
  });

  it('has a check that sees a test that is gone', () => {
    const file = join(__dirname, '../lending/races.spec.ts');
    expect(isInFile({ words: 'a test that nobody wrote', file })).toBe(false);
  });

  it('lists every invariant, and no other, in the order of the code', () => {
    const [, list = ''] = text.split('## The invariants');
    const listed = [...(list.split('\n## ')[0] ?? '').matchAll(/^\d+\. (.+)$/gm)].map(([, name]) => name);
    expect(listed).toEqual(Object.keys(invariants));
  });
});
