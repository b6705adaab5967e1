import { setImmediate as tick } from 'node:timers/promises';
import { Turns } from './turns.js';

describe('Turns', () => {
  /** Works that end when they are told to. */
  const works = () => {
    const begun: string[] = [];
    const ends = new Map<string, (failure?: Error) => void>();
    const work = (name: string) => () =>
      new Promise<string>((resolve, reject) => {
        begun.push(name);
        ends.set(name, (failure) => (failure ? reject(failure) : resolve(name)));
      });
    const end = async (name: string, failure?: Error) => {
      ends.get(name)!(failure);
      await tick();
    };
    return { begun, work, end };
  };

  it('run so many at a time as they are told, and the others in their order', async () => {
    const { begun, work, end } = works();
    const turns = new Turns(2);
    const all = Promise.all(['a', 'b', 'c', 'd'].map((name) => turns.run('key', work(name))));
    await tick();
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    const late = turns.run('key', work('e'));
    await tick();
    expect(begun).toEqual(['a', 'b', 'c']);
    await end('a');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    await end('c');
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
    await end('d');
    await end('e');
    expect(await all).toEqual(['a', 'b', 'c', 'd']);
    expect(await late).toBe('e');
  });

  it('do not wait for those of another key', async () => {
    const { begun, work } = works();
    const turns = new Turns(1);
    void turns.run('one', work('a'));
    void turns.run('another', work('b'));
    await tick();
    expect(begun).toEqual(['a', 'b']);
  });

  it('go on when one of them fails, and leave nothing behind', async () => {
    const { begun, work, end } = works();
    const turns = new Turns(1);
    const failing = turns.run('key', work('a'));
    const next = turns.run('key', work('b'));
    await tick();
    const refused = expect(failing).rejects.toThrow('no');
    await end('a', new Error('no'));
    await refused;
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    expect(await next).toBe('b');
    expect(turns).toHaveProperty('lines.size', 0);
  });
});
