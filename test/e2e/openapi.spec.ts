import { eventually } from '@holdfast/platform/testing';
import { DocumentedApi, type DocumentedOperation, type Placed } from './support/documented-api.js';
import { type Installation, startEmbedded } from './support/installation.js';
import { type Schema, SchemaChecker } from './support/json-schema.js';
import { signInAdmin } from './support/people.js';

jest.setTimeout(120_000);

const SHOP = 'https://shop.example';

/** What is called here, step by step; generated.spec.ts calls every operation. */
const SCOPE = /^\/api\/(books|authors|genres|libraries|logs)(\/|$)/;
/** Whose failures have another form: a report of health, and the errors of OAuth (RFC 6749, section 5.2). */
const OTHER_FAILURES = /^(\/api)?\/health(\/|$)|^\/api\/auth\/token$/;

/** The document that the running program serves, and whether the program does what it says. */
describe('The OpenAPI document', () => {
  let holdfast: Installation;
  let api: DocumentedApi;
  let described: DocumentedOperation[];

  beforeAll(async () => {
    holdfast = await startEmbedded({ CORS_ORIGINS: SHOP });
    const { body } = await holdfast.client.get('/api/schema');
    api = new DocumentedApi(body, await signInAdmin(holdfast.client));
    described = api.operations.filter(({ path }) => SCOPE.test(path));
  });
  afterAll(() => holdfast?.close());

  const wrong = (complain: (one: DocumentedOperation) => string[], among = api.operations): string[] => [
    ...new Set(among.flatMap((one) => complain(one).map((complaint) => `${one.name}: ${complaint}`))),
  ];

  describe('by itself', () => {
    it('says in a few words what each operation does, and what each answer is', () => {
      expect(described.length).toBeGreaterThan(30);
      expect(api.operations.length).toBeGreaterThan(2 * 30);
      expect(wrong(({ operation }) => (operation.summary ? [] : ['has no summary']))).toEqual([]);
      expect(
        wrong(({ responses }) => responses.filter(([, { description }]) => !description).map(([status]) => status)),
      ).toEqual([]);
    });

    it('shows an example, or the possible values, of everything that is sent or shown', () => {
      const complaints = wrong((one) => {
        const parameters = one.parameters('query', 'path', 'header').map(({ name, schema }): Placed => [name, schema]);
        const parts = [...parameters, ...one.contents, ...one.headers].flatMap((placed) => partsOf(placed));
        return parts.filter(([, schema]) => !isShown(schema)).map(([place]) => place);
      });
      expect(complaints).toEqual([]);
    });

    it('has only examples and defaults that are as their schemas say', () => {
      const roots = [
        ...Object.entries<Schema>(api.document.components.schemas),
        ...api.operations.flatMap((one) => [
          ...one
            .parameters('query', 'path', 'header')
            .map(({ name, schema }): Placed => [`${one.name} ${name}`, schema]),
          ...one.contents.map(([type, schema]): Placed => [`${one.name} ${type}`, schema]),
        ]),
      ];
      const parts = roots.flatMap((root) => partsOf(root, true));
      const complaints = parts.flatMap(([place, schema]) =>
        [schema.example, schema.default]
          .filter((value) => value !== undefined)
          .flatMap((value) => api.checker.complaints(schema, value, place)),
      );
      expect([...new Set(complaints)]).toEqual([]);
      expect(parts.length).toBeGreaterThan(200);
    });

    it('names the problems of each refusal by their codes, and shows each', () => {
      const problems: Schema = api.document.components.examples;
      const complaints = wrong(({ path, responses }) =>
        responses.flatMap(([status, { description, content }]) => {
          if (Number(status) < 400 || OTHER_FAILURES.test(path)) return [];
          const examples: Schema = content?.['application/problem+json']?.examples ?? {};
          const named: string[] = description.match(/[a-z]+(?:-[a-z]+)+/g) ?? [];
          const untrue = Object.entries<Schema>(examples).filter(
            ([code, { $ref }]) =>
              $ref !== `#/components/examples/${code}` || problems[code]?.value.status !== Number(status),
          );
          return [
            ...(Object.keys(examples).length === 0 ? [`${status} has no problem`] : []),
            ...named.filter((code) => !(code in examples)).map((code) => `${status} names ${code}`),
            ...untrue.map(([code]) => `${status} shows ${code}`),
          ];
        }),
      );
      expect(complaints).toEqual([]);
      const shown = Object.values(problems).flatMap(({ value }) =>
        api.checker.complaints({ $ref: '#/components/schemas/Problem' }, value),
      );
      expect(shown).toEqual([]);
    });

    it('tells of the headers that lead on, and of the versions of what can change', () => {
      const complaints = wrong((one) => {
        const has = (status: string, header: string): boolean => !!one.operation.responses[status]?.headers?.[header];
        const page = one.operation.responses['200']?.content?.['application/json']?.schema ?? {};
        const isPage = 'nextCursor' in (api.checker.resolve(page).properties ?? {});
        const asked = one.parameters('header').map(({ name }) => name);
        const changes = /^(PUT|PATCH|DELETE)$/.test(one.method);
        const told: [wanted: boolean, given: boolean, what: string][] = [
          [isPage, has('200', 'Link'), 'Link'],
          [one.method === 'POST', has('201', 'Location') || has('202', 'Location'), 'Location'],
          [changes, asked.includes('If-Match') && !!one.operation.responses['412'], 'If-Match'],
          [!!one.operation.responses['304'], asked.includes('If-None-Match') && has('200', 'ETag'), 'If-None-Match'],
        ];
        return told.filter(([wanted, given]) => wanted !== given).map(([, , what]) => what);
      }, described);
      expect(complaints).toEqual([]);
    });

    it('tells only of headers that scripts of web pages elsewhere may read', async () => {
      const { headers } = await holdfast.client.get('/api/books', { origin: SHOP });
      const readable = String(headers.get('access-control-expose-headers')).toLowerCase().split(', ');
      const told = api.operations.flatMap(({ operation }) =>
        Object.values<Schema>(operation.responses).flatMap((response) => Object.keys(response.headers ?? {})),
      );
      expect(new Set(told).size).toBeGreaterThan(5);
      expect([...new Set(told)].filter((name) => !readable.includes(name.toLowerCase()))).toEqual([]);
    });

    it('offers both forms of JSON for a patch', () => {
      const patches = described.filter(({ method }) => method === 'PATCH');
      const forms = patches.map(({ operation }) => Object.keys(operation.requestBody.content).join());
      expect(new Set(forms)).toEqual(new Set(['application/json,application/merge-patch+json']));
    });
  });

  /** A schema and all that it is made of. Where there is an example of the whole, its parts need none. */
  function partsOf([place, schema]: Placed, beneathExamples = false, seen = new Set<Schema>()): Placed[] {
    const resolved = api.checker.resolve(schema);
    if (seen.has(resolved)) return [];
    seen.add(resolved);
    const properties = Object.entries<Schema>(resolved.properties ?? {});
    const inner: Placed[] = [
      ...properties.map(([name, one]): Placed => [`${place}/${name}`, one]),
      ...(resolved.items ? [[`${place}/*`, resolved.items] as Placed] : []),
      ...[...(resolved.anyOf ?? []), ...(resolved.oneOf ?? [])].map((one: Schema): Placed => [place, one]),
    ];
    const needed = resolved.example === undefined || beneathExamples ? inner : [];
    return [[place, resolved], ...needed.flatMap((one) => partsOf(one, beneathExamples, seen))];
  }

  const isShown = (schema: Schema): boolean =>
    ['example', 'enum', 'properties', 'items', 'anyOf', 'oneOf'].some((keyword) => schema[keyword] !== undefined) ||
    schema.type === 'null' ||
    schema.format === 'binary';

  describe('is true of what the program answers', () => {
    let book: any;
    let library: any;

    it('when something is made of its examples', async () => {
      library = (await api.call('POST /api/libraries', { body: api.exampleFor('POST /api/libraries') })).body;
      const body = api.exampleFor('POST /api/books');
      const made = await api.call('POST /api/books', { body });
      book = made.body;
      expect([made.status, (await api.call('POST /api/books', { body })).status]).toEqual([201, 409]);
      expect((await api.call('POST /api/books', { body: { title: '' } })).status).toBe(400);
      expect((await api.with(holdfast.client).call('POST /api/books', { body })).status).toBe(401);
    });

    const idsFor = (path: string): Record<string, string> => {
      const ids: Record<string, string> = { authors: book.authors[0].id, genres: book.genre.id, libraries: library.id };
      return { id: ids[path.split('/')[2] ?? ''] ?? book.id, bookId: book.id };
    };

    it('when something is read, by any of its parameters, again, and when there is nothing', async () => {
      for (const { name, path, operation } of described.filter(({ method }) => method === 'GET')) {
        if (path.includes('/upload/')) continue;
        const ids = idsFor(path);
        const { status, headers } = await api.call(name, { ids });
        expect([name, status]).toEqual([name, 200]);
        if (operation.responses['304']) {
          const again = await api.call(name, { ids, headers: { 'if-none-match': String(headers.get('etag')) } });
          expect([name, again.status]).toEqual([name, 304]);
        }
        if (path.includes('{')) expect([name, (await api.call(name)).status]).toEqual([name, 404]);
      }
    });

    it('when a list is asked for with any example of a parameter', async () => {
      for (const one of described.filter(({ method }) => method === 'GET')) {
        for (const { name, schema } of one.parameters('query').filter((parameter) => parameter.name !== 'cursor')) {
          const value = encodeURIComponent(String(schema.example ?? schema.enum[0]));
          const query = `?${name.replace('<key>', 'publisher')}=${value}`;
          const { status } = await api.call(one.name, { ids: idsFor(one.path), query });
          expect([one.name, query, status]).toEqual([one.name, query, 200]);
        }
      }
    });

    it.each(['PUT', 'PATCH'].flatMap((method) => [`${method} /api/books/{id}`, `${method} /api/books/{id}/metadata`]))(
      'when something is changed: %s',
      async (name) => {
        const body = api.exampleFor(name);
        const ids = { id: book.id };
        expect((await api.call(name, { ids, body })).status).toBe(200);
        expect((await api.call(name, { body })).status).toBe(404);
        expect((await api.call(name, { ids, body, headers: { 'if-match': '"99.stale"' } })).status).toBe(412);
      },
    );

    it('when copies and libraries are changed', async () => {
      const put = 'PUT /api/books/{bookId}/holdings/{libraryId}';
      const patch = 'PATCH /api/libraries/{id}';
      const holding = { bookId: book.id, libraryId: library.id };
      const ids = { id: library.id };
      expect((await api.call(put, { ids: holding, body: api.exampleFor(put) })).status).toBe(200);
      expect((await api.call('DELETE /api/libraries/{id}', { ids })).status).toBe(409);
      const ended = await api.call('DELETE /api/books/{bookId}/holdings/{libraryId}', { ids: holding });
      expect(ended.status).toBe(204);
      expect((await api.call(patch, { ids, body: api.exampleFor(patch) })).status).toBe(200);
      expect((await api.call('DELETE /api/libraries/{id}', { ids })).status).toBe(204);
    });

    it.each(['authors', 'genres'])('when %s are', async (kind) => {
      const ids = idsFor(`/api/${kind}`);
      expect((await api.call(`DELETE /api/${kind}/{id}`, { ids })).status).toBe(409);
      const made = await api.call(`POST /api/${kind}`, { body: { name: `One more of the ${kind}` } });
      const taken = await api.call(`POST /api/${kind}`, { body: api.exampleFor(`POST /api/${kind}`) });
      expect([made.status, taken.status]).toEqual([201, 409]);
      const own = { id: made.body.id };
      const renamed = await api.call(`PATCH /api/${kind}/{id}`, { ids: own, body: { name: `Another of the ${kind}` } });
      expect(renamed.status).toBe(200);
      expect((await api.call(`DELETE /api/${kind}/{id}`, { ids: own })).status).toBe(204);
    });

    it('when a book is deleted', async () => {
      const ids = { id: book.id };
      expect((await api.call('DELETE /api/books/{id}', { ids })).status).toBe(204);
      expect((await api.call('DELETE /api/books/{id}', { ids })).status).toBe(404);
    });

    it('when books are imported', async () => {
      const body = new FormData();
      body.append('file', new Blob(['title,price\nEmma,free\nSanditon,1\n'], { type: 'text/csv' }), 'books.csv');
      const ids = { uploadId: (await api.call('POST /api/books/upload', { body })).body.uploadId as string };
      const read = () => api.call('GET /api/books/upload/{uploadId}', { ids });
      await eventually(async () => expect((await read()).body.status).toBe('completed'), 60_000);
      expect((await api.call('GET /api/books/upload/{uploadId}/errors.csv', { ids })).status).toBe(200);
      expect((await api.call('GET /api/books/upload/{uploadId}/events', { ids })).status).toBe(200);
      expect((await api.call('DELETE /api/books/upload/{uploadId}', { ids })).status).toBe(409);
    });

    it('everywhere', () => {
      expect(api.complaints).toEqual([]);
      const isSeen = ({ name }: DocumentedOperation): boolean =>
        api.answered.get(name)?.some((status) => status < 300) ?? false;
      // To cancel an upload in time is a matter of luck.
      const unseen = described.filter((one) => !isSeen(one)).map(({ name }) => name);
      expect(unseen).toEqual(['DELETE /api/books/upload/{uploadId}']);
    });
  });
});

