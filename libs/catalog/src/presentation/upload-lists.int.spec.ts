import { newId } from '@holdfast/kernel';
import { eventually } from '@holdfast/platform/testing';
import { catalogApp, type CatalogApp } from '../../testing/catalog-app.js';
import { UploadProgress } from './upload-progress.js';

let catalog: CatalogApp;
const [ada, bert, gone] = [newId(), newId(), newId()];

beforeAll(async () => {
  catalog = await catalogApp();
  await catalog.app.listen(0, '127.0.0.1');
  for (const [id, username] of [
    [ada, 'ada'],
    [bert, 'bert'],
  ]) {
    await catalog.database.execute(
      `INSERT INTO identity.users
         (id, username, email, password_hash, role, is_active, email_verified, version, created_at, updated_at)
       VALUES ($1, $2, $2 || '@example.org', '$argon2id$x', 'editor', true, true, 1, now(), now())`,
      [id, username],
    );
  }
});
beforeEach(() => catalog.database.execute('DELETE FROM catalog.uploads'));
afterAll(() => catalog.close());

/** An upload as it is after a while. */
async function upload({ by = ada, status = 'completed', days = 0 } = {}): Promise<string> {
  const id = newId();
  const isOver = !['queued', 'processing'].includes(status);
  await catalog.database.execute(
    `INSERT INTO catalog.uploads (id, file_name, uploaded_by, options, status, total_rows, finished_at)
     VALUES ($1, 'books.csv', $2, '{"mapping": {}, "dryRun": false, "onExisting": "update"}', $3, 0,
             CASE WHEN $4 THEN now() - make_interval(days => $5) - interval '1 minute' END)`,
    [id, by, status, isOver, days],
  );
  return id;
}

const get = (path: string) => catalog.call('GET', `/books/upload${path}`, { as: `editor.${ada}` });
const idsOf = (body: { items: { uploadId: string }[] }): string[] => body.items.map(({ uploadId }) => uploadId);

describe('the list of uploads', () => {
  it('says who sent each, also when the account is gone', async () => {
    await upload({ by: gone });
    await upload({ by: bert });
    const { body } = await get('');
    const named = body.items.map((one: { uploadedBy: string; uploadedByName: string | null }) => [
      one.uploadedBy,
      one.uploadedByName,
    ]);
    expect(named).toEqual([
      [bert, 'bert'],
      [gone, null],
    ]);
    expect((await get(`/${body.items[1].uploadId}`)).body.uploadedByName).toBeNull();
  });

  it('can be asked for those of a status, of an uploader, and of both, page by page', async () => {
    const first = await upload({ by: ada });
    await upload({ by: ada, status: 'failed' });
    const second = await upload({ by: ada });
    const third = await upload({ by: bert });
    await upload({ by: bert, status: 'queued' });

    expect(idsOf((await get('?status=completed')).body)).toEqual([third, second, first]);
    expect((await get(`?uploadedBy=${ada}`)).body).toMatchObject({ total: 3 });
    const page = await get(`?status=completed&uploadedBy=${ada}&limit=1`);
    expect([idsOf(page.body), page.body.total]).toEqual([[second], 2]);
    expect(page.headers.link).toContain(`uploadedBy=${ada}`);
    const next = await get(`?status=completed&uploadedBy=${ada}&limit=1&cursor=${page.body.nextCursor}`);
    expect([idsOf(next.body), next.body.total, next.body.nextCursor]).toEqual([[first], 2, null]);
    expect((await get(`?uploadedBy=${newId()}`)).body).toMatchObject({ items: [], total: 0 });
  });

  it.each([
    ['status=done', '/status'],
    ['status=', '/status'],
    ['uploadedBy=ada', '/uploadedBy'],
    [`uploadedBy=${newId()}&uploadedBy=${newId()}`, '/uploadedBy'],
  ])('refuses %s', async (query, pointer) => {
    const { status, body } = await get(`?${query}`);
    expect([status, body.errors?.map((error: { pointer: string }) => error.pointer)]).toEqual([400, [pointer]]);
  });
});

describe('an upload that ended long ago', () => {
  it('is gone with all that is told of it, whether the sweep has come already or not', async () => {
    const kept = await upload({ days: 29 });
    const old = await upload({ days: 30 });
    const waiting = await upload({ status: 'queued', days: 400 });
    expect(idsOf((await get('')).body)).toEqual([waiting, kept]);
    expect((await get('')).body.total).toBe(2);
    for (const path of ['', '/errors.csv', '/events']) {
      const { status, body } = await get(`/${old}${path}`);
      expect([path, status, body.type]).toEqual([path, 404, '/problems/upload-not-found']);
    }
    expect((await get(`/${kept}`)).status).toBe(200);
  });
});

describe('following an upload', () => {
  const follow = async (id: string, signal?: AbortSignal) => {
    const url = `${await catalog.app.getUrl()}/api/books/upload/${id}/events`;
    return fetch(url, { headers: { authorization: `Bearer editor.${ada}` }, signal });
  };
  /** All that have data, to the end. */
  async function eventsOf(response: Response): Promise<Record<string, string>[]> {
    const text = await response.text();
    const fields = (event: string) =>
      event.split('\n').flatMap((line) => (line.includes(': ') ? [line.split(/: (.*)/s).slice(0, 2)] : []));
    return text
      .split('\n\n')
      .filter((event) => event.includes('data: '))
      .map((event) => Object.fromEntries(fields(event)));
  }

  it('shows one that has ended, as it is read, and ends', async () => {
    const id = await upload();
    const events = await eventsOf(await follow(id));
    expect(events).toEqual([{ event: 'upload', id: 'completed-0-0', data: expect.any(String) }]);
    expect(JSON.parse(events[0]?.data ?? '')).toEqual((await get(`/${id}`)).body);
  });

  it('leaves nothing going on once the client has gone', async () => {
    const id = await upload({ status: 'queued' });
    const followed = Reflect.get(catalog.app.get(UploadProgress), 'followed') as Map<string, unknown>;
    const leaving = new AbortController();
    const clients = await Promise.all([1, 2, 3].map(() => follow(id, leaving.signal)));
    expect([...followed.keys()]).toEqual([id]);
    leaving.abort();
    for (const client of clients) await client.body?.cancel().catch(() => undefined);
    await eventually(() => expect(followed.size).toBe(0));
  });
});
