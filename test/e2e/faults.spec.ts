import { Client as Postgres } from 'pg';
import { describeWithPrivateRabbitMq, eventually, FaultProxy, PrivateRabbitMq } from '@holdfast/platform/testing';
import { describeWithPrivateRedis, type PrivateRedis } from '../contract/private-redis.js';
import { firstArrivals, tapBroker, type TappedEvent } from './support/broker-tap.js';
import type { Answer, Client } from './support/client.js';
import { expectFairAndNotOversold, readAll } from './support/consistency.js';
import { EmbeddedHouse, isAlive } from './support/embedded-house.js';
import { type Installation, startWithServices } from './support/installation.js';
import { employ, type Person, signInAdmin } from './support/people.js';
import { Program } from './support/program.js';

jest.setTimeout(120_000);

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
/** Whoever waits for what is away waits longer; a quiet machine answers within a second. */
const SLOWEST_MS = 5000;

/** The answer, which must come in time also while something is away. */
async function inTime(request: () => Promise<Answer>): Promise<Answer> {
  const began = performance.now();
  const answer = await request();
  expect(performance.now() - began).toBeLessThan(SLOWEST_MS);
  return answer;
}

/** Ends what a test that failed left going on. */
const endAll = new AbortController();
afterAll(() => endAll.abort());

/** Does something again and again until it is told to stop; then fails with what failed meanwhile. */
function keepDoing(work: (round: number) => Promise<void>): { stop(): Promise<void> } {
  let going = true;
  const running = (async () => {
    for (let round = 0; going && !endAll.signal.aborted; round++) await work(round);
  })();
  running.catch(() => undefined);
  return {
    stop: () => {
      going = false;
      return running;
    },
  };
}

const newBook = async (staff: Client, title: string, units = 1): Promise<any> => {
  const { status, body } = await staff.post('/api/books', { title, price: 10, units });
  expect(status).toBe(201);
  return body;
};

describeWithPrivateRedis('With faults in the services', (redis) => {
  describeWithPrivateRabbitMq('around api and worker', () => withServices(redis));
});

