import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describeWith, eventually, FaultProxy } from '@holdfast/platform/testing';
import { Client } from '../e2e/support/client.js';
import {
  clientOfWorker,
  common,
  type ServedInstallation,
  startEmbedded,
  startWithServices,
} from '../e2e/support/installation.js';
import { SmtpMailbox, subjectsTo } from '../e2e/support/mailbox.js';
import { signInAdmin } from '../e2e/support/people.js';
import { Program } from '../e2e/support/program.js';
import { Session } from '../lending/support/session.js';
import { catalogue, whole } from './support/import-ledger.js';
import { WriteLoad } from './support/write-load.js';

jest.setTimeout(240_000);

const CLIENTS = 8;
const ROWS = 6000;
/** Of the process, with time for a busy machine to get round to it. */
const LIMIT_MS = 25_000 + 20_000;

/** What readiness said, each time that it said something else, until nobody listened any more. */
async function readinessOf(client: Client): Promise<number[]> {
  const said: number[] = [];
  for (;;) {
    const status = await client.get('/health/ready', { connection: 'close' }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (said.at(-1) !== status) said.push(status);
    if (status === 0) return said;
  }
}

/** A stream of events, whole once it has ended; rejects when it is cut off. */
async function streamOf(client: Client, path: string): Promise<string> {
  const response = await fetch(`${client.base}${path}`, {
    headers: { authorization: `Bearer ${client.token}`, accept: 'text/event-stream' },
  });
  return response.text();
}

const hangUp = async (server: Server): Promise<void> => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
};

describeWith('redis', 'A process that is told to end', () => describeWith('rabbitmq', 'on real services', suite));

