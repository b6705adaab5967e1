import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { getMetadataStorage } from 'class-validator';
import fc from 'fast-check';
import { InputPipe, PageQuery } from '@holdfast/platform';
import { quickAccept } from '../../libs/platform/src/http/quick-accept.js';

type DtoClass = new () => object;
type Entry = [name: string, value: unknown];
type Source = 'body' | 'query';

const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const RUNS = 4000;
const SOME_ID = '0199a1b2-0000-7000-8000-000000000001';

/** A value of each property that its rules let pass. A property of the same name in another class may want another. */
const GOOD: Record<string, unknown> = {
  ...{ limit: '20', offset: '0', cursor: 'Zl8gYm9va3M', search: 'dispossessed', sort: 'title', available: 'true' },
  ...{ minPrice: '5', maxPrice: '12.50', publishedFrom: '1970', publishedTo: '1979-05', author: 'Le Guin' },
  ...{ from: '2026-01-01', to: '2036-02-01T00:00:00Z', level: 'warn', requestId: 'a-1', app: 'api' },
  ...{ consumer: 'notifications', mapping: '{}', mode: 'dry-run', onExisting: 'skip', overdue: 'true' },
  ...{ title: ' The  Dispossessed', price: 9.99, isbn: '978-0-06-105488-4', genre: 'Novel', language: 'en' },
  ...{ description: 'A long text', publicationDate: '1974-05', units: 3, authors: ['Ursula K. Le Guin'] },
  ...{
    library: 'Main Library',
    name: 'Harbour  Branch ',
    address: ' 1 Harbour Street',
    statusUrl: 'https://a.example',
  },
  ...{ bookId: SOME_ID, customerId: SOME_ID, userId: SOME_ID, actorId: SOME_ID, uploadedBy: SOME_ID },
  ...{ reservedUntil: '2030-01-31', username: 'ada', email: 'ada@example.org', login: 'ada', role: 'editor' },
  ...{ password: 'notes on the engine', currentPassword: 'a', newPassword: 'a brass cog', isActive: 'true' },
  ...{ otp: '042117', resetToken: 'a', refreshToken: 'b', action: 'changed', status: 'active' },
  ...{ fullName: 'Ada Lovelace', phone: '+44 20 7946 0958', homeLibraryId: SOME_ID },
  ...{ holdings: null, metadata: null, notifications: undefined },
};
const GOOD_OF: Record<string, Record<string, unknown>> = {
  NotificationsInput: { email: true },
  UserChangesInput: { isActive: false },
  UploadListQuery: { status: 'queued' },
};

const TEXTS = [
  '',
  ' ',
  ' a ',
  '\0',
  'a\0',
  '\u0007',
  'true',
  'false',
  '5',
  '-1',
  '101',
  '1000001',
  '1e1',
  '2030-02-31',
  SOME_ID,
];
const LONG = [36, 41, 51, 101, 201, 255, 501, 1001, 2001, 20_001].map((length) => 'a'.repeat(length));
const NUMBERS = [0, -1, 1.5, 0.001, 100_001, 1e21, NaN, Infinity];
const LISTS = [
  [],
  ['a'],
  ['a', 'a\0'],
  [null],
  [[]],
  [{}],
  [undefined],
  Array<unknown>(2),
  Array<string>(101).fill('a'),
];
const OBJECTS: unknown[] = [
  {},
  { email: true },
  { email: 'x' },
  { toString: 1 },
  { library: 'A', units: 1 },
  new Date(0),
  Buffer.from('a'),
];
const HOSTILE = [...TEXTS, ...LONG, ...NUMBERS, ...LISTS, ...OBJECTS, [OBJECTS[4]], null, undefined, true, false];
const NAMES = [
  'toString',
  'constructor',
  '__proto__',
  'prototype',
  'hasOwnProperty',
  'then',
  'metadata.key',
  'other',
  '',
];

/** Of JSON, of a query string as Fastify reads it, and without any. */
const PROTOTYPES: (object | null)[] = [Object.prototype, Object.create(null) as object, null];

