import type { Answer } from './support/client.js';
import { type Installation, startEmbedded } from './support/installation.js';
import { registerReader, signInAdmin } from './support/people.js';

jest.setTimeout(120_000);

const LINE = /^[a-z_:][a-z0-9_:]*(\{[a-z0-9_]+="[^"\\]*"(,[a-z0-9_]+="[^"\\]*")*\})? (-?[0-9.e+-]+|NaN|\+Inf)$/i;

describe('The metrics', () => {
  let holdfast: Installation;

  beforeAll(async () => {
    holdfast = await startEmbedded();
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
});
