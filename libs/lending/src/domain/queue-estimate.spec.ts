import fc from 'fast-check';
import { type Copy, estimateQueue, type Waiting } from './queue-estimate.js';

const HOUR = 3_600_000;
const now = Date.parse('2026-03-01T00:00:00Z');
const at = (hours: number): number => now + hours * HOUR;
const copy = (libraryId: string, hours: number): Copy => ({ libraryId, freeAt: at(hours) });
const waiting = (hours: number, libraryId: string | null = null): Waiting => ({ libraryId, lengthMs: hours * HOUR });

/** The same, hour by hour as a librarian would: who is first looks through all copies, and takes one. */
function simulate(copies: readonly Copy[], queue: readonly Waiting[]): (number | null)[] {
  const shelf = copies.map(({ libraryId, freeAt }) => ({ libraryId, freeAt: Math.max(freeAt, now) }));
  return queue.map(({ libraryId, lengthMs }) => {
    const [first] = shelf
      .filter((one) => libraryId === null || one.libraryId === libraryId)
      .sort((one, other) => one.freeAt - other.freeAt || (one.libraryId < other.libraryId ? -1 : 1));
    if (!first) return null;
    const from = first.freeAt;
    first.freeAt += lengthMs;
    return from;
  });
}

describe('the estimate of a queue', () => {
  it('gives the first the copy that comes free first, and the next what follows', () => {
    const queue = [waiting(3), waiting(9), waiting(1)];
    expect(estimateQueue([copy('main', 10), copy('main', 4)], queue, now)).toEqual([at(4), at(7), at(10)]);
  });

  it('looks only at copies of a library that is accepted', () => {
    const queue = [waiting(1, 'main'), waiting(1)];
    expect(estimateQueue([copy('main', 10), copy('harbour', 2)], queue, now)).toEqual([at(10), at(2)]);
  });

  it('is never in the past, though a copy be overdue', () => {
    expect(estimateQueue([copy('main', -50)], [waiting(1), waiting(1)], now)).toEqual([now, at(1)]);
  });

  it('is unknown where no accepted library has a copy', () => {
    expect(estimateQueue([copy('main', 1)], [waiting(1, 'hillside'), waiting(1)], now)).toEqual([null, at(1)]);
    expect(estimateQueue([], [waiting(1)], now)).toEqual([null]);
  });

  const libraries = fc.constantFrom('harbour', 'hillside', 'main');
  const hours = fc.integer({ min: -20, max: 60 });
  const someCopies = fc.array(
    fc.tuple(libraries, hours).map(([library, end]) => copy(library, end)),
    { maxLength: 12 },
  );
  const someQueue = fc.array(
    fc
      .tuple(fc.integer({ min: 1, max: 40 }), fc.option(libraries))
      .map(([length, library]) => waiting(length, library)),
    { maxLength: 40 },
  );

  it('is what a simulation gives, copy by copy', () => {
    fc.assert(
      fc.property(someCopies, someQueue, (copies, queue) => {
        expect(estimateQueue(copies, queue, now)).toEqual(simulate(copies, queue));
      }),
      { numRuns: 1000 },
    );
  });

  it('never lies in the past, and is a date exactly where an accepted library has a copy', () => {
    fc.assert(
      fc.property(someCopies, someQueue, (copies, queue) => {
        estimateQueue(copies, queue, now).forEach((from, place) => {
          const accepted = copies.filter(({ libraryId }) =>
            [null, libraryId].includes(queue[place]?.libraryId ?? null),
          );
          expect(from === null).toBe(accepted.length === 0);
          if (from !== null) expect(from).toBeGreaterThanOrEqual(now);
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('does not change with who comes later', () => {
    fc.assert(
      fc.property(someCopies, someQueue, fc.nat(), (copies, queue, cut) => {
        const some = cut % (queue.length + 1);
        const all = estimateQueue(copies, queue, now);
        expect(estimateQueue(copies, queue.slice(0, some), now)).toEqual(all.slice(0, some));
      }),
      { numRuns: 1000 },
    );
  });
});
