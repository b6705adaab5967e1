import pg from 'pg';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { PreconditionFailed } from '../http/problem.js';
import { eventually, type FreshDatabase, freshDatabase } from '../testing/index.js';
import { NotesApp, type Sending, type Sent } from '../testing/notes-app.js';

let fresh: FreshDatabase;
let app: NotesApp;
/** Another process on the same database. */
let other: NotesApp;
beforeAll(async () => {
  fresh = await freshDatabase();
  app = await NotesApp.start(fresh.url);
  other = await NotesApp.start(fresh.url);
});
afterAll(async () => {
  await app?.close();
  await other?.close();
  await fresh?.drop();
});
beforeEach(() => app.database.query('TRUNCATE notes, platform.idempotency_keys'));
afterEach(() => {
  jest.restoreAllMocks();
  for (const one of [app, other]) one.inside.work = () => undefined;
});

const KEY = '8e03978e-40d5-43e8-bc93-6894a57f9324';
const WISH = { text: 'buy ink' };
const times = <T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));

/** All of an answer that a repetition must have too. */
const answerOf = ({ status, text, headers }: Sent): unknown[] => [
  status,
  text,
  ...['location', 'etag', 'content-type', 'x-kind'].map((name) => headers[name]),
];

function expectRepeated(again: Sent, first: Sent): void {
  expect(answerOf(again)).toEqual(answerOf(first));
  expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
}

const problemOf = ({ status, body }: Sent): [number, string] => [status, body.type];
const IN_USE = [409, '/problems/idempotency-key-in-use'];
const REUSED = [422, '/problems/idempotency-key-reused'];

