import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { newId } from '@holdfast/kernel';
import { Settings, UnitOfWork } from '@holdfast/platform';
import { eventually } from '@holdfast/platform/testing';
import { catalogApp, type CatalogApp, SOMEBODY } from '../../../testing/catalog-app.js';
import { AcceptUpload } from './accept-upload.js';
import { ImportJobs } from './import-jobs.js';
import { ImportNews } from './import-news.js';
import { ImportSweep } from './import-sweep.js';
import { ImportUpload } from './import-upload.js';
import { UploadFiles } from './upload-files.js';
import type { UploadView } from './upload.view.js';
import { Uploads } from './uploads.js';

let catalog: CatalogApp;
let dataDir: string;
let jobs: ImportJobs;
let sweep: ImportSweep;
const never = new AbortController().signal;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'holdfast-upkeep-'));
  catalog = await catalogApp({ HOLDFAST_DATA_DIR: dataDir, UPLOAD_LEASE_SECONDS: '1', UPLOAD_ORPHAN_MINUTES: '10' });
  const { app } = catalog;
  const [uploads, files] = [app.get(Uploads), app.get(UploadFiles)];
  jobs = new ImportJobs(uploads, files, app.get(ImportUpload), app.get(ImportNews), app.get(UnitOfWork));
  sweep = new ImportSweep(uploads, files, app.get(Settings));
});
beforeEach(async () => {
  for (const table of ['catalog.uploads', 'catalog.books', 'platform.outbox'])
    await catalog.database.execute(`DELETE FROM ${table}`);
  await rm(folder(), { recursive: true, force: true });
  await mkdir(folder(), { recursive: true });
});
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  await catalog.close();
  await rm(dataDir, { recursive: true, force: true });
});

const folder = (): string => join(dataDir, 'uploads');
const files = async (): Promise<string[]> => (await readdir(folder())).sort();

async function accept(rows: number, name = 'books'): Promise<string> {
  const csv = `title,author,price\n${Array.from({ length: rows }, (_, row) => `${name} ${row},Ann,1\n`).join('')}`;
  const content = (async function* () {
    yield await Promise.resolve(Buffer.from(csv));
  })();
  const options = { mapping: {}, dryRun: false, onExisting: 'update' as const };
  const command = new AcceptUpload(`${name}.csv`, SOMEBODY, options, content);
  return (await catalog.app.get(CommandBus).execute(command)).uploadId;
}

const read = async (id: string): Promise<UploadView> =>
  (await catalog.call('GET', `/books/upload/${id}`, { as: 'editor' })).body as UploadView;

/** The upload ended so many days ago. */
const age = (id: string, days: number) =>
  catalog.database.execute(`UPDATE catalog.uploads SET finished_at = now() - make_interval(days => $2) WHERE id = $1`, [
    id,
    days,
  ]);

const count = async (table: string): Promise<number> =>
  (await catalog.database.one<{ n: number }>(`SELECT count(*)::int AS n FROM catalog.${table}`)).n;

