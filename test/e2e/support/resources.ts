import { randomUUID } from 'node:crypto';
import { Client as Postgres } from 'pg';
import type { Client } from './client.js';
import { CREATIONS, create } from './creations.js';
import { registerReader, signInAdmin } from './people.js';

type Ids = Record<string, string>;
type Json = Record<string, unknown>;

/** Something with an ETag, by the route that reads it. */
export interface Resource {
  /** One more of them: the ids in its path. */
  make: (admin: Client) => Promise<Ids>;
  /** The routes that change or end it, each with a body that does, but for `If-Match`. */
  writes: Record<string, (() => Json) | null>;
  /** Changes what is shown, where no route of its own does. */
  touch?: (admin: Client, ids: Ids) => Promise<unknown>;
}

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** One made by a route that creates. */
async function made(admin: Client, route: keyof typeof CREATIONS): Promise<any> {
  const creation = CREATIONS[route]!;
  const { status, body } = await create(admin, route, await creation.wish(admin), {});
  if (status >= 300) throw new Error(`${route} → ${status}: ${JSON.stringify(body)}`);
  return body;
}
const idOf = async (admin: Client, route: keyof typeof CREATIONS): Promise<Ids> => ({
  id: (await made(admin, route)).id,
});

async function holding(admin: Client): Promise<Ids> {
  const [{ id: bookId }, { id: libraryId }] = [
    await made(admin, 'POST /api/books'),
    await made(admin, 'POST /api/libraries'),
  ];
  await admin.put(`/api/books/${bookId}/holdings/${libraryId}`, { units: 1 });
  return { bookId, libraryId };
}

async function reserve(admin: Client, bookId: string): Promise<unknown> {
  const { id: customerId } = await registerReader(admin, `q-${randomUUID().slice(0, 13)}`);
  return admin.post('/api/reservations', { bookId, customerId, reservedUntil: inDays(5) });
}

const heading = (kind: string): Resource => ({
  make: (admin) => idOf(admin, `POST /api/${kind}`),
  writes: { [`PATCH /api/${kind}/{id}`]: () => ({ name: `Name ${randomUUID()}` }), [`DELETE /api/${kind}/{id}`]: null },
});

/** Every single resource that can change. */
export const RESOURCES: Record<string, Resource> = {
  'GET /api/users/{id}': {
    make: (admin) => idOf(admin, 'POST /api/users'),
    writes: { 'PATCH /api/users/{id}': () => ({ role: 'author' }), 'DELETE /api/users/{id}': null },
  },
  'GET /api/customers/{id}': {
    make: (admin) => idOf(admin, 'POST /api/customers'),
    writes: { 'PATCH /api/customers/{id}': () => ({ fullName: 'Grace Hopper' }), 'DELETE /api/customers/{id}': null },
  },
  'GET /api/auth/me': {
    make: () => Promise.resolve({}),
    writes: {},
    touch: async (admin) => {
      const { id } = (await admin.get('/api/auth/me')).body;
      return admin.patch(`/api/users/${id}`, { email: `${randomUUID()}@staff.example` });
    },
  },
  'GET /api/libraries/{id}': {
    make: (admin) => idOf(admin, 'POST /api/libraries'),
    writes: { 'PATCH /api/libraries/{id}': () => ({ address: 'Quay 1' }), 'DELETE /api/libraries/{id}': null },
  },
  'GET /api/books/{bookId}/availability': {
    make: holding,
    writes: {
      'PUT /api/books/{bookId}/holdings/{libraryId}': () => ({ units: 7 }),
      'DELETE /api/books/{bookId}/holdings/{libraryId}': null,
    },
  },
  'GET /api/books/{id}': {
    make: (admin) => idOf(admin, 'POST /api/books'),
    writes: {
      'PUT /api/books/{id}': () => ({ title: 'Jazz', price: 3 }),
      'PATCH /api/books/{id}': () => ({ price: 4 }),
      'DELETE /api/books/{id}': null,
    },
  },
  'GET /api/books/{id}/metadata': {
    make: (admin) => idOf(admin, 'POST /api/books'),
    writes: { 'PUT /api/books/{id}/metadata': () => ({ a: 1 }), 'PATCH /api/books/{id}/metadata': () => ({ b: 1 }) },
  },
  'GET /api/books/upload/{uploadId}': {
    make: async (admin) => ({ uploadId: (await made(admin, 'POST /api/books/upload')).uploadId }),
    writes: { 'DELETE /api/books/upload/{uploadId}': null },
  },
  'GET /api/authors/{id}': heading('authors'),
  'GET /api/genres/{id}': heading('genres'),
  'GET /api/reservations/{id}': {
    make: (admin) => idOf(admin, 'POST /api/reservations'),
    writes: {
      'POST /api/reservations/{id}/renew': () => ({ reservedUntil: inDays(9) }),
      'POST /api/reservations/{id}/return': null,
      'DELETE /api/reservations/{id}': null,
    },
  },
  'GET /api/books/{id}/queue': {
    make: (admin) => idOf(admin, 'POST /api/books'),
    writes: {},
    touch: async (admin, { id = '' }) => {
      for (let reader = 0; reader < 3; reader++) await reserve(admin, id);
    },
  },
};

