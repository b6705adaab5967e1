// A client that costs little beside the server it measures: keep-alive sockets, requests as bytes, no parser but for the length.
import { Buffer } from 'node:buffer';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

/** Requests as fast as the answers come, over `connections` sockets for `ms`; gives requests a second. */
export async function load({ port, connections, ms, request, status }) {
  const end = performance.now() + ms;
  const begun = performance.now();
  const counts = await Promise.all(
    Array.from({ length: connections }, (_, place) => one(port, end, (n) => request(place + n * connections), status)),
  );
  return (counts.reduce((sum, count) => sum + count, 0) / (performance.now() - begun)) * 1000;
}

/**
 * `count` requests over `connections` sockets, each socket the next one when it has its answer; gives requests a second,
 * from when all are connected (pgbench counts so too).
 */
export async function crowd({ port, connections, count, request, status }) {
  const sockets = await Promise.all(Array.from({ length: Math.min(connections, count) }, () => opened(port)));
  const begun = performance.now();
  let next = 0;
  const take = () => (next < count ? request(next++) : null);
  await Promise.all(sockets.map((socket) => until(socket, take, status)));
  return (count / (performance.now() - begun)) * 1000;
}

function one(port, end, request, status) {
  let answered = 0;
  const take = () => (answered === 0 || performance.now() < end ? request(answered++) : null);
  return opened(port)
    .then((socket) => until(socket, take, status))
    .then(() => answered);
}

/** Sends what `take` gives, one after the other, until it gives null. */
function until(socket, take, status) {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const send = () => {
      const bytes = take();
      if (bytes !== null) return void socket.write(bytes);
      socket.end();
      resolve();
    };
    socket.on('error', reject);
    socket.on('data', (piece) => {
      received = received.length === 0 ? piece : Buffer.concat([received, piece]);
      const length = lengthOfAnswer(received);
      if (length === null || received.length < length) return;
      if (received.subarray(9, 12).toString('latin1') !== String(status)) {
        socket.destroy();
        return reject(new Error(`wanted ${status}: ${received.subarray(0, 600).toString()}`));
      }
      received = received.subarray(length);
      send();
    });
    send();
  });
}

function opened(port) {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Head and body; null while the head is not complete. */
export function lengthOfAnswer(received) {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = received.subarray(0, end).toString('latin1');
  return end + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
}

/** One request as bytes. */
export function bytesOf(method, path, headers = {}, body = undefined) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const all = { Host: 'bench', ...headers };
  if (body !== undefined)
    Object.assign(all, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`);
}

export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/**
 * What Node is given where an api is delivered; the bare side gets it too. NODE_OF_SERVERS: another Node than this one for
 * both, such as the one of the image.
 */
export const AS_DELIVERED = {
  execPath: process.env.NODE_OF_SERVERS || process.execPath,
  execArgv: ['--max-semi-space-size=32'],
};
