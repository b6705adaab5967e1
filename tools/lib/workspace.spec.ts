import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const { isInstalled, isBuilt, buildKey } = jest.requireActual<{
  isInstalled: (folder: string) => Promise<boolean>;
  isBuilt: (folder: string) => Promise<boolean>;
  buildKey: (folder: string) => Promise<string>;
}>('./workspace.mjs');

describe('a checkout', () => {
  let folder: string;
  const write = (path: string, content: unknown): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const packages = (version: string): unknown => ({
    packages: {
      '': {},
      'node_modules/pg': { version },
      'node_modules/elsewhere': { version: '1.0.0', optional: true },
    },
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-checkout-'));
    write('package-lock.json', packages('8.0.0'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  describe('is installed', () => {
    beforeEach(() => {
      write('node_modules/pg/package.json', {});
      write('node_modules/.package-lock.json', packages('8.0.0'));
    });

    it('when npm noted a whole installation of what the lock file says', async () => {
      expect(await isInstalled(folder)).toBe(true);
    });

    it('not when npm was interrupted before it took note', async () => {
      rmSync(join(folder, 'node_modules/.package-lock.json'));
      expect(await isInstalled(folder)).toBe(false);
    });

    it('not when a package is gone', async () => {
      rmSync(join(folder, 'node_modules/pg'), { recursive: true });
      expect(await isInstalled(folder)).toBe(false);
    });

    it('not any more when the lock file asks for another version', async () => {
      expect(await isInstalled(folder)).toBe(true);
      write('package-lock.json', packages('8.1.0'));
      expect(await isInstalled(folder)).toBe(false);
    });
  });

  describe('is built', () => {
    beforeEach(async () => {
      write('apps/holdfast/src/main.ts', 'start();');
      write('libs/lending/src/queue.ts', 'export const queue = [];');
      write('tsconfig.json', '{}');
      write('dist/apps/holdfast/src/main.js', 'start();');
      write('dist/.holdfast-build', await buildKey(folder));
    });

    it('when the sources are those that it was built from', async () => {
      expect(await isBuilt(folder)).toBe(true);
    });

    it('in spite of a changed spec', async () => {
      write('libs/lending/src/queue.spec.ts', 'it.todo("is fair");');
      expect(await isBuilt(folder)).toBe(true);
    });

    it.each([
      ['a source changed', 'libs/lending/src/queue.ts'],
      ['a source was added', 'libs/lending/src/ticket.ts'],
      ['a configuration changed', 'tsconfig.json'],
      ['the packages changed', 'package-lock.json'],
    ])('not any more when %s', async (_what, path) => {
      write(path, '{ "changed": true }');
      expect(await isBuilt(folder)).toBe(false);
    });

    it('not when a source was renamed', async () => {
      rmSync(join(folder, 'libs/lending/src/queue.ts'));
      write('libs/lending/src/line.ts', 'export const queue = [];');
      expect(await isBuilt(folder)).toBe(false);
    });

    it('not when the build was interrupted', async () => {
      rmSync(join(folder, 'dist/.holdfast-build'));
      expect(await isBuilt(folder)).toBe(false);
    });
  });
});