describe('The checker of schemas', () => {
  const NOBODY = '0199a1b2-0000-7000-8000-00000000dead';
  const book: Schema = {
    type: 'object',
    required: ['id'],
    properties: { id: { type: 'string', format: 'uuid' }, price: { type: ['number', 'null'], maximum: 9 } },
  };
  const checker = new SchemaChecker({ Book: book });
  const books: Schema = { type: 'array', items: { $ref: '#/components/schemas/Book' } };

  it('sees what is wrong', () => {
    expect(
      checker.complaints(books, [
        { id: NOBODY, price: 9 },
        { id: NOBODY, price: null },
      ]),
    ).toEqual([]);
    for (const value of [{}, [{}], [{ id: 'x' }], [{ id: NOBODY, price: 10 }], [{ id: NOBODY, more: 1 }], [null]])
      expect([value, checker.complaints(books, value).length]).toEqual([value, 1]);
    expect(checker.complaints({ oneOf: [{ type: 'string' }, { enum: ['a'] }] }, 'a')).toHaveLength(1);
    expect(checker.complaints({ anyOf: [{ type: 'string' }, { type: 'null' }] }, 1)).toHaveLength(1);
  });

  it('refuses what it does not know', () => {
    expect(() => checker.complaints({ type: 'string', dependentRequired: {} }, 'x')).toThrow('dependentRequired');
    expect(() => checker.complaints({ type: 'string', format: 'isbn' }, 'x')).toThrow('isbn');
    expect(() => checker.complaints({ $ref: '#/components/schemas/Nothing' }, 'x')).toThrow('Nothing');
  });
});