describe('the sweep', () => {
  it('removes the file of an upload that has ended at once, and one that nobody knows when it is old', async () => {
    const [ended, waiting] = [await accept(1, 'ended'), await accept(1, 'waiting')];
    const [young, old, half] = [newId(), newId(), newId()];
    await catalog.database.execute(`UPDATE catalog.uploads SET status = 'cancelled' WHERE id = $1`, [ended]);
    for (const name of [`${young}.csv.part`, `${old}.csv`, `${half}.csv.part`])
      await writeFile(join(folder(), name), 't');
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    for (const name of [`${old}.csv`, `${half}.csv.part`]) await utimes(join(folder(), name), 0, minutesAgo(11));
    await utimes(join(folder(), `${young}.csv.part`), 0, minutesAgo(9));
    await utimes(join(folder(), `${waiting}.csv`), 0, minutesAgo(100_000));
    await sweep.run(never);
    expect(await files()).toEqual([`${waiting}.csv`, `${young}.csv.part`].sort());
  });

  it('removes nothing while it cannot know', async () => {
    const lost = `${newId()}.csv`;
    await writeFile(join(folder(), lost), 'title\n');
    await utimes(join(folder(), lost), 0, 0);
    jest.spyOn(catalog.app.get(Uploads), 'statusesOf').mockRejectedValue(new Error('Connection terminated'));
    await expect(sweep.run(never)).rejects.toThrow(/^Connection terminated$/);
    expect(await files()).toEqual([lost]);
  });

  it('looks after what is old though the files cannot be removed', async () => {
    const old = await accept(1);
    await jobs.work(never);
    await age(old, 31);
    jest.spyOn(catalog.app.get(UploadFiles), 'all').mockRejectedValue(new Error('EIO'));
    await expect(sweep.run(never)).rejects.toThrow(/^EIO$/);
    expect(await count('uploads')).toBe(0);
  });

  it('removes uploads with all their findings thirty days after their end, and no others', async () => {
    const [old, kept] = [await accept(2, 'old'), await accept(2, 'kept')];
    await jobs.work(never);
    const waiting = await accept(2, 'waiting');
    await age(old, 31);
    await age(kept, 29);
    await catalog.database.execute(`UPDATE catalog.uploads SET created_at = now() - interval '400 days'`);
    await catalog.database.execute(
      `INSERT INTO catalog.upload_findings (upload_id, severity, line, "column", value, reason)
       SELECT id, severity, n, '', '', 'a reason'
         FROM catalog.uploads, unnest(ARRAY['error', 'warning']) AS severity, generate_series(1, 3) AS n`,
    );
    await sweep.run(never);
    const left = await catalog.database.query<{ id: string }>('SELECT id FROM catalog.uploads ORDER BY id');
    expect(left.map(({ id }) => id)).toEqual([kept, waiting]);
    expect(await count('upload_findings')).toBe(12);
    expect(await count('books')).toBe(4);
  });

  it('takes many findings some thousand at a time, and goes on later when it is told to end', async () => {
    const id = await accept(1);
    await jobs.work(never);
    await age(id, 31);
    await catalog.database.execute(
      `INSERT INTO catalog.upload_findings (upload_id, severity, line, "column", value, reason)
       SELECT $1, 'error', n, '', '', 'a reason' FROM generate_series(1, 12000) AS n`,
      [id],
    );
    const execute = jest.spyOn(catalog.database, 'execute');
    const removed = async () => {
      const ofFindings = execute.mock.results.filter((_, n) =>
        execute.mock.calls[n]?.[0].includes('upload_findings t'),
      );
      return Promise.all(ofFindings.map(({ value }) => value as Promise<number>));
    };
    const stop = new AbortController();
    stop.abort();
    await sweep.run(stop.signal);
    expect(await removed()).toEqual([]);
    expect(await count('uploads')).toBe(1);
    await Promise.all([sweep.run(never), sweep.run(never)]);
    const batches = await removed();
    expect(Math.max(...batches)).toBe(5000);
    expect(batches.reduce((sum, n) => sum + n, 0)).toBe(12_000);
    expect([await count('uploads'), await count('upload_findings')]).toEqual([0, 0]);
  });
});

describe('a file', () => {
  it('that is gone ends its import with a word; the folder that is gone keeps it waiting', async () => {
    const [gone, waiting] = [await accept(1, 'gone'), await accept(1, 'waiting')];
    await rm(join(folder(), `${gone}.csv`));
    await jobs.work(never);
    expect(await read(gone)).toMatchObject({ status: 'failed', failure: expect.stringContaining('no longer there') });
    expect(await read(waiting)).toMatchObject({ status: 'completed' });

    const later = await accept(3, 'later');
    await rename(folder(), `${folder()}-away`);
    await jobs.work(never);
    expect(await read(later)).toMatchObject({ status: 'processing', processedRows: 0 });
    await rename(`${folder()}-away`, folder());
    await catalog.database.execute('UPDATE catalog.uploads SET lease_until = now() WHERE finished_at IS NULL');
    await jobs.work(never);
    expect(await read(later)).toMatchObject({ status: 'completed', insertedRows: 3 });
  });

  it('that cannot be removed hinders neither the end of an import nor a cancel; the sweep removes it', async () => {
    const done = await accept(2, 'done');
    const remove = jest.spyOn(catalog.app.get(UploadFiles), 'remove').mockRejectedValue(new Error('EROFS'));
    await jobs.work(never);
    expect(await read(done)).toMatchObject({ status: 'completed' });
    const cancelled = await accept(2, 'cancelled');
    const answer = await catalog.call('DELETE', `/books/upload/${cancelled}`, { as: 'editor' });
    expect([answer.status, answer.body.status]).toEqual([200, 'cancelled']);
    expect(await files()).toEqual([`${done}.csv`, `${cancelled}.csv`].sort());
    remove.mockRestore();
    await sweep.run(never);
    expect(await files()).toEqual([]);
  });

  it('that cannot be stored leaves nothing, and the answer says why', async () => {
    await rm(folder(), { recursive: true });
    await writeFile(folder(), 'a file where the folder should be');
    await expect(accept(1)).rejects.toThrow('The disk for uploads does not take it; nothing was kept.');
    expect(await count('uploads')).toBe(0);
    await rm(folder());
  });

  it('whose upload cannot be noted goes, and what went wrong is told', async () => {
    jest.spyOn(catalog.app.get(Uploads), 'add').mockRejectedValue(new Error('a fault'));
    await expect(accept(1)).rejects.toThrow('a fault');
    expect(await files()).toEqual([]);
  });
});

