import { eventually } from '@holdfast/platform/testing';
import { type Answer, Client } from './support/client.js';
import { type Installation, startEmbedded } from './support/installation.js';
import { registerReader, signInAdmin } from './support/people.js';

jest.setTimeout(120_000);

const LINE = /^[a-z_:][a-z0-9_:]*(\{[a-z0-9_]+="[^"\\]*"(,[a-z0-9_]+="[^"\\]*")*\})? (-?[0-9.e+-]+|NaN|\+Inf)$/i;

describe('The metrics', () => {
  let holdfast: Installation;

  beforeAll(async () => {
    holdfast = await startEmbedded({ ALLOW_PRIVATE_STATUS_URLS: 'true' });
  });
  afterAll(() => holdfast?.close());

  const read = (): Promise<Answer> => holdfast.client.get('/metrics');
  const valueOf = (text: string, figure: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${figure} `))
        ?.slice(figure.length + 1),
    );

  it('are at the root and under /api, in the text form of Prometheus, for anybody and with any token', async () => {
    for (const path of ['/metrics', '/api/metrics', '/metrics/']) {
      for (const client of [holdfast.client, holdfast.client.as('stale')]) {
        const { status, headers, body } = await client.get(path);
        expect([path, status, headers.get('content-type')]).toEqual([
          path,
          200,
          'text/plain; version=0.0.4; charset=utf-8',
        ]);
        const lines = (body as string).split('\n').filter((line) => line !== '' && !line.startsWith('# '));
        expect(lines.length).toBeGreaterThan(30);
        expect(lines.filter((line) => !LINE.test(line))).toEqual([]);
      }
    }
  });

  it('count requests by the pattern of their route, with their time, and have no id in any label', async () => {
    const admin = await signInAdmin(holdfast.client);
    const reader = await registerReader(holdfast.client, 'ada');
    for (let i = 0; i < 3; i++) await admin.get(`/api/users/${reader.id}`);
    for (const path of [`/api/users/${reader.id}/nothing`, `/nowhere/${reader.id}`]) await admin.get(path);
    await admin.raw('PROPFIND', `/nowhere/${reader.id}`, undefined);
    const { body } = await read();
    const users = 'method="GET",route="/api/users/:id"';
    expect(valueOf(body, `holdfast_http_requests_total{${users},status="200"}`)).toBe(3);
    expect(valueOf(body, `holdfast_http_request_duration_seconds_count{${users}}`)).toBe(3);
    expect(valueOf(body, 'holdfast_http_requests_total{method="any",route="none",status="404"}')).toBe(3);
    expect(body).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  it('tell of the database connections, the process, and the audit of lending', async () => {
    const { body } = await read();
    expect(valueOf(body, 'holdfast_database_connections{state="idle"}')).toBeGreaterThanOrEqual(0);
    expect(valueOf(body, 'holdfast_database_connections_limit')).toBe(20);
    expect(valueOf(body, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
    expect(valueOf(body, 'holdfast_figures_up{source="lending_audit"}')).toBe(1);
    expect(valueOf(body, 'holdfast_lending_violations{invariant="reserved-are-active"}')).toBe(0);
  });

  it('tell of reservations and their queues, events, mails, jobs, the cache, and what the process depends on', async () => {
    const admin = await signInAdmin(holdfast.client);
    const [bea, cory] = [await registerReader(holdfast.client, 'bea'), await registerReader(holdfast.client, 'cory')];
    const { body: book } = await admin.post('/api/books', { title: 'Emma', price: 10, units: 1 });
    const wish = { bookId: book.id, reservedUntil: new Date(Date.now() + 5 * 86_400_000).toISOString() };
    const { body: copy } = await bea.client.post('/api/reservations', wish);
    await cory.client.post('/api/reservations', wish);
    for (let i = 0; i < 3; i++) await holdfast.client.get(`/api/books/${book.id}`);
    const told = async (figure: string, value: number) =>
      expect([figure, valueOf((await read()).body, figure)]).toEqual([figure, value]);

    await told('holdfast_reservation_changes_total{event="reservation_created",status="active"}', 1);
    await told('holdfast_reservation_changes_total{event="reservation_created",status="pending"}', 1);
    await eventually(() => told('holdfast_readers_waiting', 1));
    await told('holdfast_queues', 1);
    await told('holdfast_longest_queue', 1);
    expect(valueOf((await read()).body, 'holdfast_longest_wait_seconds')).toBeGreaterThan(0);
    await bea.client.post(`/api/reservations/${copy.id}/return`);
    await told('holdfast_reservation_changes_total{event="reservation_activated",status="active"}', 1);
    await told('holdfast_reservation_wait_seconds_count', 1);
    await told('holdfast_readers_waiting', 0);

    for (const kind of ['confirmed', 'queued', 'active']) {
      await eventually(() => told(`holdfast_mails_total{kind="${kind}",outcome="sent"}`, 1), 20_000);
    }
    await told('holdfast_mails_waiting', 0);
    const { body } = await read();
    expect(valueOf(body, 'holdfast_deliveries_total{consumer="notifications",outcome="done"}')).toBeGreaterThan(3);
    expect(valueOf(body, 'holdfast_event_delay_seconds_count{consumer="notifications"}')).toBeGreaterThan(3);
    expect(valueOf(body, 'holdfast_job_runs_total{name="notifications-mails",outcome="done"}')).toBeGreaterThan(0);
    expect(valueOf(body, 'holdfast_job_duration_seconds_count{name="notifications-mails"}')).toBeGreaterThan(0);
    expect(valueOf(body, 'holdfast_jobs{name="lending-reminders",state="waiting"}')).toBe(0);
    expect(valueOf(body, 'holdfast_cache_reads_total{outcome="hit"}')).toBeGreaterThan(0);
    expect(valueOf(body, 'holdfast_cache_reads_total{outcome="miss"}')).toBeGreaterThan(0);
    expect(valueOf(body, 'holdfast_cache_loads_total')).toBeGreaterThan(0);
    expect(valueOf(body, 'holdfast_cache_up')).toBe(1);
    for (const dependency of ['database', 'cache', 'metadata', 'broker', 'jobs']) {
      expect([dependency, valueOf(body, `holdfast_dependency_up{dependency="${dependency}"}`)]).toEqual([
        dependency,
        1,
      ]);
    }
    expect(body).not.toMatch(/holdfast_figures_up\{source="\w+"\} 0/);
    for (const id of [book.id, bea.id, copy.id]) expect(body).not.toContain(id);
  });

  it('of the availability service tell what libraries answer, and name none', async () => {
    const [, base = ''] = await holdfast.programs[0]!.says(/Availability +(http:\S+)\/status/);
    const service = new Client(base);
    const admin = await signInAdmin(holdfast.client);
    await admin.post('/api/libraries', { name: 'Elsewhere', statusUrl: 'http://127.0.0.1:1/{isbn}' });
    const { body: book } = await admin.post('/api/books', {
      title: 'Persuasion',
      isbn: '9780441478125',
      price: 10,
      units: 1,
    });
    expect((await service.get(`/status/${book.id}`)).status).toBe(200);
    const { status, body } = await service.get('/metrics');
    expect(status).toBe(200);
    expect(valueOf(body, 'holdfast_library_answers_total{source="local",outcome="available"}')).toBe(1);
    expect(valueOf(body, 'holdfast_library_answers_total{source="external",outcome="unreachable"}')).toBe(1);
    expect(valueOf(body, 'holdfast_library_answer_seconds_count{source="external"}')).toBe(1);
    expect(valueOf(body, 'holdfast_libraries_left_alone')).toBe(0);
    expect(valueOf(body, 'holdfast_dependency_up{dependency="api"}')).toBe(1);
    expect(valueOf(body, 'holdfast_http_requests_total{method="GET",route="/status/:bookId",status="200"}')).toBe(1);
    expect(body).not.toMatch(/Elsewhere|holdfast_database/);
  });
});