function objectOf(prototype: object | null, entries: readonly Entry[]): object {
  const made = Object.create(prototype) as object;
  // Not by assignment, which takes __proto__ for something else.
  for (const [name, value] of entries) {
    Object.defineProperty(made, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return made;
}

const propertiesOf = (dtoClass: DtoClass): string[] => [
  ...new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(dtoClass, '', false, false)
      .map((rule) => rule.propertyName),
  ),
];
const goodOf = (dtoClass: DtoClass): Entry[] =>
  propertiesOf(dtoClass).map((name) => [name, { ...GOOD, ...GOOD_OF[dtoClass.name] }[name]]);

/** Every class with rules in the files of DTOs. */
async function readDtoClasses(): Promise<DtoClass[]> {
  const root = join(__dirname, '../../libs');
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.dto.ts'));
  const modules = await Promise.all(files.map((file) => import(join(root, file)) as Promise<Record<string, unknown>>));
  const found = modules.flatMap((module) => Object.values(module)).filter((value) => typeof value === 'function');
  return [PageQuery, ...(found as DtoClass[])].filter((found) => propertiesOf(found).length > 0);
}

/** Mostly as the class wants it: else nothing would be accepted. */
function entriesFor(dtoClass: DtoClass): fc.Arbitrary<Entry[]> {
  const hostile = fc.constantFrom(...HOSTILE, ...Object.values(GOOD));
  const slots = goodOf(dtoClass).map(([name, good]) =>
    fc.oneof(
      { weight: 16, arbitrary: fc.constant<Entry[]>([[name, good]]) },
      { weight: 6, arbitrary: fc.constant<Entry[]>([]) },
      { weight: 2, arbitrary: hostile.map((value): Entry[] => [[name, value]]) },
    ),
  );
  const unknown = fc.tuple(fc.constantFrom(...NAMES), hostile);
  const others = fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(unknown) });
  return fc
    .tuple(fc.tuple(...slots), others)
    .chain(([own, more]) => fc.shuffledSubarray([...own.flat(), ...more], { minLength: own.flat().length }));
}

/** ValidationPipe and the quick way beside it are asked the same. */
describe('The quick acceptor', () => {
  const pipe = new InputPipe();
  let classes: DtoClass[];

  beforeAll(async () => {
    classes = await readDtoClasses();
  });

  it('accepts a good example of every class of input', () => {
    expect(classes.length).toBeGreaterThan(30);
    const left = classes.filter((dtoClass) => !quickAccept(dtoClass, objectOf(null, goodOf(dtoClass))));
    expect(left.map(({ name }) => name)).toEqual([]);
  });

  it(`accepts nothing but what ValidationPipe makes the same of, and changes nothing of it (seed ${SEED})`, async () => {
    let accepted = 0;
    const requests = fc.constantFrom(...classes).chain((dtoClass) =>
      fc.record({
        dtoClass: fc.constant(dtoClass),
        type: fc.constantFrom<Source>('body', 'query'),
        prototype: fc.constantFrom(...PROTOTYPES),
        entries: entriesFor(dtoClass),
      }),
    );
    const same = fc.asyncProperty(requests, async ({ dtoClass, type, prototype, entries }) => {
      const sent = objectOf(prototype, entries);
      const before = Object.entries(sent);
      const quick = quickAccept(dtoClass, sent);
      expect(Object.entries(sent)).toEqual(before);
      if (!quick) return;
      const slow = (await pipe.check(sent, { type, metatype: dtoClass })) as object;
      expect([dtoClass.name, isDeepStrictEqual(quick, slow)]).toEqual([dtoClass.name, true]);
      expect(Object.keys(quick)).toEqual(Object.keys(slow));
      expect(Object.getPrototypeOf(quick)).toBe(Object.getPrototypeOf(slow));
      accepted += 1;
    });
    await fc.assert(same, { seed: SEED, numRuns: RUNS });
    expect(accepted).toBeGreaterThan(RUNS / 10);
  });
});
