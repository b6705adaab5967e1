import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { catalogApp, type CatalogApp } from '../../testing/catalog-app.js';

let catalog: CatalogApp;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'holdfast-upload-keys-'));
  catalog = await catalogApp({ HOLDFAST_DATA_DIR: dataDir });
});
beforeEach(async () => {
  await catalog.database.execute('TRUNCATE catalog.uploads, platform.idempotency_keys CASCADE');
  await rm(join(dataDir, 'uploads'), { recursive: true, force: true });
});
afterAll(async () => {
  await catalog?.close();
  await rm(dataDir, { recursive: true, force: true });
});

interface Sending {
  content?: string;
  fileName?: string;
  fields?: Record<string, string>;
  query?: string;
  /** Bytes of the form that do not arrive. */
  cut?: number;
}

let boundaries = 0;

/** A form as each client makes it: with a boundary of its own. */
function upload(key: string, { content = 'title\nEmma\n', fileName, fields = {}, query = '', cut = 0 }: Sending = {}) {
  const boundary = `----holdfast${boundaries++}`;
  const part = (name: string, text: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name=${name}\r\n\r\n${text}\r\n`;
  const parts = Object.entries(fields).map(([name, value]) => part(`"${name}"`, value));
  const form = `${parts.join('')}${part(`"file"; filename="${fileName ?? 'books.csv'}"`, content)}--${boundary}--\r\n`;
  return catalog.call('POST', `/books/upload${query}`, {
    as: 'editor',
    body: form.slice(0, form.length - cut),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'idempotency-key': key },
  });
}

const files = () => readdir(join(dataDir, 'uploads')).catch(() => []);
const uploads = async () =>
  (await catalog.database.query<{ id: string }>('SELECT id FROM catalog.uploads ORDER BY id')).map(({ id }) => id);

describe('An upload with an Idempotency-Key', () => {
  it('that is repeated gets the answer of the first, and leaves no second file', async () => {
    const first = await upload('k', { fields: { mode: 'dry-run' } });
    const again = await upload('k', { fields: { mode: 'dry-run' } });
    expect([first.status, again.status, again.body]).toEqual([202, 202, first.body]);
    expect([again.headers.location, again.headers['idempotency-replayed']]).toEqual([first.headers.location, 'true']);
    expect([await uploads(), await files()]).toEqual([[first.body.uploadId], [`${first.body.uploadId}.csv`]]);
  });

  it.each<[string, Sending]>([
    ['one byte of the file', { content: 'title\nEmmA\n' }],
    ['a longer file', { content: 'title\nEmma\nEvelina\n' }],
    ['the name of the file', { fileName: 'other.csv' }],
    ['an option', { fields: { mode: 'dry-run' } }],
    ['an option in the query', { query: '?onExisting=skip' }],
  ])('is another one when it differs in %s', async (_what, sending) => {
    const first = await upload('k');
    const other = await upload('k', sending);
    expect([other.status, other.body.type]).toEqual([422, '/problems/idempotency-key-reused']);
    expect([await uploads(), await files()]).toEqual([[first.body.uploadId], [`${first.body.uploadId}.csv`]]);
  });

  it('that was cut off in the middle leaves the key free', async () => {
    expect((await upload('k', { cut: 30 })).status).toBe(400);
    const whole = await upload('k');
    expect([whole.status, whole.headers['idempotency-replayed']]).toEqual([202, undefined]);
  });

  it('keeps its file when the database went away at the commit, for the row may be there', async () => {
    const commit = jest.spyOn(PostgresQueryRunner.prototype, 'commitTransaction');
    commit.mockImplementationOnce(async function (this: PostgresQueryRunner) {
      await this.query('COMMIT');
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    });
    expect((await upload('k')).status).toBe(503);
    commit.mockRestore();
    const again = await upload('k');
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([202, 'true']);
    expect([await uploads(), await files()]).toEqual([[again.body.uploadId], [`${again.body.uploadId}.csv`]]);
  });
});
