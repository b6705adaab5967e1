import { newId } from '@holdfast/kernel';
import { eventually } from '@holdfast/platform/testing';
import { BookMetadata } from '../../libs/catalog/src/application/book-metadata.js';
import { type Answer, type CatalogApp, catalogApp } from '../../libs/catalog/testing/catalog-app.js';
import { MongoStandIn } from '../../libs/platform/src/testing/mongo/index.js';

const KIB_64 = 65_536;
const versionIn = ({ headers }: Answer): number => Number(/^"(\d+)/.exec(String(headers.etag))?.[1]);
const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
/** Exactly so many bytes as JSON in UTF-8. */
const ofBytes = (bytes: number, letter = 'x'): string => {
  const room = bytes - '{"a":""}'.length;
  const letters = Math.floor(room / Buffer.byteLength(letter));
  return JSON.stringify({ a: letter.repeat(letters) + 'y'.repeat(room - letters * Buffer.byteLength(letter)) });
};

const UNFIT = Object.entries({
  'an operator': '{"$where":"1"}',
  'an operator within': '{"a":{"b":[{"$gt":1}]}}',
  'a key with a dot': '{"a.b":1}',
  'a key with a dot within': '{"a":[[{"b.c":1}]]}',
  'an empty key': '{"":1}',
  'an empty key within': '{"a":{"":1}}',
  'a key of 201 characters': JSON.stringify({ ['k'.repeat(201)]: 1 }),
  'a key of 10,000 characters': JSON.stringify({ ['k'.repeat(10_000)]: 1 }),
  'a key with U+0000': '{"a\\u0000b":1}',
  'a key with a line break': '{"a\\nb":1}',
  'a key that is half of a pair': '{"\\ud83d":1}',
  'the key __proto__': '{"__proto__":{"a":1}}',
  '__proto__ within': '{"a":{"__proto__":1}}',
  'the key constructor': '{"constructor":{"prototype":{"a":1}}}',
  'prototype within': '{"a":[{"prototype":1}]}',
  "the driver's own mark": '{"a":{"_bsontype":"ObjectId","id":"x"}}',
  'the mark of a binary': '{"_bsontype":"Binary"}',
  'a value with U+0000': '{"a":"\\u0000"}',
  'a value that is half of a pair': '{"a":["\\udc00"]}',
  'a number beyond all': '{"a":1e400}',
  'a number below all': '{"a":{"b":[-1e400]}}',
  '33 levels': nested(33),
  '1,000 levels': nested(1000),
  'a list': '[1]',
  'a text': '"a"',
  number: '7',
  'no JSON': '{"a":}',
  'no UTF-8': '{"a":"\\',
});

/** What is sent, and what is shown: numbers are doubles, keys are in order. */
const FIT: [string, string, string][] = [
  ['nothing', '{}', '{}'],
  ['keys out of order', '{"b":{"d":1,"c":[{"f":1,"e":2}]},"a":1}', '{"a":1,"b":{"c":[{"e":2,"f":1}],"d":1}}'],
  ['keys that are numbers', '{"b":1,"10":1,"9":1,"-1":1}', '{"9":1,"10":1,"-1":1,"b":1}'],
  ['a key twice', '{"a":1,"a":2}', '{"a":2}'],
  [
    'names of methods',
    '{"toString":1,"then":2,"toJSON":3,"length":4}',
    '{"length":4,"then":2,"toJSON":3,"toString":1}',
  ],
  ['dollars and dots elsewhere', '{"a$":"$where","US$":"a.b.$"}', '{"US$":"a.b.$","a$":"$where"}'],
  ['numbers', '[1.0,-0,0.1,1e2,5e-324,1.7976931348623157e308]', '[1,0,0.1,100,5e-324,1.7976931348623157e+308]'],
  [
    'whole numbers beyond a double',
    '[9007199254740993,12345678901234567890]',
    '[9007199254740992,12345678901234567000]',
  ],
  ['what looks like a date', '["2024-02-30T00:00:00.000Z","2024-01-01"]', '["2024-02-30T00:00:00.000Z","2024-01-01"]'],
  ['nothing in many ways', '[null,"",[],{},false,0]', '[null,"",[],{},false,0]'],
  [
    'other scripts',
    '["é","e\\u0301","漢字","😀","\\u2028","\\ufeff","\\u200f"]',
    JSON.stringify(['é', 'e\u0301', '漢字', '😀', '\u2028', '\ufeff', '\u200f']),
  ],
  ['lists in lists', '[[[[1],[]],[[2]]]]', '[[[[1],[]],[[2]]]]'],
  ['32 levels', nested(32), nested(32)],
];

function contract(start: () => Promise<{ env: Record<string, string>; stop(): Promise<unknown> }>): void {
  let catalogue: CatalogApp;
  let stop: () => Promise<unknown>;
  beforeAll(async () => {
    const store = await start();
    stop = () => store.stop();
    catalogue = await catalogApp(store.env);
    await eventually(() => catalogue.app.get(BookMetadata).read(newId()));
  });
  afterAll(async () => {
    await catalogue.close();
    await stop();
  });

  const write = (method: string, id: string, body: unknown, headers: Record<string, string> = {}) =>
    catalogue.call(method, `/books/${id}/metadata`, { as: 'editor', body, headers });
  /** As it is shown by its own route and with the book: the same text. */
  const shown = async (id: string): Promise<string> => {
    const [own, book] = await Promise.all(['/metadata', ''].map((of) => catalogue.call('GET', `/books/${id}${of}`)));
    expect(JSON.stringify(book?.body.metadata)).toBe(JSON.stringify(own?.body));
    return JSON.stringify(own?.body);
  };
  const versionOf = async (id: string): Promise<number> => (await catalogue.call('GET', `/books/${id}`)).body.version;

  it.each(FIT)('keeps %s', async (_what, sent, expected) => {
    const [body, result] = sent.startsWith('[') ? [`{"list":${sent}}`, `{"list":${expected}}`] : [sent, expected];
    const { id } = await catalogue.book();
    expect(JSON.stringify((await write('PUT', id, body)).body)).toBe(result);
    expect(await shown(id)).toBe(result);
    const other = await catalogue.call('POST', '/books', {
      as: 'editor',
      body: `{"title":"T","price":1,"metadata":${body}}`,
    });
    expect(JSON.stringify(other.body.metadata)).toBe(result);
    expect(await shown(other.body.id)).toBe(result);
    expect(versionIn(await write('PUT', other.body.id, result))).toBe(1);
  });

  describe('refuses, and changes nothing:', () => {
    let id: string;
    beforeAll(async () => {
      ({ id } = await catalogue.book({ metadata: { a: 1 } }));
    });
    const refuses = (answer: Answer): void => {
      expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 400, body: { status: 400 } });
      expect(['/problems/invalid-input', '/problems/malformed-request']).toContain(answer.body.type);
    };

    it.each(UNFIT)('%s', async (_what, body) => {
      for (const method of ['PUT', 'PATCH']) {
        refuses(await write(method, id, body));
        refuses(await catalogue.call(method, `/books/${id}`, { as: 'editor', body: wrapped(body) }));
      }
      refuses(await catalogue.call('POST', '/books', { as: 'editor', body: wrapped(body) }));
      expect(await shown(id)).toBe('{"a":1}');
      expect(await versionOf(id)).toBe(1);
      expect(({} as Record<string, unknown>).a).toBeUndefined();
    });
    const wrapped = (body: string): string => `{"title":"T","price":1,"metadata":${body}}`;
  });

  it('takes 64 KiB of UTF-8 and not one byte more, also after a merge', async () => {
    const { id } = await catalogue.book();
    for (const letter of ['x', 'é', '漢', '😀', '\u0001', '"']) {
      const exact = letter === '\u0001' || letter === '"' ? ofBytes(KIB_64) : ofBytes(KIB_64, letter);
      expect(Buffer.byteLength(exact)).toBe(KIB_64);
      expect((await write('PUT', id, exact)).status).toBe(200);
      expect((await shown(id)).length).toBe(exact.length);
      const tooMuch = await write('PUT', id, ofBytes(KIB_64 + 1, letter === '\u0001' || letter === '"' ? 'x' : letter));
      expect(tooMuch).toMatchObject({ status: 413, body: { type: '/problems/metadata-too-large' } });
      expect(await write('PATCH', id, '{"b":1}')).toMatchObject({ status: 413 });
      expect((await shown(id)).length).toBe(exact.length);
    }
    expect(await write('PATCH', id, '{"a":null,"b":1}')).toMatchObject({ status: 200, body: { b: 1 } });
  });

  // RFC 7396, appendix A: as they are where target and patch are objects, within a member where they are not.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['{"m":["a","b"]}', '{"m":["c","d"]}', '{"m":["c","d"]}'],
    ['{"m":{"a":"b"}}', '{"m":["c"]}', '{"m":["c"]}'],
    ['{"m":{"a":"foo"}}', '{"m":null}', '{}'],
    ['{"m":{"a":"foo"}}', '{"m":"bar"}', '{"m":"bar"}'],
    ['{"e":null}', '{"a":1}', '{"a":1,"e":null}'],
    ['{"m":[1,2]}', '{"m":{"a":"b","c":null}}', '{"m":{"a":"b"}}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('merges into %s the patch %s: %s', async (target, patch, result) => {
    const [own, within] = await Promise.all([catalogue.book(), catalogue.book()]);
    for (const { id } of [own, within]) expect((await write('PUT', id, target)).status).toBe(200);
    expect(JSON.stringify((await write('PATCH', own.id, patch)).body)).toBe(result);
    const body = `{"metadata":${patch}}`;
    const merged = await catalogue.call('PATCH', `/books/${within.id}`, { as: 'editor', body });
    expect(JSON.stringify(merged.body.metadata)).toBe(result);
    for (const { id } of [own, within]) expect(await shown(id)).toBe(result);
  });

  it('has the version of its book: 304 to who knows it, 412 to who knows an older one', async () => {
    const { id } = await catalogue.book({ metadata: { a: 1 } });
    const first = await catalogue.call('GET', `/books/${id}/metadata`);
    expect([first.status, first.body, versionIn(first)]).toEqual([200, { a: 1 }, 1]);
    const known = { headers: { 'if-none-match': `"0", W/${String(first.headers.etag)}` } };
    expect(await catalogue.call('GET', `/books/${id}/metadata`, known)).toMatchObject({ status: 304, body: null });
    const ifFirst = { 'if-match': String(first.headers.etag) };
    const changed = await write('PATCH', id, '{"b":2}', ifFirst);
    expect([changed.status, changed.body, versionIn(changed)]).toEqual([200, { a: 1, b: 2 }, 2]);
    for (const method of ['PUT', 'PATCH']) {
      const stale = await write(method, id, '{"c":3}', ifFirst);
      expect(stale).toMatchObject({ status: 412, body: { type: '/problems/precondition-failed' } });
    }
    const now = await catalogue.call('GET', `/books/${id}/metadata`, known);
    expect([now.status, now.headers.etag]).toEqual([200, changed.headers.etag]);
    expect(await shown(id)).toBe('{"a":1,"b":2}');
  });

  it('makes one event of a change, and none where nothing is different', async () => {
    const { id } = await catalogue.book({ metadata: { b: [1, { d: 1, c: 2 }], a: 'x' } });
    const same = ['{}', '{"a":"x"}', '{"none":null}', '{"b":[1,{"c":2,"d":1}]}', '{"b":[1.0,{"d":1e0,"c":2}]}'];
    for (const body of same) expect(versionIn(await write('PATCH', id, body))).toBe(1);
    expect(versionIn(await write('PUT', id, '{"a":"x","b":[1,{"c":2,"d":1}]}'))).toBe(1);
    expect(versionIn(await write('PATCH', id, '{"a":"y"}'))).toBe(2);
    const events = await catalogue.events(`books/${id}`);
    expect(events.map(({ type, data }) => [type, data.changed])).toEqual([
      ['book_created', undefined],
      ['book_updated', ['metadata']],
    ]);
  });

  it('is no null on its own, and emptied by a null in a change of the book', async () => {
    const { id } = await catalogue.book({ metadata: { a: 1 } });
    for (const method of ['PUT', 'PATCH']) expect(await write(method, id, 'null')).toMatchObject({ status: 400 });
    expect(await shown(id)).toBe('{"a":1}');
    await catalogue.call('PATCH', `/books/${id}`, { as: 'editor', body: { metadata: null } });
    expect(await shown(id)).toBe('{}');
  });

  it('is emptied by a replacement of the book that does not name it, and left by a patch that does not', async () => {
    const { id } = await catalogue.book({ metadata: { a: 1 } });
    await catalogue.call('PATCH', `/books/${id}`, { as: 'editor', body: { price: 2 } });
    expect(await shown(id)).toBe('{"a":1}');
    await catalogue.call('PUT', `/books/${id}`, { as: 'editor', body: { title: 'T', price: 2 } });
    expect(await shown(id)).toBe('{}');
  });

  it('filters a list, by several values and beside a search; a key that can be none is refused', async () => {
    const shelf = newId();
    const one = await catalogue.book({ title: 'Emma', metadata: { shelf, floor: 2, tags: ['a', 'b'] } });
    const two = await catalogue.book({ title: 'Ulysses', metadata: { shelf, floor: '2' } });
    const list = async (query: string) => {
      const { status, body } = await catalogue.call('GET', `/books?${query}`);
      expect(status).toBe(200);
      return (body.items as { id: string }[]).map(({ id }) => id);
    };
    expect(await list(`metadata.shelf=${shelf}`)).toEqual([one.id, two.id]);
    expect(await list(`metadata.shelf=${shelf}&metadata.floor=2`)).toEqual([one.id, two.id]);
    expect(await list(`metadata.shelf=${shelf}&metadata.tags=b`)).toEqual([one.id]);
    expect(await list(`metadata.shelf=${shelf}&search=ulyss`)).toEqual([two.id]);
    expect(await list(`metadata.shelf=${shelf}&metadata.floor=3`)).toEqual([]);
    for (const query of [
      'metadata.a.b=1',
      'metadata.$where=1',
      'metadata.=1',
      'metadata.__proto__=1',
      'metadata._bsontype=1',
      'metadata.a=%00',
      `metadata.a=${'x'.repeat(201)}`,
      'metadata.a=1&metadata.a=2',
    ]) {
      expect(await catalogue.call('GET', `/books?${query}`)).toMatchObject({ status: 400 });
    }
  });
}

describe('The metadata of books over HTTP, in PostgreSQL', () =>
  contract(() => Promise.resolve({ env: {}, stop: () => Promise.resolve() })));

describe('The metadata of books over HTTP, in the stand-in of MongoDB', () =>
  contract(async () => {
    const standIn = await MongoStandIn.start();
    return { env: { MONGODB_URL: `${standIn.url}holdfast` }, stop: () => standIn.stop() };
  }));
