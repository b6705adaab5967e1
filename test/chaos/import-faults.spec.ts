import { connect } from 'node:net';
import { rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWith, eventually, FaultProxy, type FreshDatabase, freshDatabase } from '@holdfast/platform/testing';
import { describeWithPrivateRedis } from '../contract/private-redis.js';
import type { Client } from '../e2e/support/client.js';
import { employ } from '../e2e/support/people.js';
import type { Program } from '../e2e/support/program.js';
import { ImportGate } from './support/import-gate.js';
import { ImportHouse } from './support/import-house.js';
import { catalogue, expectTrue, whole } from './support/import-ledger.js';

jest.setTimeout(180_000);

const ROWS = 10_000;

describeWith('rabbitmq', 'An import', () => {
  describeWithPrivateRedis('with faults around it', (redis) => {
    let database: FreshDatabase;
    let toPostgres: FaultProxy;
    let house: ImportHouse;
    let gate: ImportGate;
    let worker: Program;
    let series = 0;

    beforeAll(async () => {
      database = await freshDatabase();
      const { hostname, port } = new URL(database.url);
      toPostgres = await FaultProxy.to(hostname, Number(port || 5432));
      house = await ImportHouse.open(redis().url, database.url);
      gate = await ImportGate.build(database.url);
      worker = await house.startWorker();
    });
    beforeEach(() => series++);
    afterEach(async () => {
      await gate?.letPass();
    });
    afterAll(async () => {
      await gate?.remove();
      await house?.close();
      await toPostgres?.close();
      await database?.drop();
    });

    const progressOf = async (id: string): Promise<number> => (await house.read(id)).processedRows;
    const kill = async (): Promise<void> => {
      await worker.stop('SIGKILL');
      worker = await house.startWorker();
    };

    it('whose worker is killed at 0, 30, 60 and 99 %, before and in the commit, counts every row once', async () => {
      const id = await (await gate.closeAt('write'), house.upload(catalogue(series, ROWS)));
      const told = new Follower(house.admin, id);
      const dismissed = await employ(house.admin, 'editor');
      const toldToDismissed = new Follower(dismissed.client, id);
      await house.admin.patch(`/api/users/${dismissed.id}`, { isActive: false });

      await gate.holds();
      expect(await progressOf(id)).toBe(0);
      await told.hears(0);
      await kill();
      await gate.letPass({ stage: 'record', rows: 0.3 * ROWS });

      await gate.holds();
      const third = await progressOf(id);
      expect([third > 0, third < 0.3 * ROWS]).toEqual([true, true]);
      await told.hears(third);
      await kill();
      await gate.letPass({ stage: 'commit', rows: 0.6 * ROWS });

      // Killed twice in a row, the second time before it got on at all.
      await gate.holds();
      const most = await progressOf(id);
      expect([most > third, most < 0.6 * ROWS]).toEqual([true, true]);
      await told.hears(most);
      await worker.stop('SIGKILL');
      await gate.letPass({ stage: 'write' });
      // The commit that was under way came through: its rows are not counted again.
      await eventually(async () => expect(await progressOf(id)).toBeGreaterThanOrEqual(0.6 * ROWS));
      worker = await house.startWorker();
      await gate.holds();
      await kill();
      await gate.letPass({ stage: 'record', rows: ROWS });

      await gate.holds();
      const last = await progressOf(id);
      expect([last >= 0.6 * ROWS, last < ROWS]).toEqual([true, true]);
      await told.hears(last);
      await kill();
      await gate.letPass({ stage: 'commit', rows: ROWS });

      await gate.holds();
      expect(await house.read(id)).toMatchObject({ status: 'processing', processedRows: last });
      // Who is not let in any more is told no more, though the import goes on.
      expect((await toldToDismissed.all).at(-1)).toMatchObject({ status: 'processing' });
      await worker.stop('SIGKILL');
      await gate.letPass();
      const done = await house.ended(id);
      expect(done).toMatchObject(whole(ROWS));
      await expectTrue(house, series, done);

      // Nobody was left to remove the file; whoever sweeps next does.
      expect(await house.files()).toEqual([`${id}.csv`]);
      worker = await house.startWorker();
      await house.sweep();
      await eventually(async () => expect(await house.files()).toEqual([]), 15_000);

      const states = await told.all;
      const counts = states.map((state) => state.processedRows as number);
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      expect(counts).toEqual(expect.arrayContaining([0, third, most, last, ROWS]));
      expect(states.at(-1)).toEqual(done);
    });

    it('goes on when PostgreSQL ends its sessions, has no room, or takes a commit and cannot say so', async () => {
      await worker.stop();
      worker = await house.startWorker({ DATABASE_URL: throughProxy(database.url, toPostgres) });
      await gate.closeAt('record', 0.2 * ROWS);
      const id = await house.upload(catalogue(series, ROWS));
      for (const [stage, rows] of [
        ['commit', 0.4 * ROWS],
        ['commit', 0.6 * ROWS],
      ] as const) {
        const [pid] = await gate.holds();
        const terminated = await house.query<{ pid: number; was: boolean }>(
          `SELECT pid, pg_terminate_backend(pid) AS was FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'holdfast'`,
        );
        expect(terminated).toContainEqual({ pid, was: true });
        await gate.letPass({ stage, rows });
      }

      await gate.holds();
      const before = await progressOf(id);
      toPostgres.refuse();
      await gate.letPass({ stage: 'write' });
      await eventually(async () => expect(await progressOf(id)).toBeGreaterThan(before));
      toPostgres.heal();

      await gate.holds();
      await gate.breakWith('53100');
      await gate.letPass();
      await eventually(() => expect(worker.log).toContain('the gate is broken'), 20_000);
      expect(await house.read(id)).toMatchObject({ status: 'processing' });
      await gate.breakWith(null);

      const done = await house.ended(id);
      expect(done).toMatchObject(whole(ROWS));
      await expectTrue(house, series, done);
      await eventually(async () => expect(await house.files()).toEqual([]));
      expect(worker.isRunning).toBe(true);
    });

    it('ends while Redis is away, and what was sent meanwhile is imported when it is back, with nothing in it', async () => {
      await gate.closeAt('record', 1000);
      const first = await house.upload(catalogue(series, 3000));
      await gate.holds();
      await redis().stop();
      await gate.letPass();
      expect(await house.ended(first)).toMatchObject(whole(3000));
      await expectTrue(house, series, await house.read(first));

      series++;
      const second = await house.upload(catalogue(series, 1000));
      await redis().start();
      expect(await house.ended(second)).toMatchObject(whole(1000));
      await expectTrue(house, series, await house.read(second));

      series++;
      await gate.closeAt('write');
      const third = await house.upload(catalogue(series, 1000));
      await gate.holds();
      await redis().do((store) => store.flushall());
      const fourth = await house.upload(catalogue(series + 1, 1000));
      await gate.letPass();
      for (const id of [third, fourth]) await expectTrue(house, series++, await house.ended(id));
      await eventually(async () => expect(await house.files()).toEqual([]));
    });

    it('whose file is deleted ends with what it has read, or says that it is gone', async () => {
      await gate.closeAt('record', 1000);
      const id = await house.upload(catalogue(series, 5000));
      await gate.holds();
      await rm(join(house.folder, `${id}.csv`));
      await kill();
      await gate.letPass();
      const failed = await house.ended(id);
      expect(failed).toMatchObject({ status: 'failed', failure: expect.stringContaining('no longer there') });
      expect(failed.processedRows).toBeLessThan(1000);
      await expectTrue(house, series, failed);
    });

    it('of an upload that is cut off by the end of its server leaves a file, and the sweep removes it', async () => {
      const other = await house.startApi();
      const { hostname, port } = new URL(other.admin.base);
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      socket.write(
        `POST /api/books/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${other.admin.token}\r\n` +
          'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n' +
          '--b\r\nContent-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\ntitle\n',
      );
      await eventually(async () => expect(await house.files()).toEqual([expect.stringMatching(/\.csv\.part$/)]));
      await other.program.stop('SIGKILL');
      const [part = ''] = await house.files();
      expect(part).toMatch(/\.part$/);
      const hour = new Date(Date.now() - 3_600_000);
      await utimes(join(house.folder, part), hour, hour);
      await house.sweep();
      await eventually(async () => expect(await house.files()).toEqual([]), 15_000);
      expect((await house.admin.get('/api/books/upload?status=queued')).body.total).toBe(0);
    });
  });
});

/** The URL of the database behind the proxy. */
function throughProxy(url: string, proxy: FaultProxy): string {
  const through = new URL(url);
  through.host = `127.0.0.1:${proxy.port}`;
  return through.toString();
}

/** The states of an upload as its events tell them, as they come. */
class Follower {
  private text = '';
  /** Once the stream has ended. */
  readonly all: Promise<any[]>;

  constructor(client: Client, id: string) {
    this.all = this.follow(client, id);
  }

  /** Resolves when so many rows were told of. */
  hears(rows: number): Promise<void> {
    return eventually(() => expect(this.states().map((state) => state.processedRows)).toContain(rows), 20_000);
  }

  private async follow(client: Client, id: string): Promise<any[]> {
    const response = await fetch(`${client.base}/api/books/upload/${id}/events`, {
      headers: { authorization: `Bearer ${client.token}` },
    });
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) this.text += piece;
    return this.states();
  }

  private states(): any[] {
    return [...this.text.matchAll(/^data: (.*)\n/gm)].map(([, data = '']) => JSON.parse(data));
  }
}
