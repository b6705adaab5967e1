import type { ServerResponse } from 'node:http';
import { isId, newId } from '@holdfast/kernel';
import { eventually } from '@holdfast/platform/testing';
import { type KnownLibrary } from '../../testing/api-stand-in.js';
import { AvailabilityHouse } from '../../testing/availability-house.js';
import { deadUrl, Neighbour, type SeenRequest, sendJson } from '../../testing/neighbour.js';

const ISBN = '9780441478125';
const TOKEN = 'eyJhbGciOiJFZERTQSJ9.very-secret-payload.signature';
const bookId = newId();
const local = (name: string, free?: number): KnownLibrary => ({ id: newId(), name, statusUrl: null, free });
const external = (name: string, statusUrl: string): KnownLibrary => ({ id: newId(), name, statusUrl });

let house: AvailabilityHouse;
let neighbours: Neighbour[];

beforeEach(() => (neighbours = []));
afterEach(async () => {
  await house?.close();
  for (const neighbour of neighbours) await neighbour.close();
});

async function open(env: Record<string, string> = {}): Promise<void> {
  house = await AvailabilityHouse.open({ AVAILABILITY_RETRIES: '1', ...env });
  house.api.books.set(bookId, { isbn: ISBN });
}

async function neighbour(started: Promise<Neighbour>): Promise<Neighbour> {
  neighbours.push(await started);
  return started;
}
const library = (answer: (request: SeenRequest, response: ServerResponse) => void): Promise<Neighbour> =>
  neighbour(Neighbour.start(answer));
const saying = (available: unknown): Promise<Neighbour> =>
  library((_, response) => sendJson(response, 200, { available }));

/** The problems that an answer of the document has examples of, in the order of the alphabet. */
const namedIn = (answer: any): string[] =>
  Object.keys(answer.content['application/problem+json']?.examples ?? {}).sort();

