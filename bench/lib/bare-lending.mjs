// A child of bench/lending.mjs: node:http and pg with nothing between, that reserves by the statements of its pgbench
// script: one transaction for each request, under the title's lock, with the rows and the event of a reservation.
import http from 'node:http';
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: JSON.parse(process.argv[2]).databaseUrl, max: 10 });

const JSON_OF_IT = `json_build_object(
  'id', r.id, 'bookId', r.book_id, 'customerId', r.customer_id, 'library', r.library_id, 'status', r.status,
  'price', r.price_cents / 100.0, 'renewals', 0, 'requestedUntil', platform.rfc3339(r.requested_until),
  'startOfReservation', platform.rfc3339(r.starts_at), 'endOfReservation', platform.rfc3339(r.ends_at),
  'createdAt', platform.rfc3339(r.requested_at), 'version', r.version)`;
const STATEMENTS = {
  lock: 'SELECT book_id FROM inventory.titles WHERE book_id = $1 FOR UPDATE',
  take: `UPDATE inventory.holdings SET reserved = reserved + 1 WHERE book_id = $1 AND reserved < units RETURNING library_id`,
  join: `UPDATE inventory.titles SET last_ticket = last_ticket + 1, waiting = waiting + 1 WHERE book_id = $1
         RETURNING last_ticket`,
  reserve: `WITH r AS (
      INSERT INTO lending.reservations (id, book_id, customer_id, library_id, status, ticket, requested_at, requested_until,
                                        starts_at, ends_at, price_cents)
      SELECT $1, $2, $3, $4::uuid, CASE WHEN $4::uuid IS NULL THEN 'pending' ELSE 'active' END, $5, now(), $6,
             CASE WHEN $4::uuid IS NOT NULL THEN now() END, CASE WHEN $4::uuid IS NOT NULL THEN $6::timestamptz END,
             CASE WHEN $4::uuid IS NOT NULL THEN 100 END
      RETURNING *)
    SELECT ${JSON_OF_IT}::text AS json FROM r`,
  event: `INSERT INTO platform.outbox (id, type, subject, data) VALUES ($1, 'reservation_created', $2, $3::jsonb)`,
};

const server = http.createServer(async (request, response) => {
  try {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    const bytes = Buffer.from(await reserve(JSON.parse(body)));
    response.writeHead(201, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': bytes.length });
    response.end(bytes);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit(0));

async function reserve({ bookId, customerId, reservedUntil }) {
  const client = await pool.connect();
  const run = async (name, values) => (await client.query({ name, text: STATEMENTS[name], values })).rows[0];
  const id = randomUUID();
  try {
    await client.query('BEGIN');
    await run('lock', [bookId]);
    const taken = await run('take', [bookId]);
    const joined = taken ? undefined : await run('join', [bookId]);
    const { json } = await run('reserve', [
      id,
      bookId,
      customerId,
      taken?.library_id ?? null,
      joined?.last_ticket ?? null,
      reservedUntil,
    ]);
    await run('event', [randomUUID(), `reservations/${id}`, json]);
    await client.query('COMMIT');
    return json;
  } finally {
    client.release();
  }
}
