import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@holdfast/platform/testing';
import { Client } from './support/client.js';
import { common, type Installation, startEmbedded } from './support/installation.js';
import { type Person, registerReader, signInAdmin } from './support/people.js';
import { Program } from './support/program.js';

jest.setTimeout(120_000);

const EXAMPLE = join(__dirname, '../../examples/library-status/server.mjs');
const ISBN = '9780441478125';
const wishFor = (bookId: string) => ({ bookId, reservedUntil: new Date(Date.now() + 5 * 86_400_000).toISOString() });

/** The service beside the real API: in one process with it, and as a program of its own. */
describe('The availability service', () => {
  let holdfast: Installation;
  let admin: Client;
  let ada: Person;
  let neighbour: ChildProcess;
  let program: Program;
  const services: Record<string, Client> = {};
  let book: any;

  beforeAll(async () => {
    holdfast = await startEmbedded({ ALLOW_PRIVATE_STATUS_URLS: 'true' });
    const [, inside = ''] = await holdfast.programs[0]!.says(/Availability +(http:\S+)\/status/);
    program = Program.start('availability', {
      ...common,
      NODE_ENV: 'production',
      API_URL: holdfast.client.base,
      ALLOW_PRIVATE_STATUS_URLS: 'true',
    });
    const [, alone = ''] = await program.says(/the availability service listens at (http:[^ ,]+),/);
    Object.assign(services, { 'in one process': new Client(inside), 'on its own': new Client(alone) });

    neighbour = spawn(process.execPath, [EXAMPLE], { env: { PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(neighbour.stdout!, 'data')) as [Buffer];
    const statusUrl = /http:\S+/.exec(said.toString())?.[0];
    admin = await signInAdmin(holdfast.client);
    ada = await registerReader(holdfast.client, 'ada');
    for (const name of ['Quay', ...Array.from({ length: 12 }, (_, n) => `Next Door ${n}`)]) {
      await admin.post('/api/libraries', name === 'Quay' ? { name } : { name, statusUrl });
    }
    await admin.post('/api/libraries', { name: 'Gone', statusUrl: 'http://127.0.0.1:1/{isbn}' });
    book = (await admin.post('/api/books', { title: 'The Left Hand of Darkness', isbn: ISBN, price: 10, units: 1 }))
      .body;
  });
  afterAll(async () => {
    neighbour?.kill('SIGKILL');
    await program?.stop();
    await holdfast?.close();
  });

  describe.each(['in one process', 'on its own'])('%s', (where) => {
    it('tells what our libraries have, and what the others say', async () => {
      const { status, body } = await services[where]!.get(`/status/${book.id}`);
      expect(status).toBe(200);
      expect(body.availability).toMatchObject({
        'Main Library': true,
        Quay: false,
        'Next Door 0': true,
        'Next Door 11': true,
        Gone: null,
      });
      expect(body.details.find((one: any) => one.library === 'Gone')).toMatchObject({
        source: 'external',
        error: 'unreachable',
      });
    });

    it('does not know a book that is not there', async () => {
      expect(await services[where]!.get(`/status/${randomUUID()}`)).toMatchObject({ status: 404 });
    });

    it('reserves with the token of the caller, and with none not', async () => {
      const wish = wishFor(book.id);
      const key = randomUUID();
      const service = services[where]!.as(ada.client.token!);
      const made = await service.post('/reserve', wish, { 'Idempotency-Key': key });
      expect(made).toMatchObject({ status: 201, body: { bookId: book.id, customerId: ada.id, status: 'active' } });
      expect((await services[where]!.get(`/status/${book.id}`)).body.availability['Main Library']).toBe(false);
      const again = await service.post('/reserve', wish, { 'Idempotency-Key': key });
      expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([201, made.body, 'true']);
      expect(await service.post('/reserve', wish)).toMatchObject({
        status: 409,
        body: { type: '/problems/already-reserved' },
      });
      expect((await service.post('/reserve', { ...wish, shelf: 1 })).status).toBe(400);
      const refused = await services[where]!.post('/reserve', wish);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringContaining('Bearer'),
      ]);
      expect((await ada.client.delete(`/api/reservations/${made.body.id}`)).status).toBe(200);
    });

    it('is well, and documented', async () => {
      expect(await services[where]!.get('/health')).toMatchObject({
        status: 200,
        body: { info: { api: { status: 'up' } } },
      });
      expect((await services[where]!.get('/api/schema')).body.info.title).toBe('Holdfast availability');
    });
  });

  it('keeps the token out of its log, and gives Node nothing to warn of', () => {
    for (const { log } of [program, holdfast.programs[0]!]) {
      expect(log).not.toContain(ada.client.token!);
      expect(log).not.toMatch(/Warning/);
    }
  });

  it('documents every refusal of the API that it passes on, and has the page of the API for each', async () => {
    const refusalsOf = async (client: Client, path: string): Promise<[string, string[]][]> => {
      const { responses } = (await client.get('/api/schema')).body.paths[path].post;
      return Object.entries<any>(responses)
        .filter(([status]) => Number(status) >= 400)
        .map(([status, { content }]) => [status, Object.keys(content['application/problem+json'].examples)]);
    };
    const service = services['on its own']!;
    const told = Object.fromEntries(await refusalsOf(service, '/reserve'));
    const refusals = await refusalsOf(holdfast.client, '/api/reservations');
    expect(refusals.flatMap(([, codes]) => codes)).toContain('already-reserved');
    for (const [status, codes] of refusals) {
      expect([status, told[status]]).toEqual([status, expect.arrayContaining(codes)]);
      for (const code of codes) {
        const page = await service.get(`/problems/${code}`);
        expect([code, page.status, page.body]).toEqual([
          code,
          200,
          (await holdfast.client.get(`/problems/${code}`)).body,
        ]);
      }
    }
  });

  it('answers the question that is on its way when it is told to end', async () => {
    let [tries, answer] = [0, (): void => undefined];
    const told = new Promise<void>((resolve) => (answer = resolve));
    const library = createServer((_request, response) => {
      tries++;
      void told.then(() => response.end('{"available": true}'));
    });
    await new Promise<void>((resolve) => library.listen(0, '127.0.0.1', resolve));
    try {
      const statusUrl = `http://127.0.0.1:${(library.address() as AddressInfo).port}/{isbn}`;
      expect((await admin.post('/api/libraries', { name: 'Held', statusUrl })).status).toBe(201);
      const asked = services['on its own']!.get(`/status/${book.id}`);
      await eventually(() => expect(tries).toBeGreaterThan(0));
      const code = program.stop();
      await program.says(/SIGTERM: shutting down/);
      answer();
      expect(await asked).toMatchObject({ status: 200, body: { availability: { Held: true } } });
      expect(await code).toBe(0);
    } finally {
      library.closeAllConnections();
      library.close();
    }
  });

  it('says that the API is gone, and when to ask again', async () => {
    const other = Program.start('availability', { ...common, API_URL: 'http://127.0.0.1:1' });
    try {
      const [, base = ''] = await other.says(/the availability service listens at (http:[^ ,]+),/);
      const { status, headers, body } = await new Client(base).get(`/status/${book.id}`);
      expect([status, headers.get('retry-after'), body.type]).toEqual([503, '1', '/problems/temporarily-unavailable']);
    } finally {
      await other.stop();
    }
  });

  it('does not start in production without the address of the API, and says so', async () => {
    const lost = Program.start('availability', { ...common, NODE_ENV: 'production' });
    await lost.says(/API_URL must be set/).catch(() => undefined);
    expect(lost.log).toMatch(/API_URL must be set/);
    await lost.stop();
  });
});