function withServices(redis: () => PrivateRedis): void {
  let rabbit: PrivateRabbitMq;
  let toRedis: FaultProxy;
  let holdfast: Installation;
  let tap: { events: TappedEvent[]; close(): Promise<void> };
  let services: Record<string, string>;
  let admin: Client;
  let reader: Person;
  const successors: Program[] = [];

  beforeAll(async () => {
    rabbit = await PrivateRabbitMq.create();
    await rabbit.start();
    tap = await tapBroker(rabbit.url);
    toRedis = await FaultProxy.to('127.0.0.1', Number(new URL(redis().url).port));
    services = { REDIS_URL: `redis://127.0.0.1:${toRedis.port}`, REDIS_PREFIX: 'faults', RABBITMQ_URL: rabbit.url };
    holdfast = await startWithServices(services);
    admin = await signInAdmin(holdfast.client);
    reader = await employ(admin, 'customer', 'ada');
  });
  afterAll(async () => {
    for (const program of successors) await program.stop();
    await holdfast?.close();
    await tap?.close();
    await toRedis?.close();
    await rabbit?.dispose();
  });

  /** Changes a book so that a stale answer can be told from a fresh one. */
  const rename = async (id: string, title: string): Promise<void> => {
    const { status } = await inTime(() => admin.patch(`/api/books/${id}`, { title }));
    expect(status).toBe(200);
  };
  const titleOf = async (id: string): Promise<string> => {
    const { status, body } = await inTime(() => holdfast.client.get(`/api/books/${id}`));
    expect(status).toBe(200);
    return body.title;
  };
  const redisIs = (wanted: 'in use' | 'away'): Promise<void> =>
    eventually(async () => {
      const { body } = await holdfast.client.get('/health/ready');
      expect(body.details.cache.degraded ?? false).toBe(wanted === 'away');
    }, 15_000);

  const absences: [string, () => Promise<void> | void, () => Promise<void> | void][] = [
    ['is killed and comes back empty', () => redis().stop(), () => redis().start()],
    ['is cut off and comes back with what it had kept', () => toRedis.refuse(), () => toRedis.heal()],
    ['hangs and goes on', () => redis().freeze(), () => redis().thaw()],
  ];
  for (const [what, away, back] of absences) {
    it(`while Redis ${what}, everything is answered within a second, and no answer is stale afterwards`, async () => {
      const book = await newBook(admin, 'First');
      await redisIs('in use');
      for (let read = 0; read < 3; read++) expect(await titleOf(book.id)).toBe('First');
      await away();
      expect(await titleOf(book.id)).toBe('First');
      await redisIs('away');
      await rename(book.id, 'Second');
      expect(await titleOf(book.id)).toBe('Second');
      const found = await inTime(() => holdfast.client.get('/api/books?search=Second'));
      expect(found.body.items.map((item: any) => item.id)).toContain(book.id);
      const wish = { bookId: book.id, reservedUntil: inDays(3) };
      const reserved = await inTime(() => reader.client.post('/api/reservations', wish));
      expect([reserved.status, reserved.body.status]).toEqual([201, 'active']);
      const read = await inTime(() => holdfast.client.get(`/api/books/${book.id}`));
      expect(read.body).toMatchObject({ reservedUnits: 1, availableUnits: 0 });
      const cancelled = await inTime(() => reader.client.delete(`/api/reservations/${reserved.body.id}`));
      expect(cancelled.status).toBe(200);
      const live = await inTime(() => holdfast.client.get('/health/live'));
      expect(live.status).toBe(200);

      const stale: string[] = [];
      const reads = keepDoing(async () => {
        const title = await titleOf(book.id);
        if (title !== 'Second') stale.push(title);
      });
      await back();
      await redisIs('in use');
      await reads.stop();
      expect(stale).toEqual([]);
      await rename(book.id, 'Third');
      for (let read = 0; read < 20; read++) expect(await titleOf(book.id)).toBe('Third');
    });
  }

  it('when PostgreSQL ends all sessions under load, requests succeed or get 503 with Retry-After, and all recovers', async () => {
    const readers = await Promise.all([1, 2, 3, 4].map((n) => employ(admin, 'customer', `reader-${n}`)));
    const books = [await newBook(admin, 'Sought', 2), await newBook(admin, 'Rare', 1)];
    const answers = new Map<string, number>();
    const wrong: string[] = [];
    const take = (request: string, answer: Answer): Answer => {
      answers.set(`${answer.status}`, (answers.get(`${answer.status}`) ?? 0) + 1);
      const isRetry = answer.status === 503 && Number(answer.headers.get('retry-after')) > 0;
      if (answer.status >= 300 && answer.status !== 409 && !isRetry)
        wrong.push(`${request} → ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`);
      return answer;
    };
    const load = readers.map(({ client }) =>
      keepDoing(async (round) => {
        const bookId = books[round % books.length].id;
        const reserved = take('reserve', await client.post('/api/reservations', { bookId, reservedUntil: inDays(2) }));
        take('read', await client.get(`/api/books/${bookId}`));
        take('list', await client.get('/api/books?search=sought'));
        if (reserved.status === 201) take('cancel', await client.delete(`/api/reservations/${reserved.body.id}`));
      }),
    );
    const postgres = new Postgres({ connectionString: holdfast.databaseUrl });
    await postgres.connect();
    try {
      let ended = 0;
      for (let time = 0; time < 5; time++) {
        const before = answers.get('201') ?? 0;
        const { rowCount } = await postgres.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        );
        ended += rowCount ?? 0;
        await eventually(() => expect(answers.get('201') ?? 0).toBeGreaterThan(before + 5), 20_000);
      }
      expect(ended).toBeGreaterThan(5);
    } finally {
      await postgres.end();
      await Promise.all(load.map((one) => one.stop()));
    }
    expect(wrong).toEqual([]);
    expect(holdfast.programs.map((program) => program.isRunning)).toEqual([true, true]);
    await eventually(async () => expect((await holdfast.client.get('/health/ready')).status).toBe(200), 20_000);
    await expectFairAndNotOversold(
      admin,
      books.map(({ id }) => id),
    );
    const reservations = await readAll(admin, '/api/reservations');
    await eventually(() => {
      const created = new Set(
        tap.events.filter(({ type }) => type === 'reservation_created').map(({ subject }) => subject),
      );
      expect(reservations.filter(({ id }) => !created.has(`reservations/${id}`))).toEqual([]);
    }, 20_000);
  });

  it('when the worker is killed amid changes, another publishes every one, in order for each book', async () => {
    const worker = holdfast.programs.find(({ name }) => name === 'worker')!;
    const books = await Promise.all([1, 2, 3, 4, 5].map((n) => newBook(admin, `Changing ${n}`)));
    const versions = new Map<string, number[]>(books.map(({ id, version }) => [id, [version]]));
    const changes = books.map(({ id }) =>
      keepDoing(async (round) => {
        const { status, body } = await admin.patch(`/api/books/${id}`, { price: (round % 1000) + 1.5 });
        if (status !== 200) throw new Error(`the change was answered ${status}`);
        versions.get(id)!.push(body.version);
      }),
    );
    const arrivedOf = (id: string): TappedEvent[] =>
      firstArrivals(tap.events.filter(({ subject }) => subject === `books/${id}`));
    let current = worker;
    for (let time = 0; time < 2; time++) {
      const before = tap.events.length;
      await eventually(() => expect(tap.events.length).toBeGreaterThan(before + 50), 30_000);
      await current.stop('SIGKILL');
      const madeBefore = [...versions.values()].flat().length;
      await eventually(() => expect([...versions.values()].flat().length).toBeGreaterThan(madeBefore + 20), 20_000);
      current = Program.start('worker', {
        ...services,
        PORT: '0',
        WORKER_PORT: '0',
        DATABASE_URL: holdfast.databaseUrl,
        HOLDFAST_DATA_DIR: holdfast.dataDir,
      });
      successors.push(current);
    }
    await Promise.all(changes.map((one) => one.stop()));
    await eventually(() => {
      for (const [id, made] of versions) expect(arrivedOf(id).map(({ data }) => data.version)).toEqual(made);
    }, 40_000);
    for (const { id } of books) {
      const sequences = arrivedOf(id).map(({ sequence }) => sequence);
      expect(sequences).toEqual([...sequences].sort());
    }
  });
}

