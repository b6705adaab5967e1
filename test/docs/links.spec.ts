import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { variables } from '../../libs/platform/src/config/settings.js';

const root = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Targets of the relative links and images of a Markdown text, without those in code. */
function relativeLinks(markdown: string): string[] {
  const prose = markdown.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').replaceAll(/`[^`\n]*`/g, '');
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)/g)].map(([, target = '']) => target);
  const references = [...prose.matchAll(/^\[[^\]]+\]:\s*<?([^\s>]+)/gm)].map(([, target = '']) => target);
  return [...inline, ...references].filter((target) => !/^([a-z][a-z+.-]*:|#|\/)/i.test(target));
}

function brokenLinks(path: string, markdown: string): string[] {
  return relativeLinks(markdown).filter((link) => {
    const [target = '', anchor] = link.split('#');
    const file = join(root, dirname(path), decodeURIComponent(target));
    if (!existsSync(file)) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(readFileSync(file, 'utf8')).has(anchor);
  });
}

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#{1,6}\s+(.+?)\s*$/gm)].map(([, text = '']) => text);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );
}

function pages(): string[] {
  const underDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  const ofLibraries = readdirSync(join(root, 'libs')).map((name) => join('libs', name, 'README.md'));
  return ['README.md', ...underDocs, ...ofLibraries].filter((path) => existsSync(join(root, path)));
}

describe('the documentation', () => {
  it.each(pages())('has no broken link in %s', (path) => {
    expect(brokenLinks(path, read(path))).toEqual([]);
  });

  it('has a check that sees a broken link, and none in code', () => {
    const page =
      '[a](gone.md) ![b](img/gone.png) [c](architecture.md) [d](architecture.md#nothing) [e]\n\n[e]: gone-too.md\n';
    const harmless =
      '[web](https://example.org) [here](#x) `[code](gone.md)`\n```\n[code](gone.md)\n```\n[f](architecture.md#contexts)';
    const broken = ['gone.md', 'img/gone.png', 'architecture.md#nothing', 'gone-too.md'];
    expect(brokenLinks(join('docs', 'page.md'), page + harmless)).toEqual(broken);
  });

  it('has a README of at most 150 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });
});

describe('.env.example', () => {
  const text = read('.env.example');
  const listed = parseEnv(text) as Record<string, string>;
  const all = Object.values(variables);

  it('names every variable, and no other', () => {
    expect(Object.keys(listed).sort()).toEqual(all.map(({ name }) => name).sort());
  });

  it.each(all.map(({ name, schema, description }) => ({ name, schema, description })))(
    'shows $name with its default, under its description',
    ({ name, schema, description }) => {
      expect(schema.parse(listed[name] || undefined)).toEqual(schema.parse(undefined));
      const line = text.split('\n').findIndex((candidate) => candidate.startsWith(`${name}=`));
      expect(text.split('\n')[line - 1]).toBe(`# ${description}`);
    },
  );
});
