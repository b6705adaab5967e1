import fc from 'fast-check';
import { availabilityOf, availableIn, type LibraryAnswer } from './library-answer.js';

const answers = (...all: [library: string, available: boolean | null][]): LibraryAnswer[] =>
  all.map(([library, available]) => ({ library, available, source: 'external', latencyMs: 1 }));

describe('The answers of libraries', () => {
  it('are told by name, also those that are none', () => {
    const told = availabilityOf(answers(['Quay', true], ['Hill', false], ['Moor', null]));
    expect(told).toEqual({ Quay: true, Hill: false, Moor: null });
  });

  it('of libraries with the same name hide no copy, and no answer behind a silence', () => {
    expect(availabilityOf(answers(['Quay', true], ['Quay', false], ['Quay', null]))).toEqual({ Quay: true });
    expect(availabilityOf(answers(['Quay', null], ['Quay', false]))).toEqual({ Quay: false });
    expect(availabilityOf(answers(['Quay', false], ['Quay', true]))).toEqual({ Quay: true });
    expect(availabilityOf(answers(['Quay', null], ['Quay', null]))).toEqual({ Quay: null });
  });

  it('are told of a library whatever its name is', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toString', '1'))), (names) => {
        const told = JSON.parse(
          JSON.stringify(
            availabilityOf(
              answers(
                ...names.map((name) => [name, true] as const).map(([name, yes]): [string, boolean] => [name, yes]),
              ),
            ),
          ),
        );
        expect(Object.keys(told).sort()).toEqual(names.toSorted());
      }),
    );
  });
});

describe('The body of an external library', () => {
  it.each([
    ['{"available":true}', true],
    [' {"available" : false, "copies": 0} ', false],
  ])('%j says %j', (body, available) => expect(availableIn(body)).toBe(available));

  it.each([
    ...['', 'true', 'null', '[]', '{}', '"available"', '{"available":"true"}', '{"available":1}', '{"available":null}'],
    ...['[{"available":true}]', '{"Available":true}', '{"available":true', '{"available":true}x', '\u0000', '<html>'],
    ...[`${'['.repeat(16_000)}`, '{"__proto__":{"available":true}}'],
  ])('%j says nothing', (body) => expect(availableIn(body)).toBeNull());

  it('says nothing, or what it says, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (body) => {
        expect([true, false, null]).toContain(availableIn(body));
      }),
    );
  });
});
