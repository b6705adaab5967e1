import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWith, eventually } from '@holdfast/platform/testing';
import { Client } from './support/client.js';
import { Collector, type Span } from './support/collector.js';
import { common, type ServedInstallation, startWithServices } from './support/installation.js';
import { PASSWORD, type Person, registerReader, signInAdmin } from './support/people.js';
import { Program } from './support/program.js';

jest.setTimeout(180_000);

const [SERVER, CLIENT, PRODUCER, CONSUMER] = [2, 3, 4, 5];
/** OpenTelemetry's own variable: how long spans wait for others to be sent with, in milliseconds. */
const AT_ONCE = { OTEL_BSP_SCHEDULE_DELAY: '100' };
const SECRET = 'a-token-that-nobody-may-see';

const newTrace = () => ({ traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') });

describeWith('redis', 'Traces', () =>
  describeWith('rabbitmq', 'of the availability service, the api and a worker', () => {
    let collector: Collector;
    let holdfast: ServedInstallation;
    let availability: Program;
    let front: Client;
    let admin: Client;
    let ada: Person;

    beforeAll(async () => {
      collector = await Collector.start();
      const tracing = {
        ...AT_ONCE,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-key=very%20secret',
        ALLOW_PRIVATE_STATUS_URLS: 'true',
      };
      holdfast = await startWithServices(tracing);
      availability = Program.start('availability', { ...common, ...tracing, API_URL: holdfast.client.base });
      const [, base = ''] = await availability.says(/the availability service listens at (http:[^ ,]+),/);
      front = new Client(base);
      admin = await signInAdmin(holdfast.client);
      ada = await registerReader(holdfast.client, 'ada');
    });
    afterAll(async () => {
      await availability?.stop();
      await holdfast?.close();
      await collector?.close();
    });

    const reserve = async (flags: string, { traceId, spanId } = newTrace()) => {
      const { body: book } = await admin.post('/api/books', {
        title: 'A title to be told to nobody',
        price: 10,
        units: 1,
      });
      const wish = { bookId: book.id, reservedUntil: new Date(Date.now() + 5 * 86_400_000).toISOString() };
      const traceparent = `00-${traceId}-${spanId}-${flags}`;
      const { status } = await front.as(ada.client.token ?? '').post('/reserve', wish, { traceparent });
      expect(status).toBe(201);
      return { traceId, spanId };
    };

    it('follow one request through all of them to the mail, each piece of work under the one that caused it', async () => {
      const { traceId, spanId } = await reserve('01');
      const found = (service: string, name: string): Span => {
        const span = collector.trace(traceId).find((one) => one.service === service && one.name === name);
        if (!span) {
          const known = collector.trace(traceId).map((one) => `${one.service}: ${one.name}`);
          throw new Error(`no "${name}" of ${service} among ${JSON.stringify(known)}`);
        }
        return span;
      };
      const mail = await eventually(() => Promise.resolve(found('holdfast-worker', 'send mail')), 30_000);
      await eventually(() => Promise.resolve(found('holdfast-availability', 'POST /reserve')), 10_000);
      const way = [
        ['holdfast-availability', 'POST /reserve', SERVER],
        ['holdfast-availability', 'POST', CLIENT],
        ['holdfast-api', 'POST /api/reservations', SERVER],
        ['holdfast-api', 'reserve book', 1],
        ['holdfast-worker', 'publish reservation_created', PRODUCER],
        ['holdfast-worker', 'process reservation_created', CONSUMER],
        ['holdfast-worker', 'send mail', CLIENT],
      ] as const;
      let parent = spanId;
      for (const [service, name, kind] of way) {
        const span = found(service, name);
        expect([name, span.kind, span.parentSpanId, span.failed]).toEqual([name, kind, parent, false]);
        parent = span.spanId;
      }
      const decided = found('holdfast-api', 'decide reservations');
      expect(decided.parentSpanId).toBe(found('holdfast-api', 'reserve book').spanId);
      expect(found('holdfast-api', 'transaction').parentSpanId).toBe(decided.spanId);
      const handled = found('holdfast-worker', 'handle events');
      expect(handled.parentSpanId).toBe(found('holdfast-worker', 'process reservation_created').spanId);
      const job = found('holdfast-worker', 'job notifications-mails');
      expect(job.parentSpanId).toBe(found('holdfast-worker', 'process reservation_created').spanId);
      expect(mail.attributes).toMatchObject({ 'holdfast.mail.kind': 'confirmed', 'holdfast.mail.attempt': 1 });
      expect(found('holdfast-api', 'POST /api/reservations').attributes).toMatchObject({
        'http.request.method': 'POST',
        'http.route': '/api/reservations',
        'http.response.status_code': 201,
      });
      expect(collector.headers['x-key']).toBe('very secret');
    });

    it('end at an external library, which is told nothing of who asks', async () => {
      const told: IncomingHttpHeaders[] = [];
      const library = createServer(({ headers }, response) => {
        told.push(headers);
        response.end('{"available": true}');
      }).listen(0, '127.0.0.1');
      await once(library, 'listening');
      const { port } = library.address() as AddressInfo;
      const statusUrl = `http://127.0.0.1:${port}/{bookId}`;
      await admin.post('/api/libraries', { name: 'Elsewhere', statusUrl });
      const { body: book } = await admin.post('/api/books', { title: 'Asked for elsewhere', price: 1 });
      const { traceId, spanId } = newTrace();
      const { body } = await front.get(`/status/${book.id}`, { traceparent: `00-${traceId}-${spanId}-01` });
      library.close();
      expect(body.availability).toMatchObject({ Elsewhere: true });
      expect(told).toHaveLength(1);
      expect(JSON.stringify(told)).not.toContain(traceId);
      const asked = (): Span[] =>
        collector.trace(traceId).filter(({ attributes }) => attributes['server.port'] === port);
      await eventually(() => Promise.resolve(expect(asked()).toHaveLength(1)), 10_000);
    });

    it('are not made where the caller says so, and log lines tell the trace all the same', async () => {
      const { traceId } = await reserve('00');
      const later = await reserve('01');
      await eventually(() => Promise.resolve(expect(collector.trace(later.traceId).length).toBeGreaterThan(9)), 30_000);
      expect(collector.trace(traceId)).toEqual([]);
      const [api] = holdfast.programs;
      expect(api?.log).toContain(`"traceId":"${traceId}"`);
    });

    it('begin with a request that brings none; its log line has their id, and a refusal is no failure', async () => {
      const id = `request-${randomBytes(8).toString('hex')}`;
      expect((await holdfast.client.get('/api/users', { 'x-request-id': id })).status).toBe(401);
      const span = await eventually(() => {
        const found = collector.spans.find(({ attributes }) => attributes['holdfast.request_id'] === id);
        return found ? Promise.resolve(found) : Promise.reject(new Error('it was not told yet'));
      }, 10_000);
      expect([span.name, span.parentSpanId ?? '', span.failed]).toEqual(['GET /api/users', '', false]);
      const line = holdfast.programs[0]?.log.split('\n').find((one) => one.includes(id) && one.includes('"request"'));
      expect(line).toContain(`"traceId":"${span.traceId}"`);
    });

    it('tell nothing of what people write, of paths, or of secrets, and nothing of probes', async () => {
      const { traceId, spanId } = newTrace();
      const traceparent = `00-${traceId}-${spanId}-01`;
      await holdfast.client.get(`/api/auth/verify-email/${SECRET}?x=${SECRET}`, { traceparent });
      await holdfast.client.get(`/api/nothing/${SECRET}`, { traceparent });
      await holdfast.client.get('/health', { traceparent });
      await holdfast.client.post('/api/auth/login', { login: 'ada', password: `${SECRET}-1` }, { traceparent });
      await eventually(() => {
        const names = collector.trace(traceId).map(({ name }) => name);
        expect(names).toEqual(
          expect.arrayContaining(['GET /api/auth/verify-email/:token', 'GET', 'POST /api/auth/login']),
        );
        return Promise.resolve();
      }, 10_000);
      expect(collector.spans.filter(({ name }) => /health|metrics/.test(name))).toEqual([]);
      expect(collector.text).not.toMatch(new RegExp(`${SECRET}|${PASSWORD}|readers\\.example|told to nobody|eyJ`));
    });

    it('cost nothing but themselves when the collector hangs: requests go on, and the processes end in time', async () => {
      collector.hangs = true;
      for (let i = 0; i < 3; i++) await reserve('01');
      const since = performance.now();
      const codes = await Promise.all([availability.stop(), ...holdfast.programs.map((program) => program.stop())]);
      expect(codes).toEqual([0, 0, 0]);
      expect(performance.now() - since).toBeLessThan(25_000);
      expect(holdfast.programs[0]?.log).toContain('some spans are lost');
    });
  }),
);

describe('Without a collector', () => {
  it('nothing of the SDK of OpenTelemetry is loaded', async () => {
    const index = join(__dirname, '../../dist/libs/platform/src/index.js');
    const code = `
      import Module from 'node:module';
      const { startTracing, readSettings } = await import(process.argv[1]);
      const loaded = () => Object.keys(Module._cache).filter((file) => /@opentelemetry.(sdk|exporter|otlp)/.test(file)).length;
      await startTracing(readSettings({}), 'off');
      const off = loaded();
      await startTracing(readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }), 'on');
      console.log(off, loaded() > 10);
      process.exit(0);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code, index]);
    expect(stdout.trim()).toBe('0 true');
  });
});