describe('GET /status/{bookId}', () => {
  it('tells of every library, ours and external ones, whether it has the book', async () => {
    await open();
    const [yes, no] = [await saying(true), await saying(false)];
    house.api.libraries = [
      local('Main Library', 2),
      local('Quay', 0),
      local('Still Water'),
      external('Elsewhere', `${yes.url}/status/{isbn}?book={bookId}`),
      external('Far', `${no.url}/{bookId}`),
    ];
    const { status, headers, body } = await house.get(`/status/${bookId}`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body).toEqual({
      bookId,
      availability: { 'Main Library': true, Quay: false, 'Still Water': false, Elsewhere: true, Far: false },
      details: [
        { library: 'Main Library', available: true, source: 'local', latencyMs: expect.any(Number) },
        { library: 'Quay', available: false, source: 'local', latencyMs: expect.any(Number) },
        { library: 'Still Water', available: false, source: 'local', latencyMs: expect.any(Number) },
        { library: 'Elsewhere', available: true, source: 'external', latencyMs: expect.any(Number) },
        { library: 'Far', available: false, source: 'external', latencyMs: expect.any(Number) },
      ],
      checkedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(yes.seen.map(({ path }) => path)).toEqual([`/status/${ISBN}?book=${bookId}`]);
    expect(no.seen.map(({ path }) => path)).toEqual([`/${bookId}`]);
  });

  it('asks fifty libraries at once, and names those that are dead, slow or lie, within its time', async () => {
    await open({ AVAILABILITY_BUDGET_MS: '3000', AVAILABILITY_TRY_MS: '1000' });
    const together = new Set<ServerResponse>();
    // They answer once all are asked: who asks one after the other never gets there.
    const well = await library((_, response) => {
      together.add(response);
      if (together.size === 47) for (const one of together) sendJson(one, 200, { available: true });
    });
    const [dead, slow, lying] = [await deadUrl(), await library(() => undefined), await saying('maybe')];
    house.api.libraries = [
      ...Array.from({ length: 47 }, (_, n) => external(`Well ${n}`, `${well.url}/${n}/{isbn}`)),
      external('Dead', `${dead}/{isbn}`),
      external('Slow', `${slow.url}/{isbn}`),
      external('Lying', `${lying.url}/{isbn}`),
    ];
    const started = performance.now();
    const { status, body } = await house.get(`/status/${bookId}`);
    // The budget, and what a busy machine adds.
    expect(performance.now() - started).toBeLessThan(8000);
    expect(status).toBe(200);
    expect(Object.values(body.availability).filter((one) => one === true)).toHaveLength(47);
    expect(body.availability).toMatchObject({ Dead: null, Slow: null, Lying: null });
    const silent = body.details.filter((one: any) => one.available === null);
    expect(silent.map((one: any) => [one.library, one.error])).toEqual([
      ['Dead', 'unreachable'],
      ['Slow', 'timeout'],
      ['Lying', 'bad-answer'],
    ]);
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|ECONN|http:/);
  });

  it('does not ask by ISBN where the book has none, and says so', async () => {
    await open();
    const asked = await saying(true);
    house.api.books.set(bookId, { isbn: null });
    house.api.libraries = [external('By ISBN', `${asked.url}/i/{isbn}`), external('By id', `${asked.url}/b/{bookId}`)];
    const { body } = await house.get(`/status/${bookId}`);
    expect(body.details).toMatchObject([
      { library: 'By ISBN', available: null, error: 'no-isbn' },
      { library: 'By id', available: true },
    ]);
    expect(asked.seen.map(({ path }) => path)).toEqual([`/b/${bookId}`]);
  });

  it('asks nobody in a private network unless that is allowed', async () => {
    await open({ ALLOW_PRIVATE_STATUS_URLS: 'false' });
    const inner = await saying(true);
    house.api.libraries = [external('Inner', inner.url), external('Metadata', 'http://169.254.169.254/latest')];
    const { body } = await house.get(`/status/${bookId}`);
    expect(body.details).toMatchObject([{ error: 'not-allowed' }, { error: 'not-allowed' }]);
    expect(inner.connections).toBe(0);
  });

  it('asks all libraries, though the API tells of a hundred at a time', async () => {
    await open();
    house.api.libraries = Array.from({ length: 230 }, (_, n) => local(`Library ${n}`, n % 2));
    const { body } = await house.get(`/status/${bookId}`);
    expect(body.details).toHaveLength(230);
    expect(Object.keys(body.availability)).toHaveLength(230);
  });

  it.each(['300', '5000'])(
    'answers in time when the API is silent about the copies, with %s ms for a try, and tells what the external ones say',
    async (tryMs) => {
      await open({ AVAILABILITY_BUDGET_MS: '2000', AVAILABILITY_TRY_MS: tryMs });
      house.api.instead = ({ path }) => path.endsWith('/availability');
      house.api.libraries = [local('Main Library', 2), external('Elsewhere', (await saying(true)).url)];
      const { status, body } = await house.get(`/status/${bookId}`);
      expect([status, body.availability]).toEqual([200, { 'Main Library': null, Elsewhere: true }]);
      expect(body.details[0]).toMatchObject({ available: null, source: 'local', error: 'timeout' });
    },
  );

  it('asks external libraries while the API is still looking for the copies', async () => {
    await open({ AVAILABILITY_TRY_MS: '5000' });
    let tellOfCopies = (): void => undefined;
    const asked = new Promise<void>((resolve) => (tellOfCopies = resolve));
    const elsewhere = await library((_, response) => (sendJson(response, 200, { available: true }), tellOfCopies()));
    house.api.libraries = [local('Main Library', 2), external('Elsewhere', elsewhere.url)];
    house.api.instead = ({ path }, response) => {
      if (!path.endsWith('/availability')) return false;
      const libraries = [{ library: house.api.libraries[0], availableUnits: 2 }];
      void asked.then(() => sendJson(response, 200, { libraries }));
      return true;
    };
    const { body } = await house.get(`/status/${bookId}`);
    expect(body.availability).toEqual({ 'Main Library': true, Elsewhere: true });
  });

  it('is 404 at once when the API knows no copies of such a book, whoever is silent', async () => {
    await open({ AVAILABILITY_BUDGET_MS: '60000', AVAILABILITY_TRY_MS: '60000' });
    const silent = await library(() => undefined);
    house.api.libraries = [external('Silent', silent.url)];
    house.api.instead = ({ path }, response) => {
      if (!path.endsWith('/availability')) return false;
      void eventually(() => expect(silent.seen).toHaveLength(1)).then(() => sendJson(response, 404, {}));
      return true;
    };
    expect(await house.get(`/status/${bookId}`)).toMatchObject({
      status: 404,
      body: { type: '/problems/book-not-found' },
    });
  });

  it('is 404 for a book that nobody knows, and 400 for what is no id', async () => {
    await open();
    const unknown = await house.get(`/status/${newId()}`);
    expect(unknown).toMatchObject({ status: 404, body: { type: '/problems/book-not-found', status: 404 } });
    expect(unknown.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    for (const id of ['1', 'x', '%00', `${bookId}0`, '..%2f..%2fusers', "'"]) {
      expect(await house.get(`/status/${id}`)).toMatchObject({
        status: 400,
        body: { type: '/problems/invalid-input' },
      });
    }
    expect(
      house.api.seen.filter(({ path }) => !path.includes(unknown.body.instance.slice(8)) && path.includes('books')),
    ).toEqual([]);
  });

  it('takes an id in capitals, and a slash at the end', async () => {
    await open();
    expect((await house.get(`/status/${bookId.toUpperCase()}/`)).body).toMatchObject({ bookId });
  });

  const broken: [string, (response: ServerResponse, request: SeenRequest) => void][] = [
    ['is silent', () => undefined],
    ['fails', (response) => sendJson(response, 500, {})],
    ['cuts the connection', (response) => void response.destroy()],
    ['says nothing that we know', (response) => sendJson(response, 200, { available: 'yes' })],
    ['sends no JSON', (response) => void response.end('<html>')],
  ];
  it.each(broken)('is 503 within its time when the API %s', async (_, act) => {
    await open({ AVAILABILITY_BUDGET_MS: '1000', AVAILABILITY_TRY_MS: '300' });
    house.api.instead = (request, response) => (act(response, request), true);
    const started = performance.now();
    const { status, headers, body } = await house.get(`/status/${bookId}`);
    expect(performance.now() - started).toBeLessThan(6000);
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(body).toMatchObject({ type: '/problems/temporarily-unavailable', instance: `/status/${bookId}` });
    expect(body.detail).toMatch(/^The API does not say which libraries there are \([a-z-]+\)/);
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|ECONN|http:/);
  });

  it('is 503 when there is no API at all, and works as soon as there is one', async () => {
    await open({ API_URL: await deadUrl() });
    expect((await house.get(`/status/${bookId}`)).status).toBe(503);
    expect((await house.get('/health')).body).toMatchObject({
      status: 'ok',
      info: { api: { status: 'up', degraded: true } },
    });
  });

  it('asks the API again when it fails for a moment', async () => {
    await open();
    let failures = 0;
    house.api.instead = (_, response) => failures++ < 1 && (sendJson(response, 502, {}), true);
    expect((await house.get(`/status/${bookId}`)).status).toBe(200);
  });

  it('asks the API on behalf of the caller, and external libraries as nobody', async () => {
    await open();
    const elsewhere = await saying(true);
    house.api.libraries = [external('Elsewhere', elsewhere.url)];
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { Authorization: `Bearer ${TOKEN}`, 'X-Request-Id': 'one-of-mine', traceparent };
    const answer = await house.get(`/status/${bookId}`, headers);
    expect(answer.headers.get('x-request-id')).toBe('one-of-mine');
    expect(house.api.seen).toHaveLength(3);
    for (const { headers: told } of house.api.seen) {
      expect(told).toMatchObject({
        authorization: `Bearer ${TOKEN}`,
        'x-request-id': 'one-of-mine',
        traceparent,
        'x-forwarded-for': '127.0.0.1',
      });
    }
    const told = elsewhere.seen[0]?.headers ?? {};
    expect(Object.keys(told).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
  });

  it.each([
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [429, 'too-many-requests'],
  ])('is refused with %d as the API refuses it', async (refusal, problem) => {
    await open();
    house.api.instead = (_, response) => (
      response.setHeader('Retry-After', '7'),
      sendJson(response, refusal, {}),
      true
    );
    const { status, headers, body } = await house.get(`/status/${bookId}`);
    expect([status, body.type]).toEqual([refusal, `/problems/${problem}`]);
    if (refusal === 429) expect(headers.get('retry-after')).toBe('7');
    if (refusal === 401) expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(house.api.seen.length).toBeLessThanOrEqual(3);
  });
});

describe('POST /reserve', () => {
  const wish = { bookId, reservedUntil: '2030-01-31', library: 'Main Library' };
  const reservation = { id: newId(), status: 'active', price: 1.25 };
  const posts = (): SeenRequest[] => house.api.seen.filter(({ method }) => method === 'POST');

  it('passes the body and the token on, once, and gives the answer as it is', async () => {
    await open();
    house.api.instead = ({ headers }, response) => {
      response.writeHead(201, {
        'Content-Type': 'application/json; charset=utf-8',
        Location: `/api/reservations/${reservation.id}`,
        ETag: '"1.x"',
        'X-Request-Id': String(headers['x-request-id']),
        'Set-Cookie': 'of=ours',
      });
      response.end(JSON.stringify(reservation));
      return true;
    };
    const headers = { Authorization: `Bearer ${TOKEN}`, 'Idempotency-Key': 'mine-1', 'X-Request-Id': 'one-of-mine' };
    const answer = await house.post('/reserve', wish, headers);
    expect([answer.status, answer.body]).toEqual([201, reservation]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      location: `/api/reservations/${reservation.id}`,
      etag: '"1.x"',
      'x-request-id': 'one-of-mine',
      'idempotency-key': 'mine-1',
    });
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(posts()).toHaveLength(1);
    const [{ path, body, headers: told }] = posts() as [SeenRequest];
    expect([path, JSON.parse(body)]).toEqual(['/api/reservations', wish]);
    expect(told).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'idempotency-key': 'mine-1',
      'x-request-id': 'one-of-mine',
      'content-type': 'application/json',
    });
  });

  it('makes an Idempotency-Key where none is sent, a new one each time, and tells it', async () => {
    await open();
    house.api.instead = (_, response) => (sendJson(response, 201, reservation), true);
    const keys = [await house.post('/reserve', wish), await house.post('/reserve', wish)].map(({ headers }) =>
      headers.get('idempotency-key'),
    );
    expect(keys.every(isId)).toBe(true);
    expect(new Set(keys).size).toBe(2);
    expect(posts().map(({ headers }) => headers['idempotency-key'])).toEqual(keys);
    expect(posts()[0]?.headers).not.toHaveProperty('authorization');
  });

  it('lets scripts of web pages elsewhere read the key, without which they could not send the same again', async () => {
    const origin = 'https://shop.example';
    await open({ CORS_ORIGINS: origin });
    const { headers } = await house.post('/reserve', wish, { origin });
    expect(headers.get('idempotency-key')).not.toBeNull();
    expect(headers.get('access-control-expose-headers')?.split(', ')).toContain('Idempotency-Key');
  });

  it.each([400, 401, 403, 404, 409, 422, 429, 500, 503])(
    'gives a refusal with %d as it is, and does not ask again',
    async (refusal) => {
      await open();
      const problem = {
        type: '/problems/some',
        title: 'Some',
        status: refusal,
        detail: 'Why.',
        instance: '/api/reservations',
      };
      house.api.instead = (_, response) => {
        response.writeHead(refusal, {
          'Content-Type': 'application/problem+json',
          'Retry-After': '3',
          'WWW-Authenticate': 'Bearer',
        });
        response.end(JSON.stringify(problem));
        return true;
      };
      const { status, headers, body } = await house.post('/reserve', wish);
      expect([status, body, headers.get('content-type')]).toEqual([refusal, problem, 'application/problem+json']);
      expect([headers.get('retry-after'), headers.get('www-authenticate')]).toEqual(['3', 'Bearer']);
      expect(posts()).toHaveLength(1);
    },
  );

  const cuts: [string, (response: ServerResponse) => void][] = [
    ['before the answer', (response) => void response.destroy()],
    ['within the headers', (response) => void response.socket?.end('HTTP/1.1 201 Cre')],
    [
      'within the body',
      (response) => {
        response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': 100 });
        response.write('{"id":', () => response.destroy());
      },
    ],
  ];
  it.each(cuts)('is 502 when the connection is cut %s: it may have happened, and is not sent again', async (_, cut) => {
    await open();
    house.api.instead = (_request, response) => (cut(response), true);
    const { status, headers, body } = await house.post('/reserve', wish, { Authorization: `Bearer ${TOKEN}` });
    expect([status, body.type]).toEqual([502, '/problems/reservation-cut-off']);
    expect(body.detail).toMatch(/may have been made.*Idempotency-Key/);
    const key = headers.get('idempotency-key') ?? '';
    expect(posts().map((one) => one.headers['idempotency-key'])).toEqual([key]);
    // The same again with that key is the same request for the API.
    house.api.instead = (_request, response) => (sendJson(response, 201, reservation), true);
    const again = await house.post('/reserve', wish, { Authorization: `Bearer ${TOKEN}`, 'Idempotency-Key': key });
    expect([again.status, posts()[1]?.headers['idempotency-key'], posts()[1]?.body]).toEqual([
      201,
      key,
      posts()[0]?.body,
    ]);
  });

  it('is 504 when the answer does not come in time: it may have happened, and is not sent again', async () => {
    await open({ AVAILABILITY_RESERVE_MS: '300' });
    house.api.instead = () => true;
    const { status, headers, body } = await house.post('/reserve', wish);
    expect([status, body.type]).toEqual([504, '/problems/reservation-unanswered']);
    expect(headers.get('idempotency-key')).toBe(posts()[0]?.headers['idempotency-key']);
    expect(posts()).toHaveLength(1);
  });

  it('is 503 when there is no API: it was not sent', async () => {
    await open({ API_URL: await deadUrl() });
    const { status, headers, body } = await house.post('/reserve', wish);
    expect([status, body.type, headers.get('retry-after')]).toEqual([503, '/problems/temporarily-unavailable', '1']);
    expect(body.detail).toBe('The API cannot be reached. The reservation was not sent.');
  });

  it.each([
    ['no JSON', '{', 400],
    ['a list', '[]', 400],
    ['nothing', '', 400],
    ['more than a megabyte', JSON.stringify({ bookId: 'x'.repeat(1_100_000) }), 413],
  ])('does not pass on %s', async (_, body, expected) => {
    await open();
    const sent = await house.postText('/reserve', body);
    expect(sent.status).toBe(expected);
    expect(posts()).toEqual([]);
  });

  it('has no token in the log, at any level, whatever happens', async () => {
    await open({ AVAILABILITY_RESERVE_MS: '300' });
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const acts: ((response: ServerResponse) => unknown)[] = [
      (response) => sendJson(response, 201, reservation),
      (response) => sendJson(response, 500, {}),
      (response) => response.destroy(),
      () => undefined,
    ];
    for (const act of acts) {
      house.api.instead = (_, response) => (act(response), true);
      await house.post('/reserve', wish, headers);
      await house.get(`/status/${bookId}`, headers);
    }
    await eventually(() => expect(house.log.filter((line) => line.includes('/reserve')).length).toBeGreaterThan(3));
    expect(house.log.join('')).not.toMatch(/very-secret-payload/);
  });
});