describe('the turns of uploads', () => {
  /** What the import does in its turn. */
  function atWork(work: (id: string, signal: AbortSignal) => Promise<void>): void {
    jest.spyOn(catalog.app.get(ImportUpload), 'run').mockImplementation((upload, signal) => work(upload.id, signal));
  }
  const getsOn = (id: string) =>
    catalog.database.execute(
      'UPDATE catalog.uploads SET processed_rows = processed_rows + 1, inserted_rows = inserted_rows + 1 WHERE id = $1',
      [id],
    );
  const ends = (id: string) =>
    catalog.database.execute(
      `UPDATE catalog.uploads SET status = 'failed', lease = NULL, finished_at = now() WHERE id = $1`,
      [id],
    );
  /** Resolves when the signal is aborted. */
  const aborted = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

  it('let a short one go first when a long one has had its turn, and the long one goes on', async () => {
    const [long, short] = [await accept(1, 'long'), await accept(1, 'short')];
    const order: string[] = [];
    atWork(async (id, signal) => {
      order.push(id);
      if (id === short || order.length > 2) return void (await ends(id));
      await getsOn(id);
      await aborted(signal);
    });
    await jobs.work(never);
    expect(order).toEqual([long, short, long]);
    expect(await read(long)).toMatchObject({ processedRows: 1 });
  });

  it('are not over while nobody waits, or while nothing was got on with', async () => {
    const [alone, waiting] = [await accept(1, 'alone'), await accept(1, 'waiting')];
    await catalog.database.execute(`UPDATE catalog.uploads SET lease_until = now() + interval '1 hour' WHERE id = $1`, [
      waiting,
    ]);
    const uploads = catalog.app.get(Uploads);
    const claimed = await uploads.claim(newId());
    if (claimed?.id !== alone) throw new Error('another one was claimed');
    expect(await uploads.isTurnOver(claimed)).toBe(false);
    await getsOn(alone);
    expect(await uploads.isTurnOver(claimed)).toBe(false);
    await catalog.database.execute(`UPDATE catalog.uploads SET lease_until = NULL WHERE id = $1`, [waiting]);
    expect(await uploads.isTurnOver(claimed)).toBe(true);
    expect(await uploads.isTurnOver({ ...claimed, processedRows: 1 })).toBe(false);
  });

  it('go round among all that wait', async () => {
    const ids = [await accept(1, 'one'), await accept(1, 'two'), await accept(1, 'three')];
    const uploads = catalog.app.get(Uploads);
    const order: string[] = [];
    for (let turn = 0; turn < 7; turn++) {
      const claimed = await uploads.claim(newId());
      order.push(claimed?.id ?? '');
      if (claimed) await uploads.release(claimed, 0, false);
    }
    expect(order).toEqual([...ids, ...ids, ids[0]]);
  });

  it('last as long as the lease is renewed, and the lease as long as the setting says', async () => {
    const id = await accept(1);
    const uploads = catalog.app.get(Uploads);
    const others: unknown[] = [];
    atWork(async () => {
      await eventually(async () => {
        others.push(await uploads.claim(newId()));
        const { left } = await catalog.database.one<{ left: number }>(
          'SELECT extract(epoch FROM lease_until - started_at)::float AS left FROM catalog.uploads WHERE id = $1',
          [id],
        );
        expect(left).toBeGreaterThan(2.5);
      }, 15_000);
      await ends(id);
    });
    await jobs.work(never);
    expect(new Set(others)).toEqual(new Set([null]));

    const silent = await accept(1, 'silent');
    expect((await uploads.claim(newId()))?.id).toBe(silent);
    await eventually(async () => expect((await uploads.claim(newId()))?.id).toBe(silent), 10_000);
  });
});
