// A database with 10,000 titles and 50,000 customers, and a program on it, for what measures reservations.
import { fork } from 'node:child_process';
import pg from 'pg';
import { AS_DELIVERED } from './load.mjs';

const LOGIN = { login: 'bench-admin', password: 'a password of the bench' };

/** Resolves with the process and its port when it listens; it ends when it is disconnected. */
export async function start(program, databaseUrl, folder, more = {}) {
  const settings = {
    databaseUrl,
    DATABASE_URL: databaseUrl,
    HOLDFAST_DATA_DIR: folder,
    ADMIN_USERNAME: LOGIN.login,
    ADMIN_EMAIL: 'bench-admin@example.org',
    ADMIN_PASSWORD: LOGIN.password,
    LENDING_OPEN_RESERVATIONS_LIMIT: '10000',
    ...more,
  };
  const child = fork(new URL(program, import.meta.url), [JSON.stringify(settings)], AS_DELIVERED);
  const port = await new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message.port));
    child.once('exit', (code) => reject(new Error(`the app ended with ${code}`)));
  });
  return { process: child, port };
}

/** Processor time of the program so far, in microseconds. */
export function cpuOf(app) {
  return new Promise((resolve) => {
    app.process.once('message', (message) => resolve(message.cpu));
    app.process.send('cpu');
  });
}

export async function end(app) {
  if (!app) return;
  const ended = new Promise((resolve) => app.process.once('exit', resolve));
  app.process.disconnect();
  await ended;
}

/** An access token of the admin. */
export async function signIn({ port }) {
  const response = await fetch(`http://127.0.0.1:${port}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(LOGIN),
  });
  return (await response.json()).accessToken;
}

export async function onServer(server, statement) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/**
 * Books and customers, numbered from 1 in `bench.books` and `bench.customers`, and 50,000 reservations of the past: a connection
 * keeps what it planned for an empty table until PostgreSQL analyses that, and these servers may do so never.
 */
export async function seed(database) {
  await database.query(`
    INSERT INTO identity.users (id, username, email, password_hash, role, is_active, email_verified, version, created_at, updated_at)
    SELECT id, 'r-' || id, id || '@readers.example', '$argon2id$none', 'customer', true, true, 1, now(), now()
      FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 50000)) made;
    INSERT INTO catalog.books (id, title, price_cents, search_text)
    SELECT gen_random_uuid(), 'Title ' || n, 1000, 'title ' || n FROM generate_series(1, 10000) n;
    INSERT INTO inventory.titles (book_id) SELECT id FROM catalog.books ON CONFLICT DO NOTHING;
    INSERT INTO inventory.holdings (book_id, library_id, units)
    SELECT t.book_id, l.id, 1 FROM inventory.titles t, inventory.libraries l WHERE l.is_default;
    INSERT INTO lending.reservations (id, book_id, customer_id, library_id, status, requested_at, requested_until,
                                      starts_at, ends_at, price_cents, updated_at)
    SELECT gen_random_uuid(), h.book_id, u.id, h.library_id, 'completed', d.day, d.day + interval '20 days',
           d.day, d.day + interval '20 days', 1000, d.day + interval '20 days'
      FROM (SELECT book_id, library_id, row_number() OVER () AS n FROM inventory.holdings) h
      JOIN (SELECT id, row_number() OVER () % 10000 + 1 AS n FROM identity.users WHERE role = 'customer') u USING (n),
           (SELECT now() - interval '60 days' AS day) d;
    CREATE SCHEMA bench;
    CREATE TABLE bench.books AS SELECT row_number() OVER (ORDER BY book_id)::int AS n, book_id FROM inventory.titles;
    CREATE UNIQUE INDEX ON bench.books (n);
    CREATE TABLE bench.customers AS SELECT row_number() OVER (ORDER BY id)::int AS n, id FROM identity.users WHERE role = 'customer';
    CREATE UNIQUE INDEX ON bench.customers (n);`);
}
