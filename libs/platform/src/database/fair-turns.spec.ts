import fc from 'fast-check';
import { FairTurns } from './fair-turns.js';

const PATIENCE_MS = 1000;

describe('FairTurns', () => {
  let turns: FairTurns;
  let happened: string[];
  beforeEach(() => {
    jest.useFakeTimers();
    turns = new FairTurns(2, PATIENCE_MS);
    happened = [];
  });
  afterEach(() => jest.useRealTimers());

  const take = (line: string, name = line): void =>
    turns.take(
      () => line,
      () => happened.push(name),
      () => happened.push(`${name} gave up`),
    );
  const giveBack = (times: number): void => {
    for (let n = 0; n < times; n++) turns.giveBack();
  };

  it('gives out as many turns as there are, at once, and does not ask for a line then', () => {
    const line = jest.fn(() => 'a');
    for (let n = 0; n < 3; n++) turns.take(line, () => happened.push('begun'), fail);
    expect(happened).toEqual(['begun', 'begun']);
    expect(line).toHaveBeenCalledTimes(1);
    expect(turns.waiting).toBe(1);
  });

  it('keeps the order of a line', () => {
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) take('a', name);
    giveBack(3);
    expect(happened).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
  });

  it('lets whoever is alone in a line wait for one turn of each other line, not for all who came before', () => {
    for (let n = 1; n <= 6; n++) take('flooded');
    for (let n = 1; n <= 3; n++) take('busy');
    happened = [];
    take('quiet');
    giveBack(6);
    expect(happened).toEqual(['flooded', 'busy', 'quiet', 'flooded', 'busy', 'flooded']);
  });

  it('lets a line that comes again after its turn have the next but for those whose turn was before', () => {
    for (let n = 1; n <= 6; n++) take('flooded');
    happened = [];
    take('quiet');
    giveBack(2);
    giveBack(1);
    take('quiet');
    giveBack(2);
    take('quiet');
    giveBack(1);
    expect(happened).toEqual(['flooded', 'quiet', 'flooded', 'quiet', 'flooded', 'quiet']);
  });

  it('has turns to give out again when nobody waited', () => {
    take('a');
    take('a');
    giveBack(2);
    take('b');
    take('b');
    take('b');
    expect(happened).toEqual(['a', 'a', 'b', 'b']);
  });

  it('lets those give up whose patience ends, and gives their turn to the others', () => {
    take('a');
    take('a');
    take('a', 'early');
    jest.advanceTimersByTime(PATIENCE_MS / 2);
    take('a', 'late');
    take('b', 'other');
    jest.advanceTimersByTime(PATIENCE_MS / 2);
    happened = happened.slice(2);
    expect(happened).toEqual(['early gave up']);
    giveBack(2);
    jest.advanceTimersByTime(10 * PATIENCE_MS);
    expect(happened).toEqual(['early gave up', 'late', 'other']);
    expect(turns.waiting).toBe(0);
  });

  it('never has more at a time, loses nobody, and leaves no turn unused while somebody waits', () => {
    const step = fc.oneof(
      fc.constantFrom('a', 'b', 'c').map((line) => ({ line })),
      fc.constant(null),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (steps, atATime) => {
        const some = new FairTurns(atATime, PATIENCE_MS);
        let [asked, begun, ended] = [0, 0, 0];
        for (const one of steps) {
          if (one) {
            asked++;
            some.take(
              () => one.line,
              () => begun++,
              fail,
            );
          } else if (begun > ended) {
            ended++;
            some.giveBack();
          }
          expect(begun - ended).toBe(Math.min(atATime, asked - ended));
          expect(some.waiting).toBe(asked - begun);
        }
      }),
    );
  });
});

function fail(): never {
  throw new Error('gave up before its patience ended');
}
