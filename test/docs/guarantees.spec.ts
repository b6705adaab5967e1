import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { invariants } from '../../libs/lending/testing/invariants.js';

const root = join(__dirname, '../..');
const page = join(root, 'docs/guarantees.md');
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

  it('begins with each of its parts, with limits and tests that are there', () => {
    const titles = (level: string) => [...text.matchAll(new RegExp(`^${level} (.+)$`, 'gm'))].map(([, title]) => title);
    const rows = [...text.matchAll(/^\| \[(.+?)\]\(#.+?\) .*\]\(#(.+?)\) \| `npm test -- (.+?)` \|$/gm)];
    expect(rows.map(([, part]) => part)).toEqual(titles('##').map((title) => title?.toLowerCase()));
    const limits = rows.map(([, , anchor]) => anchor?.replaceAll('-', ' '));
    expect(titles('###').map((title) => title?.toLowerCase())).toEqual(expect.arrayContaining(limits));
    for (const [, , , start = ''] of rows) {
      const beside = readdirSync(join(root, dirname(start)));
      expect(beside.filter((name) => name.startsWith(basename(start)))).not.toEqual([]);
    }
  });

  it('lists every invariant, and no other, in the order of the code', () => {
    const [, list = ''] = text.split('### The invariants');
    const listed = [...(list.split('\n### ')[0] ?? '').matchAll(/^\d+\. (.+)$/gm)].map(([, name]) => name);
    expect(listed).toEqual(Object.keys(invariants));
  });
});
