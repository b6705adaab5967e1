import type { Client } from './support/client.js';
import { type Installation, startEmbedded } from './support/installation.js';
import { registerReader, signInAdmin } from './support/people.js';

jest.setTimeout(120_000);

const CHANGEABLE = ['users', 'customers', 'libraries', 'books', 'authors', 'genres'].map((name) => `/api/${name}/{id}`);

describe('ETags', () => {
  let holdfast: Installation;
  let admin: Client;
  const operations: { name: string; operation: any }[] = [];
  beforeAll(async () => {
    holdfast = await startEmbedded();
    admin = await signInAdmin(holdfast.client);
    const { body } = await holdfast.client.get('/api/schema');
    for (const [path, item] of Object.entries<Record<string, unknown>>(body.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        operations.push({ name: `${method.toUpperCase()} ${path}`, operation });
      }
    }
  });
  afterAll(() => holdfast?.close());

  const header = (operation: any, name: string): unknown =>
    operation.parameters?.find((one: any) => one.in === 'header' && one.name === name);
  const names = (fits: (operation: any) => unknown): string[] =>
    operations.filter(({ operation }) => fits(operation)).map(({ name }) => name);

  it('are described at everything that can change, and at nothing else', () => {
    const giving = names(({ responses }) => responses['304']);
    expect(giving).toEqual(expect.arrayContaining(CHANGEABLE.map((path) => `GET ${path}`)));
    expect(giving).toEqual(expect.arrayContaining(['GET /api/auth/me', 'GET /api/reservations/{id}']));
    expect(giving).toContain('GET /api/books/{bookId}/availability');
    expect(giving).not.toContain('GET /api/users');
    expect(names((operation) => header(operation, 'If-None-Match'))).toEqual(giving);
    expect(names(({ responses }) => responses['304'] && responses['200'].headers.ETag)).toEqual(giving);
    expect(names(({ responses }) => responses['201']?.headers?.ETag)).toEqual(
      expect.arrayContaining(['POST /api/users', 'POST /api/customers', 'POST /api/auth/register']),
    );
    expect(JSON.stringify(operations)).not.toContain('x-gives-etag');
  });

  it('may be expected where something is changed or deleted, with 412 as the answer', () => {
    const expecting = names((operation) => header(operation, 'If-Match'));
    const wanted = CHANGEABLE.flatMap((path) => [`DELETE ${path}`, `PATCH ${path}`]);
    expect(expecting).toEqual(expect.arrayContaining(wanted));
    expect(expecting).toEqual(names(({ responses }) => responses['412']));
    expect(expecting.filter((name) => name.startsWith('GET'))).toEqual([]);
    const twice = operations.filter(
      ({ operation }) => operation.parameters?.filter((one: any) => one.name === 'If-Match').length > 1,
    );
    expect(twice).toEqual([]);
  });

  it('are given and honoured as described, for accounts too', async () => {
    const reader = await registerReader(holdfast.client, 'etag-reader');
    for (const path of [
      `/api/users/${reader.id}`,
      `/api/customers/${reader.id}`,
      '/api/customers/me',
      '/api/auth/me',
    ]) {
      const client = path.includes(reader.id) ? admin : reader.client;
      const etag = String((await client.get(path)).headers.get('etag'));
      expect(etag).toMatch(/^"\d+\.[\w-]+"$/);
      const again = await client.get(path, { 'if-none-match': etag });
      expect([again.status, again.body]).toEqual([304, '']);
    }
    const stale = { 'if-match': '"99.stale"' };
    expect((await admin.patch(`/api/users/${reader.id}`, { role: 'author' }, stale)).status).toBe(412);
    expect((await reader.client.patch('/api/customers/me', { phone: '0900 123' }, stale)).status).toBe(412);
    expect((await reader.client.delete('/api/customers/me', stale)).status).toBe(412);
  });
});
