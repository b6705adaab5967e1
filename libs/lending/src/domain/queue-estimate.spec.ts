import { estimateQueue } from './queue-estimate.js';

const HOUR = 3_600_000;
const now = new Date('2026-03-01T00:00:00Z');
const at = (hours: number): Date => new Date(now.getTime() + hours * HOUR);
const copy = (libraryId: string, hours: number) => ({ libraryId, endsAt: at(hours) });
const waiting = (reservationId: string, hours: number, libraryId: string | null = null) => ({
  reservationId,
  libraryId,
  lengthMs: hours * HOUR,
});

describe('the estimate of a queue', () => {
  it('gives the first the copy that is due back first, and the next what follows', () => {
    const estimates = estimateQueue(
      [copy('main', 10), copy('main', 4)],
      [waiting('a', 3), waiting('b', 9), waiting('c', 1)],
      now,
    );
    expect([...estimates]).toEqual([
      ['a', at(4)],
      ['b', at(7)],
      ['c', at(10)],
    ]);
  });

  it('looks only at copies of a library that is accepted', () => {
    const estimates = estimateQueue(
      [copy('main', 10), copy('harbour', 2)],
      [waiting('a', 1, 'main'), waiting('b', 1)],
      now,
    );
    expect(estimates.get('a')).toEqual(at(10));
    expect(estimates.get('b')).toEqual(at(2));
  });

  it('is never in the past, though a copy be overdue', () => {
    expect(estimateQueue([copy('main', -50)], [waiting('a', 1)], now).get('a')).toEqual(now);
  });

  it('is unknown where no accepted library has a copy out', () => {
    expect(estimateQueue([copy('main', 1)], [waiting('a', 1, 'hillside')], now).get('a')).toBeNull();
  });
});
