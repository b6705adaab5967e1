import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Crowd, type CrowdLimits, type Outcome, type Patience } from './crowd.js';

const LIMITS: CrowdLimits = { together: 4, atMost: 4, rounds: 1, lanes: 2 };

/** A desk that decides when it is told to; the answer of a request is its name in capitals. */
class Desk {
  readonly rounds: {
    requests: string[];
    patience: Patience;
    end: (outcomes?: Outcome<string>[]) => void;
    fail: (error: Error) => void;
  }[] = [];

  readonly decide = (requests: readonly string[], patience: Patience): Promise<Outcome<string>[]> =>
    new Promise((resolve, reject) => {
      this.rounds.push({
        requests: [...requests],
        patience,
        end: (outcomes) => resolve(outcomes ?? requests.map((request) => ({ answer: request.toUpperCase() }))),
        fail: reject,
      });
    });

  get open(): string[][] {
    return this.rounds.map(({ requests }) => requests);
  }

  round(place: number): (typeof this.rounds)[number] {
    const round = this.rounds[place];
    if (!round) throw new Error(`there is no round ${place}, only ${JSON.stringify(this.open)}`);
    return round;
  }
}

describe('A crowd', () => {
  let desk: Desk;
  const crowdAt = (limits: Partial<CrowdLimits> = {}) =>
    new Crowd(desk.decide, { ...LIMITS, ...limits }, (error) => error === HOPELESS);
  const HOPELESS = new Error('the connection is lost');
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await nextTurn();
  };

  beforeEach(() => {
    desk = new Desk();
  });

  it('lets the first go straight, and decides those together who come meanwhile', async () => {
    const crowd = crowdAt();
    const first = crowd.submit('book', 'a');
    await settled();
    const others = ['b', 'c', 'd'].map((name) => crowd.submit('book', name));
    await settled();
    expect(desk.open).toEqual([['a']]);
    desk.round(0).end();
    expect(await first).toBe('A');
    await settled();
    expect(desk.open).toEqual([['a'], ['b', 'c', 'd']]);
    desk.round(1).end();
    expect(await Promise.all(others)).toEqual(['B', 'C', 'D']);
  });

  it('lets the next round begin before those of the last one have their answers', async () => {
    const crowd = crowdAt();
    let begunByThen: string[][] = [];
    void crowd.submit('book', 'a').then(() => (begunByThen = desk.open));
    await settled();
    void crowd.submit('book', 'b');
    await settled();
    desk.round(0).end();
    await settled();
    expect(begunByThen).toEqual([['a'], ['b']]);
  });

  it('takes half of those who wait when they are many, but never more than it may', async () => {
    const crowd = crowdAt({ atMost: 10 });
    void crowd.submit('book', 'first');
    await settled();
    for (let n = 0; n < 34; n++) void crowd.submit(n % 2 ? 'book' : 'other book', String(n));
    for (let round = 0; round < 6; round++) {
      await settled();
      desk.round(round).end();
    }
    await settled();
    expect(desk.open.map((requests) => requests.length)).toEqual([1, 10, 10, 7, 4, 3]);
  });

  it('lets those go together who come in the same turn of the event loop', async () => {
    const crowd = crowdAt();
    void crowd.submit('book', 'a');
    void crowd.submit('other book', 'b');
    await settled();
    expect(desk.open).toEqual([['a', 'b']]);
  });

  it('takes so many together and no more, the keys in turn, each in the order in which they came', async () => {
    const crowd = crowdAt();
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) void crowd.submit('a', name);
    for (const name of ['b1', 'b2']) void crowd.submit('b', name);
    await settled();
    desk.round(0).end();
    await settled();
    desk.round(1).end();
    await settled();
    expect(desk.open).toEqual([
      ['a1', 'a2', 'a3', 'a4'],
      ['b1', 'b2', 'a5'],
    ]);
  });

  it('decides one key in one round at a time, others beside it', async () => {
    const crowd = crowdAt({ rounds: 3 });
    void crowd.submit('a', 'a1');
    await settled();
    void crowd.submit('a', 'a2');
    void crowd.submit('b', 'b1');
    await settled();
    expect(desk.open).toEqual([['a1'], ['b1']]);
    desk.round(0).end();
    await settled();
    expect(desk.open).toEqual([['a1'], ['b1'], ['a2']]);
  });

  it('gives everyone the own answer or refusal', async () => {
    const crowd = crowdAt();
    const [one, other] = ['a', 'b'].map((name) => crowd.submit('book', name));
    await settled();
    desk.round(0).end([{ refusal: new Error('no') }, { answer: 'yes' }]);
    await expect(one).rejects.toThrow('no');
    expect(await other).toBe('yes');
  });

  it('lets who is busy wait with patience in a lane, and keeps nobody else from a round', async () => {
    const crowd = crowdAt();
    const answers = ['a1', 'b1', 'a2'].map((name) => crowd.submit(name[0] ?? '', name));
    await settled();
    expect(desk.open).toEqual([['a1', 'a2', 'b1']]);
    desk.round(0).end(['busy', 'busy', { answer: 'B1' }]);
    expect(await answers[1]).toBe('B1');
    await settled();
    expect(desk.round(1)).toMatchObject({ requests: ['a1', 'a2'], patience: 'wait' });
    void crowd.submit('b', 'b2');
    const late = crowd.submit('a', 'a3');
    await settled();
    expect(desk.round(2)).toMatchObject({ requests: ['b2'], patience: 'none' });
    desk.round(1).end();
    expect(await Promise.all([answers[0], answers[2]])).toEqual(['A1', 'A2']);
    await settled();
    expect(desk.round(3)).toMatchObject({ requests: ['a3'], patience: 'wait' });
    desk.round(3).end();
    expect(await late).toBe('A3');
  });

  it('opens so many lanes and no more, the next when one has ended, and rounds go on', async () => {
    const crowd = crowdAt({ lanes: 1 });
    const answers = Promise.allSettled(['a', 'b', 'c'].map((name) => crowd.submit(name, name)));
    await settled();
    desk.round(0).end(['busy', 'busy', 'busy']);
    await settled();
    void crowd.submit('d', 'd');
    await settled();
    expect(desk.open.slice(1)).toEqual([['a'], ['d']]);
    desk.round(2).end();
    desk.round(1).end();
    await settled();
    expect(desk.open.slice(3)).toEqual([['b']]);
    desk.round(3).fail(new Error('a fault'));
    await settled();
    desk.round(4).end();
    expect(desk.open.slice(4)).toEqual([['c']]);
    expect(await answers).toMatchObject([{ value: 'A' }, { reason: Error('a fault') }, { value: 'C' }]);
  });

  it('lets no more than so many wait in a lane with what they have, however many there are', async () => {
    const crowd = crowdAt({ atMost: 100 });
    void crowd.submit('book', 'first');
    await settled();
    desk.round(0).end(['busy']);
    await settled();
    for (let n = 0; n < 20; n++) void crowd.submit('book', String(n));
    for (let round = 1; round < 7; round++) {
      desk.round(round).end();
      await settled();
    }
    expect(desk.rounds.slice(1).map(({ requests }) => requests.length)).toEqual([1, 4, 4, 4, 4, 4]);
  });

  it('does not wait for the end of a turn of the event loop that lasts', async () => {
    const crowd = crowdAt({ rounds: 2 });
    const never = jest.spyOn(globalThis, 'setImmediate').mockImplementation(() => ({}) as NodeJS.Immediate);
    try {
      void crowd.submit('a', 'a');
      await sleep(60);
      expect(desk.open).toEqual([]);
      void crowd.submit('b', 'b');
      expect(desk.open).toEqual([['a', 'b']]);
      void crowd.submit('a', 'a2');
      desk.round(0).end();
      await sleep(1);
      expect(desk.open).toEqual([['a', 'b'], ['a2']]);
    } finally {
      never.mockRestore();
    }
  });

  it('is not hurried by those who wait where no round may take them', async () => {
    const crowd = crowdAt({ rounds: 2 });
    void crowd.submit('book', 'first');
    await settled();
    for (let n = 0; n < 9; n++) void crowd.submit('book', String(n));
    for (const key of ['a', 'b', 'c']) void crowd.submit(key, key);
    await settled();
    expect(desk.open).toEqual([['first'], ['a', 'b', 'c']]);
  });

  it('decides one by one, in order, when a round fails: the fault is its owner’s alone', async () => {
    const crowd = crowdAt();
    const answers = ['a', 'poison', 'c'].map((name) => crowd.submit('book', name));
    await settled();
    desk.round(0).fail(new Error('a fault'));
    await settled();
    desk.round(1).end();
    await settled();
    desk.round(2).fail(new Error('a fault of its own'));
    await settled();
    desk.round(3).end();
    expect(desk.open.slice(1)).toEqual([['a'], ['poison'], ['c']]);
    await expect(answers[1]).rejects.toThrow('a fault of its own');
    expect(await Promise.all([answers[0], answers[2]])).toEqual(['A', 'C']);
    const next = ['d', 'e'].map((name) => crowd.submit('book', name));
    await settled();
    expect(desk.open.at(-1)).toEqual(['d', 'e']);
    desk.round(4).end();
    expect(await Promise.all(next)).toEqual(['D', 'E']);
  });

  it('tells everyone at once when it is hopeless', async () => {
    const crowd = crowdAt();
    const answers = ['a', 'b'].map((name) => crowd.submit('book', name));
    await settled();
    desk.round(0).fail(HOPELESS);
    expect(await Promise.allSettled(answers)).toEqual(answers.map(() => ({ status: 'rejected', reason: HOPELESS })));
    await settled();
    expect(desk.open).toHaveLength(1);
  });

  it('never asks twice for what was decided, and never for ever for what was not', async () => {
    const crowd = crowdAt();
    const answers = ['a', 'b'].map((name) => crowd.submit('book', name));
    await settled();
    desk.round(0).end(['busy', { answer: 'B' }]);
    expect(await answers[1]).toBe('B');
    await settled();
    expect(desk.open.at(-1)).toEqual(['a']);
    desk.round(1).end(['busy']);
    await expect(answers[0]).rejects.toThrow('undecided');
  });

  it.each([
    ['at the end of a turn', LIMITS.together],
    ['at once', 1],
  ])('decides outside of whatever the first of them ran in, started %s', async (_, together) => {
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const crowd = new Crowd<string, string>(
      (requests) => {
        seen.push(storage.getStore());
        return Promise.resolve(requests.map((answer) => ({ answer })));
      },
      { ...LIMITS, together },
      () => false,
    );
    await storage.run('the transaction of somebody', () => crowd.submit('book', 'a'));
    expect(seen).toEqual([undefined]);
  });
});
