import { oneAhead } from './one-ahead.js';

async function* numbers(log: string[], failAt = Infinity): AsyncGenerator<number> {
  try {
    for (let n = 1; n <= 3; n++) {
      await Promise.resolve();
      if (n === failAt) throw new Error(`no ${n}`);
      log.push(`made ${n}`);
      yield n;
    }
  } finally {
    log.push('closed');
  }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('reading one ahead', () => {
  it('makes the next item while one is worked on, and no more', async () => {
    const log: string[] = [];
    for await (const n of oneAhead(numbers(log))) {
      await turn();
      log.push(`took ${n}`);
    }
    expect(log).toEqual(['made 1', 'made 2', 'took 1', 'made 3', 'took 2', 'closed', 'took 3']);
  });

  it('throws what goes wrong in its turn', async () => {
    const log: string[] = [];
    const read = async (): Promise<void> => {
      for await (const n of oneAhead(numbers(log, 2))) {
        await turn();
        log.push(`took ${n}`);
      }
    };
    await expect(read()).rejects.toThrow('no 2');
    expect(log).toEqual(['made 1', 'closed', 'took 1']);
  });

  it('closes the source when the reader stops early', async () => {
    const log: string[] = [];
    for await (const n of oneAhead(numbers(log))) {
      log.push(`took ${n}`);
      break;
    }
    expect(log).toEqual(['made 1', 'made 2', 'took 1', 'closed']);
  });
});
