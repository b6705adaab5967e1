import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Answer, Client } from './support/client.js';
import {
  BAD_CURSORS,
  BAD_ESCAPES,
  BAD_IDS,
  BAD_QUERIES,
  ENCODINGS,
  NOT_OBJECTS,
  OTHER_MEDIA_TYPES,
  UNREADABLE_BODIES,
} from './support/hostile-values.js';
import { type Installation, startEmbedded } from './support/installation.js';
import { fillPath, type Operation, readOperations } from './support/operations.js';
import { employ, type Person, signInAdmin } from './support/people.js';
import { sendBytes } from './support/raw-http.js';
import { Refusals } from './support/refusals.js';

jest.setTimeout(180_000);

const NOBODY = '01a201b9-0000-7000-8000-00000000dead';
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const json = { 'content-type': 'application/json' };
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** Promise 6 of the house: bad input gets a clear 4xx, never a 5xx, and changes nothing. */
describe('Bad input', () => {
  let holdfast: Installation;
  let admin: Client;
  let operations: Operation[];
  let reader: Person;
  let book: any;
  let reservation: any;
  let library: any;
  let author: any;
  let genre: any;

  beforeAll(async () => {
    holdfast = await startEmbedded();
    admin = await signInAdmin(holdfast.client);
    operations = await readOperations(holdfast.client);
    reader = await employ(admin, 'customer', 'ada');
    const created = await admin.post('/api/books', {
      title: 'Things Fall Apart',
      authors: ['Chinua Achebe'],
      genre: 'Novel',
      price: 19.99,
      units: 1,
      metadata: { subjects: ['Igbo'] },
    });
    book = created.body;
    author = book.authors[0];
    genre = book.genre;
    library = (await admin.get('/api/libraries')).body.items[0];
    const reserved = await reader.client.post('/api/reservations', { bookId: book.id, reservedUntil: inDays(5) });
    reservation = reserved.body;
    expect([created.status, reserved.status]).toEqual([201, 201]);
  });
  afterAll(async () => {
    const [program] = holdfast.programs;
    expect(program?.isRunning).toBe(true);
    await holdfast.close();
  });

  /** All that a client can see, and every event that was told. */
  async function worldOf(): Promise<unknown> {
    const lists = ['books', 'libraries', 'authors', 'genres', 'users', 'customers', 'reservations', 'books/upload'];
    const pages = await Promise.all(lists.map((list) => admin.get(`/api/${list}?limit=100`)));
    const metadata = await admin.get(`/api/books/${book.id}/metadata`);
    const queue = await admin.get(`/api/books/${book.id}/queue`);
    expect([...pages, metadata, queue].map(({ status }) => status)).toEqual(Array(lists.length + 2).fill(200));
    return [...pages, metadata, queue].map(({ body }) => body);
  }

  /** Does what must be refused, and looks whether it was, and whether anything has changed by it. */
  async function refuses(work: (refusals: Refusals) => Promise<void>): Promise<void> {
    const refusals = new Refusals();
    const before = await worldOf();
    const told = (await holdfast.events()).length;
    await work(refusals);
    await refusals.expectPages(holdfast.client);
    expect(refusals.complaints).toEqual([]);
    expect(refusals.count).toBeGreaterThan(0);
    expect(await worldOf()).toEqual(before);
    expect(await holdfast.events()).toHaveLength(told);
  }

  const idOf = (operation: Operation): string => {
    const resource = operation.path.split('/')[2];
    const ids: Record<string, string> = {
      books: book.id,
      libraries: library.id,
      authors: author.id,
      genres: genre.id,
      users: reader.id,
      customers: reader.id,
      reservations: reservation.id,
    };
    return (operation.path.includes('/upload/') ? undefined : ids[resource ?? '']) ?? NOBODY;
  };
  /** The path with ids of what there is. */
  const realPath = (operation: Operation): string =>
    fillPath(operation.path, (name) => (name === 'libraryId' ? library.id : idOf(operation)));
  const withJson = (): Operation[] => operations.filter(({ bodies }) => bodies.includes('application/json'));
  const isLimited = ({ path }: Operation): boolean => path.startsWith('/api/auth/');
  /** Routes with a rate limit may meet it. */
  const orLimited = (operation: Operation, ...statuses: number[]): number[] =>
    isLimited(operation) ? [...statuses, 429] : statuses;

  it('is looked for on every route', () => {
    expect(operations.length).toBeGreaterThan(60);
    expect(withJson().length).toBeGreaterThan(20);
  });

  it('is refused with 400 where a body cannot be read', () =>
    refuses(async (refusals) => {
      for (const operation of withJson()) {
        for (const [what, body] of UNREADABLE_BODIES) {
          const answer = await admin.raw(operation.method, realPath(operation), body, json);
          refusals.expect(`${operation.name} with ${what}`, answer, ...orLimited(operation, 400));
        }
      }
    }));

  it('is refused with 400 where the body is no object, is missing, or has a property that is not known', () =>
    refuses(async (refusals) => {
      for (const operation of withJson()) {
        const isFreeForm = operation.path.endsWith('/metadata');
        const bodies: [string, string | undefined][] = [...NOT_OBJECTS, ['nothing', undefined], ['an empty text', '']];
        if (!isFreeForm)
          bodies.push(['an unknown property', '{"isNotKnown": 1}'], ['one named like a method', '{"toString": 1}']);
        for (const [what, body] of bodies) {
          const answer = await admin.raw(operation.method, realPath(operation), body, json);
          refusals.expect(`${operation.name} with ${what}`, answer, ...orLimited(operation, 400));
        }
      }
    }));

  it('is refused with 415 where the body is of another media type, or of none', () =>
    refuses(async (refusals) => {
      for (const operation of operations.filter(({ method }) => method !== 'GET')) {
        const taken = operation.bodies.length > 0 ? operation.bodies : ['application/json'];
        const isOther = (type: string) => !taken.some((one) => type.startsWith(one));
        const path = operation.bodies.length > 0 ? realPath(operation) : fillPath(operation.path, () => NOBODY);
        if (operation.path.endsWith('/logout')) continue;
        for (const type of OTHER_MEDIA_TYPES.filter(isOther)) {
          const answer = await admin.raw(operation.method, path, 'title=x', { 'content-type': type });
          refusals.expect(`${operation.name} as ${type}`, answer, ...orLimited(operation, 415));
          const offered = answer.headers.get('accept')?.split(', ') ?? [];
          if (taken.some((one) => !offered.includes(one)))
            refusals.complaints.push(`${operation.name} as ${type}: Accept says ${offered.join()}`);
        }
        const untold = await admin.raw(operation.method, path, Buffer.from('{"title": "x"}'));
        refusals.expect(`${operation.name} without a type`, untold, ...orLimited(operation, 415));
      }
    }));

  it('is refused with 415 where the body is encoded, before anything is made of it', () =>
    refuses(async (refusals) => {
      for (const operation of operations.filter(({ bodies }) => bodies.length > 0)) {
        const [type = ''] = operation.bodies;
        for (const encoding of ENCODINGS) {
          const headers = { 'content-type': type, 'content-encoding': encoding };
          const answer = await admin.raw(
            operation.method,
            realPath(operation),
            '{"title": "New", "price": 1}',
            headers,
          );
          refusals.expect(`${operation.name} as ${encoding}`, answer, 415);
          if (answer.headers.get('accept-encoding') !== 'identity')
            refusals.complaints.push(`${operation.name}: no Accept-Encoding`);
        }
      }
      const plain = { ...json, 'content-encoding': 'identity' };
      const read = await admin.raw('POST', '/api/books', '{"title": ""}', plain);
      refusals.expect('POST /api/books as identity', read, 400);
      const nothing = await admin.get('/api/libraries', { 'content-encoding': 'gzip' });
      expect(nothing.status).toBe(200);
    }));

  it('is refused with 415 where a merge patch is sent for more than a patch', () =>
    refuses(async (refusals) => {
      for (const operation of withJson().filter(({ method }) => method !== 'PATCH')) {
        const headers = { 'content-type': 'application/merge-patch+json' };
        const answer = await admin.raw(operation.method, realPath(operation), '{}', headers);
        refusals.expect(operation.name, answer, ...orLimited(operation, 415));
      }
    }));

  it('is refused with 413 where the body is larger than 1 MiB', () =>
    refuses(async (refusals) => {
      const large = JSON.stringify({ title: 'x'.repeat(1_100_000) });
      for (const operation of withJson()) {
        const answer = await admin.raw(operation.method, realPath(operation), large, json);
        refusals.expect(operation.name, answer, ...orLimited(operation, 413));
      }
      const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
      const chunked =
        'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
      refusals.expect(
        'in chunks',
        await sendBytes(holdfast.client.base, `${chunked}${chunk.repeat(20)}0\r\n\r\n`),
        413,
      );
    }));

  it('is refused quickly and briefly also where 100,000 things are wrong with it', () =>
    refuses(async (refusals) => {
      const flood = (separator: string): string =>
        Array.from({ length: 100_000 }, (_, n) => `"${n}"${separator}`).join();
      const bodies = [`{${flood(':1')}}`, `{"login": "a", "password": {${flood(':1')}}}`, `{"login": [${flood('')}]}`];
      for (const body of bodies) {
        const began = performance.now();
        const answer = await holdfast.client.raw('POST', '/api/auth/login', body, json);
        const took = performance.now() - began;
        refusals.expect(`${body.length} bytes`, answer, 400, 413, 429);
        expect(JSON.stringify(answer.body).length).toBeLessThan(50_000);
        expect(took).toBeLessThan(10_000);
      }
    }));

  it('is refused with 400 where an id is no UUID, and with 404 where it is nobody’s', () =>
    refuses(async (refusals) => {
      const withId = operations.filter(({ path }) => /\{\w*id\}/i.test(path));
      for (const operation of withId) {
        for (const bad of BAD_IDS) {
          const path = fillPath(operation.path, () => bad);
          const body = operation.bodies.includes('application/json') ? '{}' : undefined;
          const answer = await admin.raw(operation.method, path, body, body ? json : {});
          refusals.expect(`${operation.method} ${path}`, answer, 400, 404);
        }
        if (operation.bodies.length > 0) continue;
        const answer = await admin.raw(
          operation.method,
          fillPath(operation.path, () => NOBODY),
          undefined,
        );
        refusals.expect(operation.name, answer, 404);
      }
    }));

  it('is refused with 400 where a query parameter is not of its kind', () =>
    refuses(async (refusals) => {
      for (const operation of operations.filter(({ method }) => method === 'GET')) {
        for (const parameter of operation.queryParameters) {
          for (const bad of ['%00', 'a%00b', ...(BAD_QUERIES[parameter] ?? [])]) {
            const answer = await admin.get(`${realPath(operation)}?${parameter}=${bad}`);
            refusals.expect(`${operation.name}?${parameter}=${bad}`, answer, 400);
          }
        }
      }
    }));

  it('is refused with 400 where the address cannot be decoded, with 414 or 431 where it is endless', () =>
    refuses(async (refusals) => {
      for (const bad of BAD_ESCAPES) {
        refusals.expect(`/api/books/${bad}`, await admin.get(`/api/books/${bad}`), 400);
        refusals.expect(`/api/${bad}`, await admin.get(`/api/${bad}`), 400);
      }
      const long = await admin.get(`/api/books?search=${'x'.repeat(30_000)}`);
      refusals.expect('a query of 30,000 characters', long, 400, 414, 431);
      refusals.expect('a path of 30,000', await admin.get(`/api/${'x'.repeat(30_000)}`), 400, 404, 414, 431);
    }));

  it('is refused with 404 where there is no route, and with 405 and Allow where the method is another', () =>
    refuses(async (refusals) => {
      for (const path of [
        '/',
        '/api',
        '/api/nothing',
        '/api/books/x/y/z',
        '/problems/nothing',
        '/api/books;x',
        '/API/books',
      ])
        refusals.expect(path, await admin.get(path), 404);
      const paths = new Set(operations.map(({ path }) => path));
      for (const path of paths) {
        const known = operations.filter((operation) => operation.path === path).map(({ method }) => method);
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((one) => !known.includes(one))) {
          const filled = fillPath(path, () => NOBODY);
          if (
            method !== 'OPTIONS' &&
            operations.some((other) => other.method === method && matches(other.path, filled))
          )
            continue;
          const answer = await admin.raw(method, filled, undefined);
          refusals.expect(`${method} ${path}`, answer, 405);
          const allowed = answer.headers.get('allow')?.split(', ') ?? [];
          if (!known.every((one) => allowed.includes(one)))
            refusals.complaints.push(`${method} ${path}: Allow says ${allowed.join()}`);
        }
      }
    }));

  const matches = (template: string, path: string): boolean =>
    new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);

  it('is refused with 400 where a value of a book is wrong', () =>
    refuses(async (refusals) => {
      const wrong: Record<string, unknown[]> = {
        title: [null, '', '   ', 1, [], {}, 'x'.repeat(501), 'bell \u0007'],
        price: [null, -1, -0.01, 1.005, 0.1 + 0.2, 1e30, 1e-3, '1', [], {}, true],
        isbn: ['', 'x', 1, '9780385474543', '0385474548', '978038547454', '9780385474542 x', [], {}],
        authors: [
          'A',
          [''],
          [null],
          [1],
          [['A']],
          [{}],
          [{ id: 'x' }],
          [{ id: NOBODY, name: 'A' }],
          Array(101).fill('A'),
        ],
        genre: ['', 1, [], {}, 'x'.repeat(101)],
        description: [1, [], {}, 'x'.repeat(20_001), 'bell \u0007'],
        publicationDate: ['', 'x', 1999, '1999-13', '1999-02-30', '99999', '1999-1-1', '1999-01-01T00:00:00Z', {}],
        language: ['', 'x', 1, 'no language', {}],
        units: [-1, 1.5, '1', 1e9, 1e30, [], {}, true],
        holdings: [1, {}, [1], [null], [{}], [{ library: 'Main Library' }], [{ library: 'Main Library', units: -1 }]],
        metadata: [1, [], 'x', { 'a.b': 1 }, { $where: 1 }, { a: { $gt: 1 } }, { '': 1 }],
      };
      const good = { title: 'New', price: 1 };
      for (const [property, values] of Object.entries(wrong)) {
        for (const value of values) {
          const said = `${property} ${JSON.stringify(value)}`;
          refusals.expect(`POST ${said}`, await admin.post('/api/books', { ...good, [property]: value }), 400);
          refusals.expect(`PUT ${said}`, await admin.put(`/api/books/${book.id}`, { ...good, [property]: value }), 400);
          refusals.expect(`PATCH ${said}`, await admin.patch(`/api/books/${book.id}`, { [property]: value }), 400);
        }
      }
      const infinite = await admin.raw('POST', '/api/books', '{"title": "New", "price": 1e999}', json);
      refusals.expect('price 1e999', infinite, 400);
      for (const authors of [[{ id: NOBODY }]])
        refusals.expect('an unknown author', await admin.post('/api/books', { ...good, authors }), 400, 404, 422);
      const unknown = [{ library: 'Nowhere', units: 1 }];
      refusals.expect(
        'an unknown library',
        await admin.post('/api/books', { ...good, holdings: unknown }),
        400,
        404,
        422,
      );
      const twice = [1, 2].map((units) => ({ library: library.name, units }));
      refusals.expect('a library twice', await admin.post('/api/books', { ...good, holdings: twice }), 400, 409, 422);
      const large = { ...good, metadata: { text: 'x'.repeat(70_000) } };
      refusals.expect('metadata over 64 KiB', await admin.post('/api/books', large), 413);
      const metadata = `/api/books/${book.id}/metadata`;
      refusals.expect('its own route', await admin.put(metadata, { text: 'x'.repeat(70_000) }), 413);
    }));

  it('is refused with 400 or 422 where a value of anything else is wrong', () =>
    refuses(async (refusals) => {
      const texts = [null, '', '   ', 1, [], {}, true];
      const users = { username: 'newcomer', email: 'new@x.example', password: 'correct horse battery staple' };
      const accounts: Record<string, unknown[]> = {
        username: [...texts, 'ab', 'x'.repeat(41), 'with space', 'ümlaut', 'a@b', 'a\u0000b', "a'--"],
        email: [
          ...texts,
          'x',
          '@',
          'a@',
          'a b@x.example',
          `${'a'.repeat(250)}@x.example`,
          'a@b@c',
          'a@x.example\nBcc: b@c',
        ],
        password: [...texts, 'short', 'password1234', 'x'.repeat(129)],
      };
      const table: [string, string, Record<string, unknown>, Record<string, unknown[]>][] = [
        [
          'POST',
          '/api/users',
          { ...users, role: 'customer' },
          { ...accounts, role: [null, '', 'root', 'ADMIN', ['admin']] },
        ],
        [
          'POST',
          '/api/customers',
          users,
          { ...accounts, phone: ['', 'x', 1], notifications: [1, [], { email: 'yes' }] },
        ],
        [
          'PATCH',
          `/api/users/${reader.id}`,
          {},
          { username: ['', 1, null], role: ['root', null], isActive: [1, 'no', null] },
        ],
        [
          'PATCH',
          `/api/customers/${reader.id}`,
          {},
          {
            fullName: ['', '   ', 1, 'a\u0007', 'x'.repeat(201)],
            homeLibraryId: ['x', 1],
            notifications: [null, 1, { sms: true }],
          },
        ],
        [
          'POST',
          '/api/libraries',
          { name: 'New' },
          { name: texts, address: [1, 'x'.repeat(501)], statusUrl: ['x', 'ftp://x', 1] },
        ],
        [
          'PATCH',
          `/api/libraries/${library.id}`,
          {},
          { name: texts, statusUrl: ['javascript:alert(1)', 'file:///etc/passwd'] },
        ],
        ['PUT', `/api/books/${book.id}/holdings/${library.id}`, {}, { units: [null, -1, 1.5, '1', 1e30, [], {}] }],
        ['POST', '/api/authors', {}, { name: [...texts, 'x'.repeat(201), 'bell \u0007'] }],
        ['PATCH', `/api/genres/${genre.id}`, {}, { name: [...texts, 'x'.repeat(101)] }],
        [
          'POST',
          '/api/reservations',
          { bookId: book.id, reservedUntil: inDays(5), customerId: reader.id },
          {
            bookId: [...texts, 'x', 'me'],
            reservedUntil: [
              ...texts,
              'tomorrow',
              '2030-02-30',
              '2030-13-01',
              '01/02/2030',
              '2030-01-01T25:00:00Z',
              '0000-00-00',
            ],
            library: ['', 1, [], {}, 'x'.repeat(201)],
            customerId: [...texts, 'x', 'me'],
          },
        ],
        [
          'POST',
          '/api/reservations',
          { bookId: book.id, customerId: reader.id },
          { reservedUntil: ['1999-01-01', inDays(400)] },
        ],
        [
          'POST',
          `/api/reservations/${reservation.id}/renew`,
          {},
          { reservedUntil: [...texts, 'x', '1999-01-01', inDays(400)] },
        ],
      ];
      const nowhere = await admin.patch(`/api/customers/${reader.id}`, { homeLibraryId: NOBODY });
      refusals.expect('a home library that is none', nowhere, 400, 404, 422);
      for (const [method, path, good, wrong] of table) {
        for (const [property, values] of Object.entries(wrong)) {
          for (const value of values) {
            const answer = await admin.raw(method, path, JSON.stringify({ ...good, [property]: value }), json);
            refusals.expect(`${method} ${path} ${property} ${JSON.stringify(value)}`, answer, 400, 422);
          }
        }
      }
    }));

  it('in If-Match makes no change: what is no tag of ours never matches', () =>
    refuses(async (refusals) => {
      for (const tag of [
        'x',
        '""',
        'W/"1.x"',
        '"999.abc"',
        '1',
        '"1',
        '"-1.a"',
        '"1e9.a"',
        ',,,',
        '"a".*',
        '"1.é"'.replace('é', '~'),
      ]) {
        const headers = { 'if-match': tag };
        for (const path of [`/api/books/${book.id}`, `/api/authors/${author.id}`, `/api/libraries/${library.id}`])
          refusals.expect(`PATCH ${path} ${tag}`, await admin.patch(path, {}, headers), 412);
        refusals.expect(`DELETE ${tag}`, await admin.delete(`/api/reservations/${reservation.id}`, headers), 412);
      }
    }));

  it('in a form with a file is refused, and leaves no file behind', () =>
    refuses(async (refusals) => {
      const file = (name = 'file', content = 'title,price\nA,1\n'): string =>
        `--b\r\nContent-Disposition: form-data; name="${name}"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n${content}\r\n`;
      const field = (name: string, value: string): string =>
        `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
      const end = '--b--\r\n';
      const forms: [string, string, string?][] = [
        ['nothing', ''],
        ['only the end', end],
        ['no file', `${field('mode', 'dry-run')}${end}`],
        ['a file of another name', `${file('upload')}${end}`],
        ['two files', `${file()}${file()}${end}`],
        ['a field behind the file', `${file()}${field('mode', 'dry-run')}${end}`],
        ['an unknown field', `${field('mod', 'x')}${file()}${end}`],
        ['__proto__', `${field('__proto__', 'x')}${file()}${end}`],
        ['a field twice', `${field('mode', 'dry-run').repeat(2)}${file()}${end}`],
        ['a mode that is none', `${field('mode', 'wet')}${file()}${end}`],
        ['a mapping that is no JSON', `${field('mapping', '{')}${file()}${end}`],
        ['a mapping of numbers', `${field('mapping', '{"a": 1}')}${file()}${end}`],
        ['a mapping of 100,000 characters', `${field('mapping', `{"a":"${'x'.repeat(100_000)}"}`)}${file()}${end}`],
        ['fifty fields', `${field('mode', 'dry-run').repeat(50)}${file()}${end}`],
        ['no end', file()],
        ['half a header', '--b\r\nContent-Disposition: form-da'],
        ['no disposition', `--b\r\nContent-Type: text/csv\r\n\r\nA\r\n${end}`],
        ['another boundary', `${file()}${end}`, 'multipart/form-data; boundary=c'],
        ['no boundary', `${file()}${end}`, 'multipart/form-data'],
        ['a boundary of 100 characters', `${file()}${end}`, `multipart/form-data; boundary=${'c'.repeat(100)}`],
        ['a header of 100,000 characters', `--b\r\nX: ${'x'.repeat(100_000)}\r\n\r\nA\r\n${end}`],
      ];
      for (const [what, body, type = 'multipart/form-data; boundary=b'] of forms) {
        const answer = await admin.raw('POST', '/api/books/upload', Buffer.from(body), { 'content-type': type });
        refusals.expect(what, answer, 400, 413, 415);
      }
      expect(await readdir(join(holdfast.dataDir, 'uploads')).catch(() => [])).toEqual([]);
    }));

  it('as broken HTTP is refused with a problem document too', () =>
    refuses(async (refusals) => {
      const get = 'GET /health/live HTTP/1.1\r\n';
      const post = 'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
      const requests: [string, string | Buffer, number[]][] = [
        ['no Host', `${get}\r\n`, [400]],
        ['a header with a space in its name', `${get}Host: x\r\nBad Header: 1\r\n\r\n`, [400]],
        ['U+0000 in a header', `${get}Host: x\r\nA: a\0b\r\n\r\n`, [400]],
        ['a folded header', `${get}Host: x\r\nA: a\r\n b\r\n\r\n`, [400]],
        ['a header of 20,000 bytes', `${get}Host: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, [431]],
        ['a version that is none', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', [400]],
        ['a method that is none', 'BREW /api/books HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
        ['a space in the path', 'GET /api/bo oks HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
        ['raw UTF-8 in the path', 'GET /api/b\u00f6oks HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
        ['no slash', 'GET api/books HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
        ['bytes of TLS', Buffer.from('16030100a5010000a103', 'hex'), [400]],
        ['two lengths', `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, [400]],
        ['a length and chunks', `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, [400]],
        ['an encoding that is none', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, [400]],
        ['a chunk that is none', `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`, [400]],
        ['a negative length', `${post}Content-Length: -1\r\n\r\n`, [400]],
        ['a length beyond reason', `${post}Content-Length: ${'9'.repeat(30)}\r\n\r\n{}`, [400, 413]],
        ['a length of 99 GB', `${post}Content-Length: 99999999999\r\n\r\n{}`, [413]],
        ['TRACE', 'TRACE /api/books HTTP/1.1\r\nHost: x\r\n\r\n', [405]],
        ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', [400, 404, 405]],
        [
          'a way out of the documentation',
          'GET /api/docs/../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n',
          [400, 403, 404],
        ],
        ['an encoded way out', 'GET /api/docs/%2e%2e/%2e%2e/package.json HTTP/1.1\r\nHost: x\r\n\r\n', [400, 403, 404]],
      ];
      for (const [what, bytes, statuses] of requests)
        refusals.expect(what, await sendBytes(holdfast.client.base, bytes), ...statuses);
    }));

  it('that is only strange is no fault: signs and scripts of any kind in a search find what they find', async () => {
    const refusals = new Refusals();
    const signs = [
      '%25',
      '_',
      '%25%25',
      "'",
      '%22',
      '%5C',
      '%5C%25',
      '%F0%9F%92%A9',
      '%00',
      '%FF',
      '%E2%80%AE',
      '*',
      ':*',
      '%26',
      '!',
      '(',
      '%3C-%3E',
      '%20',
      '+',
    ];
    for (const { name, path, queryParameters } of operations.filter(({ method }) => method === 'GET')) {
      for (const parameter of queryParameters.filter((one) =>
        ['search', 'author', 'genre', 'library', 'language'].includes(one),
      ))
        for (const sign of signs)
          refusals.expectNoFault(
            `${name}?${parameter}=${sign}`,
            await admin.get(`${fillPath(path, () => author.id)}?${parameter}=${sign}`),
          );
    }
    for (const query of ['search=%25', 'search=_', 'search=%5C', "author='", 'genre=%25'])
      expect([query, (await admin.get(`/api/books?${query}`)).body.total]).toEqual([query, 0]);
    for (const query of [
      'metadata.a=%00',
      'metadata.%00=1',
      'metadata.__proto__=1',
      'metadata.$where=1',
      'metadata.a.b=1',
      'metadata.=1',
    ])
      refusals.expect(query, await admin.get(`/api/books?${query}`), 400);
    expect(refusals.complaints).toEqual([]);
  });

  it(`at random, 1,500 times over all routes, is never a fault of ours (FUZZ_SEED=${SEED})`, async () => {
    const refusals = new Refusals();
    const oneOf = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
    const garbage = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      oneOf(...BAD_IDS.map(decodeLeniently), ...BAD_CURSORS, ...Object.values(BAD_QUERIES).flat().map(decodeLeniently)),
    );
    const id = fc.oneof(oneOf(NOBODY, book.id, author.id, library.id, reservation.id), fc.uuid(), garbage);
    const value = fc.oneof(fc.jsonValue(), garbage, id, fc.double(), fc.date().map(String));
    const properties = [
      'title',
      'price',
      'isbn',
      'authors',
      'genre',
      'units',
      'holdings',
      'metadata',
      'name',
      'username',
      'email',
    ];
    const more = [
      'role',
      'bookId',
      'reservedUntil',
      'customerId',
      'library',
      'login',
      'password',
      'refreshToken',
      'statusUrl',
    ];
    const object = fc.dictionary(fc.oneof(oneOf(...properties, ...more), fc.string()), value, { maxKeys: 6 });
    const request = fc.record({
      // The stream of a reservation that is there does not end.
      operation: oneOf(...operations.filter(({ path }) => !/logout|sessions|reservations\/\{id\}\/events/.test(path))),
      ids: fc.array(id, { minLength: 3, maxLength: 3 }),
      query: fc.dictionary(fc.oneof(oneOf(...Object.keys(BAD_QUERIES)), garbage), garbage, { maxKeys: 4 }),
      body: fc.oneof(
        { weight: 4, arbitrary: object.map((one) => JSON.stringify(one)) },
        { weight: 1, arbitrary: garbage },
      ),
      type: fc.oneof(
        { weight: 6, arbitrary: oneOf('application/json') },
        {
          weight: 1,
          arbitrary: oneOf('application/x-www-form-urlencoded', 'multipart/form-data; boundary=b', 'text/plain'),
        },
      ),
      header: fc.oneof(oneOf('"1.a"', '*', 'W/"x"'), fc.string({ unit: 'grapheme-ascii' })),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ operation, ids, query, body, type, header }) => {
        let next = 0;
        const path = fillPath(operation.path, () => encodeURIComponent((ids[next++] ?? '').toWellFormed()) || 'x');
        const search = new URLSearchParams(Object.entries(query)).toString();
        const headers = { 'if-match': header, 'if-none-match': header, 'idempotency-key': header };
        const sent = operation.method === 'GET' ? undefined : body;
        const answer = await admin.raw(operation.method, `${path}?${search}`, sent, {
          ...headers,
          'content-type': type,
        });
        refusals.expectNoFault(`${operation.name} ${path}?${search} ${type} ${body}`, answer);
        if (refusals.complaints.length > 0) throw new Error(refusals.complaints.pop());
      }),
      { numRuns: 1500, seed: SEED, endOnFailure: false },
    );
    await refusals.expectPages(holdfast.client);
    expect(refusals.complaints).toEqual([]);
    const health = await holdfast.client.get('/health/ready');
    expect(health.status).toBe(200);
  });

  const decodeLeniently = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };

  it('has changed nothing of what it aimed at', async () => {
    const answers: Answer[] = await Promise.all([
      reader.client.get('/api/auth/me'),
      reader.client.get(`/api/reservations/${reservation.id}`),
      admin.get('/api/auth/me'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers[0]?.body).toMatchObject({ role: 'customer' });
    expect(answers[1]?.body).toMatchObject({ status: expect.stringMatching(/active|cancelled|completed/) });
  });
});
