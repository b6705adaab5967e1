// A child of bench/overload.mjs: node:http that refuses whatever comes, in as many bytes as Holdfast does. Answers `cpu` with its
// processor time in microseconds.
import { randomUUID } from 'node:crypto';
import http from 'node:http';

const HEADERS = {
  'Content-Type': 'application/problem+json; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Retry-After': '1',
};
const BODY = JSON.stringify({
  type: '/problems/overloaded',
  title: 'Overloaded',
  status: 503,
  detail: 'Too many requests are under way. Nothing was done; send it again after the seconds in Retry-After.',
  instance: '/api/reservations',
});

const server = http.createServer((_request, response) => {
  response.writeHead(503, { ...HEADERS, 'X-Request-Id': randomUUID(), 'Content-Length': BODY.length }).end(BODY);
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
process.on('disconnect', () => process.exit(0));
