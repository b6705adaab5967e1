import { Agent, request as requestHttp } from 'node:http';
import { text } from 'node:stream/consumers';
import fastify, { type FastifyInstance } from 'fastify';
import * as fc from 'fast-check';
import { ROUTING, RouteTable } from './route-table.js';

const PATTERNS = [
  '/',
  '/desk',
  '/desk/beside',
  '/desk/:id',
  '/desk/:id/notes',
  '/desk/:id/notes/:note',
  '/files/*',
  '/files/best',
];
const METHODS = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'];
const PARTS = [
  'desk',
  'beside',
  'notes',
  'files',
  'best',
  'b%65side',
  '%64esk',
  'a%2Fb',
  'a%252Fb',
  '%zz',
  '%E2%82%AC',
  '%E2',
];
const ODD_PARTS = [
  '',
  '.',
  '..',
  ':id',
  '*',
  'DESK',
  'x'.repeat(1000),
  'x'.repeat(1001),
  '%78'.repeat(1001),
  'a;b',
  '@',
];
const ENDS = ['', '/', '//', '?', '?a=1/2', '/?a', '#f', ';a=1', '?%zz', '%3Fa'];

describe('The table of routes', () => {
  let server: FastifyInstance;
  let table: RouteTable;
  const agent = new Agent({ keepAlive: true });

  beforeAll(async () => {
    server = fastify({ routerOptions: ROUTING });
    table = new RouteTable(server);
    server.addHook('onSend', (request, reply, _payload, done: () => void) => {
      const { method, url } = request.routeOptions;
      if (!request.is404) void reply.header('x-route', `${String(method)} ${url}`);
      done();
    });
    for (const url of PATTERNS) server.get(url, () => 'found');
    server.route({ method: ['POST', 'DELETE'], url: '/desk/:id', handler: () => 'found' });
    server.post('/desk', () => 'found');
    await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(async () => {
    agent.destroy();
    await server.close();
  });

  /** What Fastify makes of it. */
  const routeOf = (method: string, path: string): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const { port } = server.server.address() as { port: number };
      requestHttp({ agent, port, host: '127.0.0.1', method, path }, (answer) => {
        const route = answer.headers['x-route'];
        text(answer).then(() => resolve(route as string | undefined), reject);
      })
        .on('error', reject)
        .end();
    });

  it('finds the route that Fastify finds, however the path is written', async () => {
    const seen = new Set<string | undefined>();
    const path = fc
      .tuple(
        fc.constantFrom('/', '/', '/', '/', '//', 'http://here/'),
        fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...PARTS) }, fc.constantFrom(...ODD_PARTS)), {
          maxLength: 4,
        }),
        fc.constantFrom(...ENDS),
      )
      .map(([begin, parts, end]) => `${begin}${parts.join('/')}${end}`);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...METHODS), path, async (method, path) => {
        const expected = await routeOf(method, path);
        seen.add(expected);
        expect(table.nameOf(method, path)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
    expect(seen.size).toBeGreaterThan(PATTERNS.length);
  });

  it('tells the methods that a path has, and none where nothing is', () => {
    expect(table.methodsOf('/desk/7?a=1')).toEqual(['GET', 'HEAD', 'POST', 'DELETE']);
    expect(table.methodsOf('/desk/beside/')).toEqual(['GET', 'HEAD', 'POST', 'DELETE']);
    expect(table.methodsOf('/nothing')).toEqual([]);
    expect(table.methodsOf('/desk//notes')).toEqual([]);
  });
});