describe('The availability service', () => {
  it('tells of its health, and of the API', async () => {
    await open();
    for (const path of ['/health', '/health/ready', '/api/health']) {
      expect(await house.get(path)).toMatchObject({
        status: 200,
        body: { status: 'ok', info: { api: { status: 'up' } } },
      });
    }
    expect(await house.get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    house.api.instead = (_, response) => (sendJson(response, 500, {}), true);
    const { status, body } = await house.get('/health');
    expect([status, body.info.api]).toMatchObject([200, { status: 'up', degraded: true }]);
  });

  it('documents its routes, answers and refusals, and nothing that it has not', async () => {
    await open();
    const { body } = await house.get('/api/schema');
    expect([body.openapi, body.info.title]).toEqual(['3.1.0', 'Holdfast availability']);
    const paths = Object.entries(body.paths).flatMap(([path, all]) =>
      Object.keys(all as object).map((method) => `${method} ${path}`),
    );
    expect(paths.filter((one) => !one.includes('health')).sort()).toEqual([
      'get /api/metrics',
      'get /metrics',
      'get /status/{bookId}',
      'post /reserve',
    ]);
    const { get } = body.paths['/status/{bookId}'];
    const refusals = ['400', '401', '403', '404', '429', '500', '503'];
    expect(Object.keys(get.responses).sort()).toEqual(['200', ...refusals]);
    expect(get.security).toEqual([{}, { bearer: [] }]);
    const { post } = body.paths['/reserve'];
    expect(post.security).toEqual([{ bearer: [] }]);
    const ofTheBody = ['408', '409', '413', '415', '422', '502', '504'];
    expect(Object.keys(post.responses).sort()).toEqual(['201', ...refusals, ...ofTheBody].sort());
    expect(['404', '409', '422', '429'].map((status) => namedIn(post.responses[status]))).toEqual([
      ['book-not-found', 'customer-not-found', 'library-not-found'],
      ['already-reserved', 'idempotency-key-in-use'],
      [
        'customer-inactive',
        'ends-in-the-past',
        'idempotency-key-reused',
        'longer-than-the-longest-loan',
        'too-many-open-reservations',
      ],
      ['too-many-requests'],
    ]);
    expect(namedIn(get.responses['429'])).toEqual(['too-many-requests']);
    expect(body.components.securitySchemes).toEqual({ bearer: expect.anything() });
    const unresolved = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)].filter(
      ([, kind = '', name = '']) => !body.components[kind]?.[name],
    );
    expect(unresolved).toEqual([]);
    expect((await house.get('/api/docs')).body).toContain('Holdfast availability API');
  });

  it('has a page for each problem that it documents, of its own or passed on, and problems for all else', async () => {
    await open();
    const { paths } = (await house.get('/api/schema')).body;
    const refusals = [paths['/status/{bookId}'].get, paths['/reserve'].post].map(({ responses }) => responses);
    const codes = new Set(refusals.flatMap((responses) => Object.values(responses).flatMap(namedIn)));
    for (const code of ['reservation-cut-off', 'reservation-unanswered', 'already-reserved'])
      expect(codes).toContain(code);
    for (const code of codes) expect([code, (await house.get(`/problems/${code}`)).status]).toEqual([code, 200]);
    expect((await house.get('/problems/some')).status).toBe(404);
    expect(await house.get('/nowhere')).toMatchObject({ status: 404, body: { type: '/problems/not-found' } });
    expect(await house.get('/api/status/x')).toMatchObject({ status: 404 });
    expect(await house.get('/reserve')).toMatchObject({ status: 405, body: { type: '/problems/method-not-allowed' } });
  });

  it('tells in its figures how many libraries it leaves alone now, and not of those whose pause has passed', async () => {
    await open({ AVAILABILITY_BREAKER_FAILURES: '1', AVAILABILITY_BREAKER_OPEN_MS: '600000' });
    const leftAlone = async () =>
      /^holdfast_libraries_left_alone.* (\d+)$/m.exec((await house.get('/metrics')).body)?.[1];
    expect(await leftAlone()).toBe('0');
    house.api.libraries = [external('Gone', await deadUrl())];
    await house.get(`/status/${bookId}`);
    expect(await leftAlone()).toBe('1');
    // It is deleted, so nobody asks it any more.
    house.api.libraries = [];
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 600_000);
    const later = await leftAlone().finally(() => clock.mockRestore());
    expect(later).toBe('0');
  });

  it('says what to do when its port is taken', async () => {
    const taken = String((await saying(true)).port);
    await expect(AvailabilityHouse.open({ AVAILABILITY_PORT: taken })).rejects.toThrow(
      `port ${taken} is taken. Set AVAILABILITY_PORT`,
    );
  });

  it('answers what it was asked before it ends', async () => {
    await open();
    let answer = (): void => undefined;
    const slow = await library((_, response) => (answer = () => sendJson(response, 200, { available: true })));
    house.api.libraries = [external('Slow', slow.url)];
    const asked = house.get(`/status/${bookId}`);
    await eventually(() => expect(slow.seen).toHaveLength(1));
    const closed = house.end();
    answer();
    expect((await asked).body.availability).toEqual({ Slow: true });
    await closed;
  });
});
