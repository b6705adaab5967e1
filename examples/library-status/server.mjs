// A library that tells Holdfast whether it has a book: `node server.mjs [books.json]`. Nothing but Node is needed.
//
//   GET /status/9780441478125   200 {"available": true}
//
// PORT (4000; 0 takes a free one) and HOST (127.0.0.1) say where it listens. See README.md and docs/availability.md.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const file = process.argv[2] ?? join(import.meta.dirname, 'books.json');
/** Free copies by ISBN, as 13 digits. Your own catalogue goes here. */
const copies = new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8'))));

const server = createServer((request, response) => {
  // Whatever somebody sends: what is no such path is not there.
  const isbn = /^\/status\/(\d{13})(?:\?|$)/.exec(request.url ?? '')?.[1];
  if (isbn === undefined) return send(response, 404, { error: 'Ask for /status/ and an ISBN of 13 digits.' });
  if (request.method !== 'GET') return send(response, 405, { error: 'Only GET.' }, { Allow: 'GET' });
  // A book that we do not have is not available: that is an answer, and no 404.
  send(response, 200, { available: (copies.get(isbn) ?? 0) > 0 });
});

function send(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

server.listen(Number(process.env.PORT ?? 4000), process.env.HOST ?? '127.0.0.1', () => {
  const { address, port } = server.address();
  console.log(`A library answers at http://${address}:${port}/status/{isbn}`);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
