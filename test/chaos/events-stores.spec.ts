import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations, schemas } from '@holdfast/composition';
import { describeWith, eventually, FaultProxy } from '@holdfast/platform/testing';
import { Logger } from '@nestjs/common';
import { createDataSource, migrate } from '../../libs/platform/src/database/data-source.js';
import { EmbeddedPostgres } from '../../libs/platform/src/embedded/postgres/embedded-postgres.js';
import { describeWithPrivateRedis } from '../contract/private-redis.js';
import { Client } from '../e2e/support/client.js';
import { ownVirtualHost } from '../e2e/support/installation.js';
import type { Program } from '../e2e/support/program.js';
import { EventsHouse } from './support/events-house.js';

Logger.overrideLogger(false);
jest.setTimeout(180_000);

describeWith('rabbitmq', 'Events of a worker', () =>
  describeWithPrivateRedis('whose stores fail', (redis) => {
    let folder: string;
    let postgres: EmbeddedPostgres;
    let toPostgres: FaultProxy;
    let corner: { url: string; remove(): Promise<void> };
    let house: EventsHouse;
    let worker: Program;
    let health: Client;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'holdfast-events-postgres-'));
      await startPostgres();
      const dataSource = createDataSource({ url: postgres.url, poolSize: 2, schemas, migrations });
      await migrate(dataSource);
      corner = await ownVirtualHost();
      const throughProxy = new URL(postgres.url);
      throughProxy.host = `127.0.0.1:${toPostgres.port}`;
      house = await EventsHouse.open(throughProxy.toString(), corner.url);
      worker = await house.startWorker({ REDIS_URL: redis().url });
      const [, base = ''] = await worker.says(/health is at (http:\S+)\/health/);
      health = new Client(base);
    });
    afterAll(async () => {
      await house?.close();
      await toPostgres?.close();
      await postgres?.stop();
      await corner?.remove();
      if (folder) await rm(folder, { recursive: true, force: true });
    });

    /** It has another port each time; those who ask the proxy do not notice. */
    async function startPostgres(): Promise<void> {
      postgres = await EmbeddedPostgres.start({ dataDir: folder });
      const port = Number(new URL(postgres.url).port);
      if (toPostgres) toPostgres.aimAt('127.0.0.1', port);
      else toPostgres = await FaultProxy.to('127.0.0.1', port);
    }

    const ready = async (): Promise<any> => (await health.get('/health/ready')).body;
    const databaseIs = (wanted: 'up' | 'down'): Promise<void> =>
      eventually(async () => expect((await ready()).details.database.status).toBe(wanted), 30_000);
    const cacheIs = (wanted: 'in use' | 'away'): Promise<void> =>
      eventually(async () => expect((await ready()).details.cache.degraded ?? false).toBe(wanted === 'away'), 30_000);

    describe('in Redis, have their effects meanwhile:', () => {
      const eachHasItsEffect = async (): Promise<void> => {
        await house.ledger.commitMany(30);
        await house.expectPromisesKept();
      };

      it('it is stopped', async () => {
        await cacheIs('in use');
        await redis().stop();
        await eachHasItsEffect();
        await cacheIs('away');
        await redis().start();
        await cacheIs('in use');
        await eachHasItsEffect();
      });

      it('it hangs', async () => {
        const complaints = (): number => worker.log.split('no job can be asked for').length;
        const before = complaints();
        redis().freeze();
        try {
          await eachHasItsEffect();
          await eventually(() => expect(complaints()).toBeGreaterThan(before), 30_000);
        } finally {
          redis().thaw();
        }
        await cacheIs('in use');
        await eachHasItsEffect();
      });

      it('it is flushed', async () => {
        expect(await redis().do((store) => store.dbsize())).toBeGreaterThan(0);
        await redis().do((store) => store.flushall());
        await eachHasItsEffect();
      });

      it('it is full, and refuses to write', async () => {
        await redis().do(async (store) => {
          await store.config('SET', 'maxmemory-policy', 'noeviction');
          await store.config('SET', 'maxmemory', '1');
        });
        await eachHasItsEffect();
        await eventually(
          async () => expect(await redis().do((store) => store.info('errorstats'))).toContain('errorstat_OOM'),
          30_000,
        );
        await redis().do((store) => store.config('SET', 'maxmemory', '0'));
        await eachHasItsEffect();
      });

      it('in the end the mails that were asked for meanwhile are settled, too', async () => {
        await eventually(async () => {
          const waiting = await house.ledger.database.query('SELECT FROM notifications.mails WHERE ended_at IS NULL');
          expect(waiting).toHaveLength(0);
        }, 90_000);
      });
    });

    describe('in PostgreSQL, have their effects once after it:', () => {
      it('it ends all sessions, again and again', async () => {
        const changes = house.ledger.keepCommitting();
        let ended = 0;
        for (let time = 0; time < 4; time++) {
          const before = (await house.effects().catch(() => [])).length;
          await eventually(async () => expect((await house.effects()).length).toBeGreaterThan(before + 20), 30_000);
          ended += await eventually(async () => {
            const gone = await house.ledger.database.query(
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid()`,
            );
            return gone.length;
          });
        }
        await changes.stop();
        expect(ended).toBeGreaterThan(8);
        expect(worker.isRunning).toBe(true);
        await house.expectPromisesKept();
      });

      it('it is restarted', async () => {
        const changes = house.ledger.keepCommitting();
        const before = (await house.effects()).length;
        await eventually(async () => expect((await house.effects()).length).toBeGreaterThan(before + 20), 30_000);
        await postgres.stop();
        await databaseIs('down');
        await startPostgres();
        await databaseIs('up');
        await changes.stop();
        expect(worker.isRunning).toBe(true);
        await house.expectPromisesKept();
      });

      it('it hangs', async () => {
        const changes = house.ledger.keepCommitting();
        const before = (await house.effects()).length;
        await eventually(async () => expect((await house.effects()).length).toBeGreaterThan(before + 20), 30_000);
        toPostgres.freeze();
        await databaseIs('down');
        toPostgres.heal();
        await databaseIs('up');
        await changes.stop();
        expect(worker.isRunning).toBe(true);
        await house.expectPromisesKept();
      });
    });
  }),
);
