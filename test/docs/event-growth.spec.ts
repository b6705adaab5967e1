import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventRegistry } from '@holdfast/composition';
import { fieldsOf, jsonSchemaOf } from '../../libs/platform/src/messaging/contract/data-schema.js';

/** Where an event goes, what it is about, and each field of its data with its type. */
type Contract = Record<string, Record<string, string>>;

const PATH = join(import.meta.dirname, 'promised-events.json');

const current: Contract = Object.fromEntries(
  eventRegistry()
    .entries()
    .map(([name, type]) => [
      name,
      {
        '(exchange)': type.exchange,
        '(subject)': type.subject,
        ...Object.fromEntries(fieldsOf(jsonSchemaOf(type)).map((field) => [field.name, field.type])),
      },
    ]),
);

/** With what is new: events, and fields that are optional. Nothing that was promised once is changed. */
const grownBy = (before: Contract, now: Contract): Contract => {
  const grown = Object.entries(now).map(([name, fields]): [string, Record<string, string>] => {
    const known = before[name];
    if (!known) return [name, fields];
    const added = Object.entries(fields).filter(([field, type]) => !(field in known) && type.endsWith(', optional'));
    return [name, { ...known, ...Object.fromEntries(added) }];
  });
  return { ...before, ...Object.fromEntries(grown) };
};

let promised = JSON.parse(readFileSync(PATH, 'utf8')) as Contract;
if (process.env.UPDATE_DOCS === '1') {
  promised = grownBy(promised, current);
  writeFileSync(PATH, `${JSON.stringify(promised, null, 2)}\n`);
}

/** A list of values may get more of them. */
const isKept = (before: string, now: string | undefined): boolean =>
  now === before || !!now?.startsWith(`${before}, "`);

/** What consumers were promised and would not get any more. */
const broken = (before: Contract, now: Contract): string[] =>
  Object.entries(before).flatMap(([name, fields]) =>
    Object.entries(fields)
      .filter(([field, type]) => !isKept(type, now[name]?.[field]))
      .map(([field, type]) => `${name} ${field}: ${type}, now ${now[name]?.[field] ?? 'gone'}`),
  );

describe('The schema of an event', () => {
  it('keeps all that was promised once', () => {
    expect(broken(promised, current)).toEqual([]);
  });

  it('is promised with all that it has: UPDATE_DOCS=1 writes down what is new and optional', () => {
    expect(broken(current, promised).filter((complaint) => complaint.endsWith('gone'))).toEqual([]);
  });

  it('may get events, optional fields and values, and nothing else may change', () => {
    const before = { book_created: { id: 'uuid' }, book_lost: { id: 'uuid', state: '"a", "b"' } };
    const now = {
      book_created: { id: 'uuid', note: 'string, optional', place: 'string' },
      book_lost: { id: 'uuid', state: '"a", "b", "c"' },
      book_found: { id: 'uuid' },
    };
    expect(broken(before, now)).toEqual([]);
    expect(grownBy(before, now)).toEqual({
      book_created: { id: 'uuid', note: 'string, optional' },
      book_lost: before.book_lost,
      book_found: { id: 'uuid' },
    });
    expect(broken(now, { book_created: { id: 'uuid or null', note: 'string', place: 'string' } })).toEqual([
      'book_created id: uuid, now uuid or null',
      'book_created note: string, optional, now string',
      'book_lost id: uuid, now gone',
      'book_lost state: "a", "b", "c", now gone',
      'book_found id: uuid, now gone',
    ]);
  });
});