describe('With faults in the embedded Holdfast', () => {
  let house: EmbeddedHouse;

  beforeEach(async () => {
    house = await EmbeddedHouse.found();
  });
  afterEach(() => house.close());

  /** A catalogue of which every tenth row is wrong. */
  const ROWS = 12_000;
  const catalogue = (): string =>
    `title,author,price,publication_date\n${Array.from({ length: ROWS }, (_, row) =>
      row % 10 === 9
        ? `,Nobody ${row},1.00,1999`
        : `Title ${row},Author ${row % 700},${row % 90}.50,${1900 + (row % 100)}`,
    ).join('\n')}\n`;

  it('killed amid reservations and an import, it goes on where it was: nothing is lost, doubled or oversold', async () => {
    let { program, client } = await house.start();
    let admin = await signInAdmin(client);
    const readers = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => employ(admin, 'customer', `reader-${n}`)));
    const books = [
      await newBook(admin, 'Sought', 2),
      await newBook(admin, 'Rare', 1),
      await newBook(admin, 'Plenty', 9),
    ];
    const form = new FormData();
    form.append('file', new Blob([catalogue()]), 'books.csv');
    const { body: upload } = await admin.raw('POST', '/api/books/upload', form);

    const promised = new Map<string, string>();
    const load = readers.map(({ client: own }) =>
      keepDoing(async (round) => {
        const bookId = books[round % books.length].id;
        const made = await own.post('/api/reservations', { bookId, reservedUntil: inDays(2) }).catch(() => null);
        if (made?.status !== 201) return;
        promised.set(made.body.id, 'open');
        if (round % 3 === 2) return;
        promised.delete(made.body.id);
        const ended = await own.delete(`/api/reservations/${made.body.id}`).catch(() => null);
        if (ended?.status === 200) promised.set(made.body.id, 'cancelled');
      }),
    );
    await eventually(async () => {
      const { body } = await admin.get(`/api/books/upload/${upload.uploadId}`);
      expect(body.processedRows).toBeGreaterThan(0);
      expect(promised.size).toBeGreaterThan(20);
    }, 30_000);
    const [pid, unfinished] = [await house.postgresPid(), await admin.get(`/api/books/upload/${upload.uploadId}`)];
    expect(unfinished.body).toMatchObject({ status: 'processing' });
    await program.stop('SIGKILL');
    await Promise.all(load.map((one) => one.stop()));

    ({ program, client } = await house.start());
    await eventually(() => expect(isAlive(pid)).toBe(false), 10_000);
    admin = await signInAdmin(client);
    const done = await eventually(async () => {
      const { body } = await admin.get(`/api/books/upload/${upload.uploadId}`);
      expect(['completed', 'failed']).toContain(body.status);
      return body;
    }, 60_000);
    expect(done).toMatchObject({
      status: 'completed',
      totalRows: ROWS,
      processedRows: ROWS,
      insertedRows: 0.9 * ROWS,
      failedRows: 0.1 * ROWS,
      updatedRows: 0,
      unchangedRows: 0,
      skippedRows: 0,
      progress: 1,
    });
    const report = await admin.get(`/api/books/upload/${upload.uploadId}/errors.csv`);
    expect(report.body.trim().split('\r\n')).toHaveLength(0.1 * ROWS + 1);

    const kept = new Map((await readAll(admin, '/api/reservations')).map(({ id, status }) => [id, status]));
    for (const [id, state] of promised)
      expect([id, kept.get(id)]).toEqual([
        id,
        state === 'open' ? expect.stringMatching(/active|pending/) : 'cancelled',
      ]);
    await expectFairAndNotOversold(
      admin,
      books.map(({ id }) => id),
    );
    const titles = await admin.get('/api/books?search=Title+11&limit=100');
    expect(new Set(titles.body.items.map((item: any) => item.title)).size).toBe(titles.body.items.length);
    expect(await program.stop()).toBe(0);
  });

  it('refuses a second one on the same folder with a sentence, and lives beside one on another', async () => {
    const first = await house.start();
    const second = house.launch();
    await eventually(() => expect(second.isRunning).toBe(false), 30_000);
    expect(await second.stop()).not.toBe(0);
    expect(second.log).toMatch(/another|already|in use/i);
    expect(second.log).toContain(house.dataDir);
    expect(second.log).not.toMatch(/\n\s+at .+:\d+:\d+/);
    expect((await first.client.get('/health/ready')).status).toBe(200);

    const elsewhere = await EmbeddedHouse.found();
    try {
      const other = await elsewhere.start();
      const [here, there] = [await signInAdmin(first.client), await signInAdmin(other.client)];
      const book = await newBook(here, 'Only here');
      expect((await there.get(`/api/books/${book.id}`)).status).toBe(404);
      expect((await there.as('x').get('/api/users')).status).toBe(401);
      expect(await other.program.stop()).toBe(0);
      expect((await here.get(`/api/books/${book.id}`)).status).toBe(200);
    } finally {
      await elsewhere.close();
    }
  });

  it('when its PostgreSQL is killed, it ends with a sentence, and starts again with all that was there', async () => {
    const { program, client } = await house.start();
    const book = await newBook(await signInAdmin(client), 'Kept');
    process.kill(await house.postgresPid(), 'SIGKILL');
    await eventually(() => expect(program.isRunning).toBe(false), 30_000);
    expect(await program.stop()).not.toBe(0);
    expect(program.log).toContain('the embedded PostgreSQL has ended');
    const again = await house.start();
    expect((await again.client.get(`/api/books/${book.id}`)).body.title).toBe('Kept');
  });
});