/** What is read and is neither a list nor has an ETag, and why. */
export const WITHOUT_ETAG: Record<string, string> = {
  'GET /health': 'tells of this moment; caches must not keep it',
  'GET /health/live': 'as /health',
  'GET /health/ready': 'as /health',
  'GET /api/health': 'as /health',
  'GET /api/health/live': 'as /health',
  'GET /api/health/ready': 'as /health',
  'GET /metrics': 'measured for each answer',
  'GET /api/metrics': 'measured for each answer',
  'GET /.well-known/jwks.json': 'public keys, which clients keep by Cache-Control',
  'GET /api/auth/verify-email/{token}': 'an act by a link, which answers the same when repeated',
  'GET /api/books/export.csv': 'a stream, whose end is not known when its headers are sent',
  'GET /api/books/upload/{uploadId}/errors.csv': 'a stream, whose end is not known when its headers are sent',
  'GET /api/books/upload/{uploadId}/events': 'a stream of events, which have ids of their own',
  'GET /api/reservations/{id}/events': 'a stream of events, which have ids of their own',
  'GET /api/lending/audit': 'looks at everything anew for each answer',
  'GET /api/jobs': 'a few counts of this moment, all in one answer',
  'GET /api/events/outbox/backlog': 'as /api/jobs',
};

/** What changes or ends something and takes no If-Match, and why. */
export const WITHOUT_IF_MATCH: Record<string, string> = {
  'DELETE /api/auth/sessions/{id}': 'a session has no reading of its own that a client could have got an ETag from',
  'DELETE /api/events/dead-letters/{id}': 'a dead letter is read in its list only',
  'POST /api/events/dead-letters/{id}/replay': 'a dead letter is read in its list only',
};

/** Two of everything that there is a list of; what cannot be made through the API is written into the database. */
export async function makeTwoOfEach(admin: Client, databaseUrl: string): Promise<void> {
  for (const n of [1, 2]) {
    const { body } = await admin.post('/api/books', {
      title: `Novel ${n}`,
      authors: ['Toni Morrison'],
      genre: 'Novel',
      price: 1,
      units: 1,
    });
    const { id: customerId } = await registerReader(admin, `list-${n}`);
    const reservedUntil = inDays(1);
    await admin.post('/api/reservations', { bookId: body.id, customerId, reservedUntil });
    await admin.post('/api/genres', { name: `Genre ${n}` });
    const form = new FormData();
    form.set('file', new Blob(['title,price\nA,1\n']), 'books.csv');
    await admin.raw('POST', '/api/books/upload?mode=dry-run', form);
  }
  await signInAdmin(admin);
  const postgres = new Postgres(databaseUrl);
  await postgres.connect();
  await postgres.query(
    `INSERT INTO platform.dead_letters (id, consumer, key, body, data_kept, reason, attempts, first_failed_at, last_failed_at)
     SELECT gen_random_uuid(), 'notices', n::text, '{}', true, 'of this test', 1, now(), now() FROM generate_series(1, 2) AS n`,
  );
  await postgres.query(
    `INSERT INTO platform.outbox (id, type, subject, data, attempts, next_try_at, last_error)
     SELECT gen_random_uuid(), 'book_created', n::text, '{}', 1, now() + interval '1 day', 'of this test'
       FROM generate_series(1, 2) AS n`,
  );
  await postgres.query(
    `INSERT INTO platform.logs (id, at, level, app, message)
     SELECT gen_random_uuid(), now(), 40, 'api', 'of this test' FROM generate_series(1, 2) AS n`,
  );
  await postgres.end();
}
