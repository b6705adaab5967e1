import { describeWith, eventually } from '@holdfast/platform/testing';
import type { Client } from '../e2e/support/client.js';
import { clientOfWorker, type ServedInstallation, startWithServices } from '../e2e/support/installation.js';
import { signInAdmin } from '../e2e/support/people.js';
import type { Program } from '../e2e/support/program.js';
import { Session } from '../lending/support/session.js';

jest.setTimeout(120_000);

/** Five seconds are promised; a loaded machine gets more. Without the measures it would take for ever. */
const TAKEOVER_MS = 20_000;

interface Worker {
  program: Program;
  client: Client;
}

describeWith('redis', 'The relay of several workers', () => describeWith('rabbitmq', 'on real services', suite));

function suite(): void {
  let holdfast: ServedInstallation;
  let admin: Client;
  let workers: Worker[];
  let session: Session;

  beforeAll(async () => {
    holdfast = await startWithServices();
    admin = await signInAdmin(holdfast.client);
    session = await Session.open(holdfast.databaseUrl);
    const programs = [holdfast.programs[1]!, await holdfast.anotherWorker()];
    workers = await Promise.all(programs.map(async (program) => ({ program, client: await clientOfWorker(program) })));
  });
  afterEach(() => workers.forEach(({ program }) => program.thaw()));
  afterAll(async () => {
    await session?.close();
    await holdfast?.close();
  });

  const figure = async ({ client }: Worker, name: string): Promise<number | undefined> => {
    const { status, body } = await client.get('/metrics');
    expect(status).toBe(200);
    const line = (body as string).split('\n').find((one) => one.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.split(' ')[1]);
  };
  const isActive = async (worker: Worker): Promise<boolean> => (await figure(worker, 'holdfast_relay_active')) === 1;
  const activeOf = (among: Worker[]): Promise<Worker> =>
    eventually(async () => {
      for (const worker of among) if (await isActive(worker)) return worker;
      throw new Error('no relay is active');
    }, TAKEOVER_MS);
  const publishesABook = async (title: string): Promise<void> => {
    const { body } = await admin.post('/api/books', { title, price: 1 });
    await eventually(async () => {
      expect((await holdfast.events()).filter(({ data }) => data.id === body.id)).toHaveLength(1);
    }, TAKEOVER_MS);
  };

  it('is active in one of them, which alone tells of the backlog', async () => {
    await publishesABook('First');
    const active = await activeOf(workers);
    const standby = workers.find((worker) => worker !== active)!;
    expect(await isActive(standby)).toBe(false);
    expect(await figure(active, 'holdfast_events_published_total')).toBeGreaterThan(0);
    await eventually(async () => expect(await figure(active, 'holdfast_outbox_pending')).toBe(0));
    expect(await figure(active, 'holdfast_outbox_oldest_seconds')).toBe(0);
    expect(await figure(standby, 'holdfast_outbox_pending')).toBeUndefined();
  });

  it('is taken over when the active worker hangs, and given back to nobody when that one wakes', async () => {
    const active = await activeOf(workers);
    const standby = workers.find((worker) => worker !== active)!;
    active.program.freeze();
    await eventually(async () => expect(await isActive(standby)).toBe(true), TAKEOVER_MS);
    await publishesABook('While one hangs');
    active.program.thaw();
    await eventually(async () => expect(await isActive(active)).toBe(false), TAKEOVER_MS);
    expect(await isActive(standby)).toBe(true);
  });

  it('is taken over when the active worker is killed', async () => {
    const active = await activeOf(workers);
    const standby = workers.find((worker) => worker !== active)!;
    await active.program.stop('SIGKILL');
    await eventually(async () => expect(await isActive(standby)).toBe(true), TAKEOVER_MS);
    await publishesABook('After the kill');
  });

  it('shows admins what it cannot publish, and why', async () => {
    await admin.post('/api/books', { title: 'Beside it', price: 1 });
    expect((await admin.get('/api/events/outbox')).body).toMatchObject({ items: [], total: 0 });
    await session.query(
      `INSERT INTO platform.outbox (id, type, subject, data)
       SELECT id, 'of_a_later_version', 'books/' || id, '{"secret": 1}'
         FROM unnest(ARRAY['0199a1b2-0000-7000-8000-000000000001', '0199a1b2-0000-7000-8000-000000000002']::uuid[]) AS id`,
    );
    await eventually(async () => expect((await admin.get('/api/events/outbox')).body.total).toBe(2), TAKEOVER_MS);
    const first = await admin.get('/api/events/outbox?limit=1');
    expect(first.body.items).toEqual([
      {
        id: '0199a1b2-0000-7000-8000-000000000001',
        type: 'of_a_later_version',
        subject: 'books/0199a1b2-0000-7000-8000-000000000001',
        occurredAt: expect.any(String),
        attempts: expect.any(Number),
        nextTryAt: expect.any(String),
        reason: expect.stringContaining('of_a_later_version'),
      },
    ]);
    const second = await admin.get(`/api/events/outbox?limit=1&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ items: [{ id: expect.stringMatching(/2$/) }], nextCursor: null });
    const active = await activeOf(workers.filter(({ program }) => program.isRunning));
    expect(await figure(active, 'holdfast_events_refused_total')).toBeGreaterThanOrEqual(2);
    await eventually(async () => expect(await figure(active, 'holdfast_outbox_pending')).toBe(2));
    expect(await figure(active, 'holdfast_outbox_oldest_seconds')).toBeGreaterThan(0);
  });
}
