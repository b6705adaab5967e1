import { describeWith, eventually } from '@holdfast/platform/testing';
import pg from 'pg';
import type { Answer, Client } from './support/client.js';
import { CommitProxy } from './support/commit-proxy.js';
import { create, CREATIONS, totalOf } from './support/creations.js';
import { type ServedInstallation, startWithServices } from './support/installation.js';
import { employ, signInAdmin } from './support/people.js';
import type { Program } from './support/program.js';

jest.setTimeout(120_000);

const replayed = ({ headers }: Answer): string | null => headers.get('idempotency-replayed');

describeWith('redis', 'Idempotency-Keys on two apis', () => describeWith('rabbitmq', 'and one worker', onTwoApis));

function onTwoApis(): void {
  let holdfast: ServedInstallation;
  let database: pg.Client;
  let toDatabase: CommitProxy;
  let admin: Client;
  let second: { program: Program; client: Client } | undefined;

  beforeAll(async () => {
    holdfast = await startWithServices();
    database = new pg.Client({ connectionString: holdfast.databaseUrl });
    await database.connect();
    toDatabase = await CommitProxy.to(holdfast.databaseUrl);
    admin = await signInAdmin(holdfast.client);
  });
  afterAll(async () => {
    await database?.end();
    await holdfast?.close();
    await toDatabase?.close();
  });

  /** An api that reaches PostgreSQL through the proxy: the last one, or a new one when it was killed. */
  const another = async (): Promise<{ program: Program; there: Client }> => {
    if (!second?.program.isRunning) second = await holdfast.anotherApi({ DATABASE_URL: toDatabase.url });
    return { program: second.program, there: second.client.as(admin.token!) };
  };
  const send = (client: Client, name: string, wish: any, key: string): Promise<Answer> =>
    create(client, name, wish, { 'idempotency-key': key });
  const eventsOf = async (answer: Answer): Promise<string[]> => {
    const sql = 'SELECT type FROM platform.outbox WHERE subject = $1 ORDER BY position';
    const subject = CREATIONS['POST /api/reservations']!.item(answer).replace('/api/', '');
    return (await database.query<{ type: string }>(sql, [subject])).rows.map(({ type }) => type);
  };

  it('let one of fifty through, and tell of it once', async () => {
    const { there } = await another();
    const name = 'POST /api/reservations';
    const wish = await CREATIONS[name]!.wish(admin);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => send(n % 2 ? admin : there, name, wish, 'fifty')),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter(({ status }) => ![201, 409].includes(status))).toEqual([]);
    const last = await send(there, name, wish, 'fifty');
    expect([last.body, replayed(last)]).toEqual([made[0]!.body, 'true']);
    expect(await eventsOf(last)).toEqual(['reservation_created']);
  });

  for (const name of ['POST /api/reservations', 'POST /api/books/upload']) {
    it(`give the answer of an api that was killed between commit and answer: ${name}`, async () => {
      const { program, there } = await another();
      const { list } = CREATIONS[name]!;
      const wish = await CREATIONS[name]!.wish(admin);
      const key = `after-${list.replaceAll('/', '-')}`;
      const before = await totalOf(admin, list);
      const committed = toDatabase.stop('after');
      const lost = send(there, name, wish, key).catch((error: Error) => error.name);
      await committed;
      await program.stop('SIGKILL');
      expect(await lost).toBe('TypeError');
      const again = await eventually(async () => {
        const answer = await send(admin, name, wish, key);
        expect(answer.status).toBeLessThan(300);
        return answer;
      });
      expect([replayed(again), await totalOf(admin, list)]).toEqual(['true', before + 1]);
      const item = CREATIONS[name]!.item(again);
      await eventually(async () => {
        const { status, body } = await admin.get(item);
        expect([status, body.status]).toEqual([200, expect.stringMatching(/^(active|completed)$/)]);
      }, 20_000);
    });
  }

  it('are free again when an api was killed before the commit, and the request is done then', async () => {
    const { program, there } = await another();
    const name = 'POST /api/reservations';
    const wish = await CREATIONS[name]!.wish(admin);
    const before = await totalOf(admin, '/api/reservations');
    const reached = toDatabase.stop('before');
    const lost = send(there, name, wish, 'before').catch((error: Error) => error.name);
    await reached;
    const meanwhile = await send(admin, name, wish, 'before');
    expect([meanwhile.status, meanwhile.body.type]).toEqual([409, '/problems/idempotency-key-in-use']);
    await program.stop('SIGKILL');
    expect(await lost).toBe('TypeError');
    const again = await eventually(async () => {
      const answer = await send(admin, name, wish, 'before');
      expect(answer.status).toBe(201);
      return answer;
    });
    expect([replayed(again), await totalOf(admin, '/api/reservations')]).toEqual([null, before + 1]);
    expect(await eventsOf(again)).toEqual(['reservation_created']);
  });

  it('are forgotten with the account that sent them', async () => {
    const { id, client } = await employ(admin, 'editor', 'leaver');
    const kept = async (): Promise<number> => {
      const sql = 'SELECT count(*)::int AS n FROM platform.idempotency_keys WHERE caller = $1';
      return (await database.query<{ n: number }>(sql, [id])).rows[0]!.n;
    };
    for (const key of ['one', 'two'])
      await client.post('/api/authors', { name: `By ${key}` }, { 'idempotency-key': key });
    expect(await kept()).toBe(2);
    expect((await admin.delete(`/api/users/${id}`)).status).toBe(204);
    expect(await kept()).toBe(0);
  });
}