function suite(): void {
  let holdfast: ServedInstallation;
  let admin: Client;
  let mailbox: SmtpMailbox;
  let session: Session;

  beforeAll(async () => {
    mailbox = await SmtpMailbox.open();
    holdfast = await startWithServices({
      SMTP_URL: mailbox.url,
      UPLOAD_LEASE_SECONDS: '2',
      IMPORT_CHUNK_ROWS: '200',
      SHUTDOWN_DELAY_SECONDS: '1',
    });
    admin = await signInAdmin(holdfast.client);
    session = await Session.open(holdfast.databaseUrl);
  });
  afterAll(async () => {
    await session?.close();
    await holdfast?.close();
    await mailbox?.close();
  });

  it('amid writes, an import, mails and jobs: whoever was let in is answered, all is done once, and others go on', async () => {
    const [api, worker] = holdfast.programs as [Program, Program];
    const [other] = await Promise.all([holdfast.anotherApi(), holdfast.anotherWorker()]);
    const elsewhere = other.client.as(admin.token ?? '');
    const form = new FormData();
    form.append('file', new Blob([catalogue(1, ROWS)]), 'books.csv');
    const { body: upload } = await admin.raw('POST', '/api/books/upload', form);
    const progress = async () => (await elsewhere.get(`/api/books/upload/${upload.uploadId}`)).body;
    const stream = streamOf(admin, `/api/books/upload/${upload.uploadId}/events`);
    const load = new WriteLoad(admin, CLIENTS);
    await eventually(() => expect(load.answered.length).toBeGreaterThan(10 * CLIENTS), 30_000);
    await eventually(async () => expect((await progress()).processedRows).toBeGreaterThan(0), 30_000);
    const readiness = [readinessOf(holdfast.client), readinessOf(await clientOfWorker(worker))];
    const before = load.answered.length;
    const codes = Promise.all([api.stop(), worker.stop()]);
    await load.over();
    expect(await codes).toEqual([0, 0]);
    const said = await Promise.all(readiness);
    expect(said.map((each) => each.slice(-2))).toEqual([
      [503, 0],
      [503, 0],
    ]);
    expect(await stream).toMatch(/^(event|id|data): /m);

    // It went on answering, and told everybody to leave.
    const { answered, unanswered } = load;
    expect(answered.length).toBeGreaterThan(before);
    expect(answered.filter(({ answer }) => answer?.status !== 201)).toEqual([]);
    expect(answered.slice(-CLIENTS).map(({ answer }) => answer?.connection)).toEqual(Array(CLIENTS).fill('close'));
    expect(unanswered).toHaveLength(CLIENTS);
    const { reservations } = load;
    const answeredIds = reservations.flatMap(({ answer }) => (answer ? [answer.body.id as string] : []));
    expect(answeredIds.length).toBeGreaterThan(CLIENTS);
    const kept = 'SELECT id FROM lending.reservations WHERE id = ANY($1)';
    expect(await session.query(kept, [answeredIds])).toHaveLength(answeredIds.length);
    // With the keys it had: what had no answer is done by now, and nothing is done twice.
    expect(await load.audit(elsewhere)).toEqual([]);
    const effects = await session.query<{ pair: string }>(
      `SELECT customer_id || ' ' || book_id AS pair FROM lending.reservations`,
    );
    expect(effects.map(({ pair }) => pair).sort()).toEqual(
      reservations.map(({ body }) => `${String(body.customerId)} ${String(body.bookId)}`).sort(),
    );

    await eventually(async () => expect(await progress()).toMatchObject(whole(ROWS)), 90_000);
    const unpublished = 'SELECT FROM platform.outbox WHERE published_at IS NULL';
    await eventually(async () => expect(await session.query(unpublished, [])).toEqual([]), 60_000);
    const told = (await holdfast.events()).map(({ id }) => id);
    const ids = await session.query<{ id: string }>(
      `SELECT id FROM platform.outbox WHERE type IN ('book_created', 'books_imported', 'user_registered')`,
    );
    expect(ids.length).toBeGreaterThan(0.9 * ROWS);
    const heard = new Set(told);
    expect(ids.filter(({ id }) => !heard.has(id))).toEqual([]);
    // Nobody was killed, so nothing had to be said twice.
    expect(told).toHaveLength(heard.size);
    const readers = load.wishes.filter(({ path }) => path.endsWith('register')).map(({ body }) => String(body.email));
    const sent = async () => Promise.all(readers.map((email) => subjectsTo(mailbox, email)));
    const welcome = 'Confirm your e-mail address';
    await eventually(async () => expect((await sent()).filter((each) => !each.includes(welcome))).toEqual([]), 60_000);
    const waiting = `SELECT FROM notifications.mails WHERE state IN ('queued', 'sending')`;
    await eventually(async () => expect(await session.query(waiting)).toEqual([]), 60_000);
    // Who reserved has another mail, about that; none is there twice.
    expect((await sent()).filter((each) => new Set(each).size !== each.length)).toEqual([]);
  });

  it('is not held by a database that hangs, nor by clients who are slow', async () => {
    const { hostname, port } = new URL(holdfast.databaseUrl);
    const proxy = await FaultProxy.to(hostname, Number(port || 5432));
    const url = Object.assign(new URL(holdfast.databaseUrl), { host: `127.0.0.1:${proxy.port}` });
    const { program, client } = await holdfast.anotherApi({ DATABASE_URL: url.toString() });
    const base = new URL(client.base);
    const slow = connect(Number(base.port), base.hostname).on('error', () => undefined);
    slow.write(
      'POST /api/auth/login HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{',
    );
    expect((await client.get('/api/books?limit=1')).status).toBe(200);
    proxy.freeze();
    const asked = client.get('/api/books?limit=3').catch(() => undefined);
    const began = Date.now();
    await program.stop();
    expect(Date.now() - began).toBeLessThan(LIMIT_MS);
    await asked;
    slow.destroy();
    await proxy.close();
  });

  it('as the one process: what was answered is there when it starts again, and what was not had not happened', async () => {
    const house = await startEmbedded();
    try {
      const load = new WriteLoad(await signInAdmin(house.client), CLIENTS);
      await eventually(() => expect(load.answered.length).toBeGreaterThan(5 * CLIENTS), 30_000);
      const readiness = readinessOf(house.client);
      const [program] = house.programs;
      expect(await program?.stop()).toBe(0);
      await load.over();
      expect((await readiness).slice(-1)).toEqual([0]);
      expect(load.answered.filter(({ answer }) => answer?.status !== 201)).toEqual([]);
      const again = Program.start('holdfast', { ...common, HOLDFAST_DATA_DIR: house.dataDir });
      house.programs.push(again);
      const [, base = ''] = await again.says(/API +(http:\S+)\/api\n/);
      expect(await load.audit(await signInAdmin(new Client(base)))).toEqual([]);
      expect(await again.stop()).toBe(0);
    } finally {
      for (const program of house.programs) await program.stop();
      await house.close();
    }
  });

  it('as the availability service: who has asked is answered', async () => {
    const asked: ServerResponse[] = [];
    const api = createServer((_request, response) => void asked.push(response));
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    const program = Program.start('availability', { ...common, API_URL: apiUrl, AVAILABILITY_TRY_MS: '20000' });
    const [, base = ''] = await program.says(/availability service listens at (http:[^ ]+),/);
    const answer = new Client(base).get('/status/0199a1b2-0000-7000-8000-000000000001');
    await eventually(() => expect(asked.length).toBeGreaterThan(0));
    const code = program.stop();
    await program.says(/SIGTERM: shutting down/);
    for (const response of asked) response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{}');
    expect((await answer).headers.get('connection')).toBe('close');
    expect(await code).toBe(0);
    await hangUp(api);
  });
}