describe('The same request with the same key', () => {
  it('is done once, and answered alike to the byte, by whichever process', async () => {
    const first = await app.post(WISH, { key: KEY });
    expect(first.status).toBe(201);
    expect(first.headers).toMatchObject({
      location: `/api/notes/${first.body.id}`,
      etag: expect.stringMatching(/^"1\./),
    });
    for (const one of [app, other, app]) expectRepeated(await one.post(WISH, { key: `"${KEY}"` }), first);
    expect(await app.notes()).toEqual(['buy ink']);
  });

  it('is answered as the first time, whatever became of what was made', async () => {
    const first = await app.post(WISH, { key: KEY });
    await app.database.query(`UPDATE notes SET text = 'sell ink', version = 2`);
    expectRepeated(await app.post(WISH, { key: KEY }), first);
    await app.database.query('DELETE FROM notes');
    expectRepeated(await app.post(WISH, { key: KEY }), first);
    expect(await app.notes()).toEqual([]);
  });

  it('has the status of its route, and no headers that the first answer had not', async () => {
    const openly = { key: KEY, to: '/api/notes/open', as: '' };
    const first = await app.post(WISH, openly);
    expect([first.status, Object.keys(first.body)]).toEqual([202, ['id', 'text']]);
    expect([first.headers.location, first.headers.etag]).toEqual([undefined, undefined]);
    expectRepeated(await app.post(WISH, openly), first);
  });

  it('is done once when it comes fifty times at once to two processes; who does not get the answer gets 409', async () => {
    const answers = await times(50, (n) => (n % 2 ? app : other).post(WISH, { key: KEY }));
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    expect(made.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    const rest = answers.filter(({ status }) => status !== 201).map(problemOf);
    expect(rest).toEqual(rest.map(() => IN_USE));
    expect(await app.notes()).toEqual(['buy ink']);
  });

  it('is told at once that the first one runs, and gets its answer when it has ended', async () => {
    const { first, go } = await firstInside();
    expect(problemOf(await other.post(WISH, { key: KEY }))).toEqual(IN_USE);
    expect((await other.post(WISH, { key: 'another' })).status).toBe(201);
    go();
    const made = await first;
    expectRepeated(await other.post(WISH, { key: KEY }), made);
    expect(await app.notes()).toHaveLength(2);
  });
});

it('Who comes while the first commits is not let in by what was there before', async () => {
  const { first, go } = await firstInside();
  const second = claimsSlowly(() => other.post(WISH, { key: KEY }));
  await second.sent;
  go();
  await first;
  const told = await second.answer;
  expect(['201 true', '409 undefined']).toContain(`${told.status} ${String(told.headers['idempotency-replayed'])}`);
  expect(await app.notes()).toEqual(['buy ink']);
});

/** The first request with the key, in the middle of its transaction until it may go on. */
async function firstInside(): Promise<{ first: Promise<Sent>; go: () => void }> {
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  let first = Promise.resolve<unknown>(undefined) as Promise<Sent>;
  await new Promise<void>((resolve) => {
    app.inside.work = () => (resolve(), gate);
    first = app.post(WISH, { key: KEY });
  });
  return { first, go };
}

/** A request whose claim takes its time between its two statements; `sent` when PostgreSQL has got them. */
function claimsSlowly(request: () => Promise<Sent>): { sent: Promise<void>; answer: Promise<Sent> } {
  const real = Reflect.get(pg.Client.prototype, 'query') as (this: pg.Client, ...args: unknown[]) => Promise<unknown>;
  let answer = Promise.resolve<unknown>(undefined) as Promise<Sent>;
  const sent = new Promise<void>((resolve) => {
    const query = jest.spyOn(pg.Client.prototype, 'query') as unknown as jest.SpyInstance<unknown, unknown[]>;
    query.mockImplementation(async function (this: pg.Client, statement: unknown, ...rest: unknown[]) {
      if (!String(statement).startsWith('START TRANSACTION; ')) return real.call(this, statement, ...rest);
      const pause = '; DO $$ BEGIN PERFORM pg_sleep(0.3); END $$; SELECT';
      const paused = real.call(
        this,
        String(statement).replace(/;\s*SELECT(?=[^;]*$)/, () => pause),
      );
      resolve();
      return ((await paused) as pg.QueryResult[]).filter(({ command }) => command !== 'DO');
    });
    answer = request();
  });
  return { sent, answer };
}

describe('Another request with the same key', () => {
  it.each<[string, unknown, Sending]>([
    ['another value', { text: 'buy paper' }, {}],
    ['one property more', { ...WISH, colour: 'red' }, {}],
    ['another query', WISH, { to: '/api/notes?colour=red' }],
    ['another route', WISH, { to: '/api/notes/careless' }],
  ])('is refused with 422: %s', async (_what, body, sending) => {
    const first = await app.post(WISH, { key: KEY });
    expect(problemOf(await other.post(body, { key: KEY, ...sending }))).toEqual(REUSED);
    expect(await app.notes()).toEqual(['buy ink']);
    expectRepeated(await app.post(WISH, { key: KEY }), first);
  });

  it.each([
    [
      'the keys in another order',
      { text: '{"text":"buy ink","colour":"red"}', again: '{"colour":"red","text":"buy ink"}' },
    ],
    ['other white space', { text: '{"text":"buy ink"}', again: ' {\n"text" : "buy ink" }\n' }],
    ['characters written otherwise', { text: '{"text":"buy ink"}', again: '{"text":"buy\\u0020ink"}' }],
  ])('is none that differs in form only: %s', async (_what, { text, again }) => {
    const first = await app.post(text, { key: KEY });
    expectRepeated(await app.post(again, { key: KEY }), first);
  });

  it('is refused for its own faults first, and for those the key stays free', async () => {
    expect((await app.post({ txt: 1 }, { key: KEY })).body.type).toBe('/problems/invalid-input');
    expect((await app.post(WISH, { key: KEY })).headers['idempotency-replayed']).toBeUndefined();
  });
});

describe('A key', () => {
  it('is one caller’s: that of an account, or of a network where there is no account', async () => {
    const openly = { key: KEY, to: '/api/notes/open', as: '' };
    const answers = [
      await app.post(WISH, { key: KEY }),
      await app.post(WISH, { key: KEY, as: 'bertrand' }),
      await app.post(WISH, openly),
      await app.post(WISH, { ...openly, from: '203.0.113.9' }),
      await app.post(WISH, { ...openly, from: '2001:db8::1' }),
    ];
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(answers.length);
    expectRepeated(await app.post(WISH, { ...openly, from: '2001:db8::2' }), answers[4]!);
    expectRepeated(await app.post(WISH, { key: KEY, as: 'bertrand', from: '203.0.113.9' }), answers[1]!);
  });

  it('that is malformed is refused with 400, and nothing is done', async () => {
    for (const key of ['', '""', 'one, two', 'k'.repeat(256), 'schlüssel'])
      expect(problemOf(await app.post(WISH, { key }))).toEqual([400, '/problems/idempotency-key-invalid']);
    expect(await app.notes()).toEqual([]);
  });

  it('may have any printable character, and is no SQL', async () => {
    const keys = [`"'; DROP TABLE notes; --"`, `"$1"`, String.raw`"\"\\\\"`, `'`, `"%_"`, 'k'.repeat(255), '__proto__'];
    const made = await times(keys.length, (n) => app.post(WISH, { key: keys[n]! }));
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(keys.length);
    const again = await times(keys.length, (n) => other.post(WISH, { key: keys[n]! }));
    expect(again.map(({ text }) => text)).toEqual(made.map(({ text }) => text));
  });

  it('is good for a day by the clock of the database; then the request is a new one', async () => {
    const first = await app.post(WISH, { key: KEY });
    const [row] = await app.database.query<{ hours: number }>(
      `SELECT round(extract(epoch FROM expires_at - now()) / 3600)::int AS hours FROM platform.idempotency_keys`,
    );
    expect(row).toEqual({ hours: 24 });
    await app.database.query(`UPDATE platform.idempotency_keys SET expires_at = now() + interval '5 s'`);
    expectRepeated(await app.post(WISH, { key: KEY }), first);
    await app.database.query(`UPDATE platform.idempotency_keys SET expires_at = now()`);
    const anew = await app.post({ text: 'buy paper' }, { key: KEY });
    expect([anew.status, anew.headers['idempotency-replayed']]).toEqual([201, undefined]);
    expectRepeated(await app.post({ text: 'buy paper' }, { key: KEY }), anew);
  });

  it('is kept as a digest, and with it nothing that a password in the request could be guessed by', async () => {
    await app.post(WISH, { key: KEY });
    const [row] = await app.database.query<{ row: string }>(
      'SELECT to_json(k)::text AS row FROM platform.idempotency_keys k',
    );
    expect(row!.row).not.toContain(KEY);
    const fingerprint = async (key: string): Promise<unknown> => {
      await app.database.query('TRUNCATE platform.idempotency_keys');
      await app.post(WISH, { key });
      return (await app.database.query('SELECT fingerprint FROM platform.idempotency_keys'))[0];
    };
    expect(await fingerprint('one')).not.toEqual(await fingerprint('two'));
  });
});

describe('What is not done', () => {
  const kept = async (): Promise<number> =>
    (await app.database.one<{ n: number }>('SELECT count(*)::int AS n FROM platform.idempotency_keys')).n;

  it.each<[string, () => unknown, number]>([
    ['was refused', () => { throw new PreconditionFailed(); }, 412], // prettier-ignore
    ['failed by a fault of ours', () => { throw new Error('a fault'); }, 500], // prettier-ignore
    ['lost its connection', () => app.database.query('SELECT pg_terminate_backend(pg_backend_pid())'), 503],
  ])('because it %s is not kept, and done anew when it is repeated', async (_what, work, status) => {
    app.inside.work = work;
    expect((await app.post(WISH, { key: KEY })).status).toBe(status);
    expect([await kept(), await app.notes()]).toEqual([0, []]);
    app.inside.work = () => undefined;
    const anew = await app.post(WISH, { key: KEY });
    expect([anew.status, anew.headers['idempotency-replayed']]).toEqual([201, undefined]);
    expect(await app.notes()).toEqual(['buy ink']);
  });

  it('because of a deadlock is tried again under the same key', async () => {
    let tries = 0;
    app.inside.work = () => {
      if (++tries < 3) throw Object.assign(new Error('deadlock'), { code: '40P01' });
    };
    const first = await app.post(WISH, { key: KEY });
    expect([first.status, tries]).toEqual([201, 3]);
    expectRepeated(await app.post(WISH, { key: KEY }), first);
    expect(await app.notes()).toEqual(['buy ink']);
  });
});

it('What was committed, though the connection broke before that could be told, is answered when it is repeated', async () => {
  jest.spyOn(PostgresQueryRunner.prototype, 'commitTransaction').mockImplementationOnce(async function (
    this: PostgresQueryRunner,
  ) {
    await this.query('COMMIT');
    throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  });
  const first = await app.post(WISH, { key: KEY });
  expect(problemOf(first)).toEqual([503, '/problems/temporarily-unavailable']);
  const again = await other.post(WISH, { key: KEY });
  expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
  expect(await app.notes()).toEqual(['buy ink']);
});

it('A route that gives something else than its transaction fails at once when a key comes', async () => {
  const careless = { to: '/api/notes/careless' };
  expect((await app.post(WISH, careless)).status).toBe(201);
  expect((await app.post(WISH, { ...careless, key: KEY })).status).toBe(500);
});

it('A transaction that the request begins after it was answered leaves the key alone', async () => {
  const later: string[] = [];
  app.inside.work = () => {
    app.unitOfWork.afterCommit(() => app.unitOfWork.run(() => Promise.resolve(later.push('ran'))));
  };
  const first = await app.post(WISH, { key: KEY });
  expectRepeated(await app.post(WISH, { key: KEY }), first);
  expect(later).toEqual(['ran']);
});

describe('The price of a key', () => {
  const statementsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    const query = jest.spyOn(pg.Client.prototype, 'query');
    await work();
    return query.mock.calls.map(([statement]) => (statement as { text?: string }).text ?? String(statement));
  };

  it('is one round trip; who has none pays nothing', async () => {
    await app.post(WISH);
    const without = await statementsOf(() => app.post(WISH));
    expect(without).toEqual(['START TRANSACTION', expect.stringMatching(/^INSERT INTO notes/), 'COMMIT']);
    jest.restoreAllMocks();
    const withKey = await statementsOf(() => app.post(WISH, { key: KEY }));
    expect(withKey).toEqual([
      expect.stringMatching(/^START TRANSACTION; SELECT pg_try_advisory_xact_lock/),
      expect.stringMatching(/^INSERT INTO notes/),
      expect.stringMatching(/^INSERT INTO platform\.idempotency_keys/),
      'COMMIT',
    ]);
  });

  it('leaves no connection behind, whatever becomes of the request', async () => {
    await app.post(WISH, { key: KEY });
    await times(60, (n) => app.post(n % 3 ? WISH : { text: 'other' }, { key: n % 2 ? KEY : `k${n}` }));
    await eventually(async () => {
      const open = `SELECT count(*)::int AS n FROM pg_stat_activity
                     WHERE datname = current_database() AND state LIKE 'idle in transaction%'`;
      expect(await app.database.one(open)).toEqual({ n: 0 });
    });
    expect(app.database.pool.waiting).toBe(0);
    expect(app.database.pool.idleCount).toBe(app.database.pool.totalCount);
  });
});
