import { COPY_MS, HotKeys } from './hot-keys.js';

describe('The keys that a process reads often', () => {
  let now: number;
  let keys: HotKeys;
  beforeEach(() => {
    now = 1000;
    keys = new HotKeys(() => now);
  });
  const read = (times: number, key = 'book') => Array.from({ length: times }, () => keys.read(key)).at(-1);
  const keep = (text: string, key = 'book') => keys.keeper(key)?.(text);

  it('are those that are read eight times in a tenth of a second', () => {
    read(7);
    expect(keys.keeper('book')).toBeUndefined();
    read(1);
    expect(keys.keeper('book')).toBeDefined();
    expect(keys.keeper('other')).toBeUndefined();
  });

  it('are not those that are read eight times in a second', () => {
    for (let i = 0; i < 30; i++, now += 125) read(1);
    expect(keys.keeper('book')).toBeUndefined();
  });

  it('stay hot from one tenth of a second to the next, and are not any more after a pause', () => {
    read(8);
    now += 150;
    read(1);
    expect(keys.keeper('book')).toBeDefined();
    now += 150;
    read(1);
    expect(keys.keeper('book')).toBeUndefined();
    read(8);
    now += 250;
    read(1);
    expect(keys.keeper('book')).toBeUndefined();
  });

  it('have copies that end so long after the question, not after the answer', () => {
    read(8);
    const keeper = keys.keeper('book');
    now += COPY_MS - 1;
    keeper?.('Emma');
    expect(read(1)).toBe('Emma');
    now += 1;
    expect(read(1)).toBeUndefined();
  });

  it('have no copy of an answer that was too late', () => {
    read(8);
    const keeper = keys.keeper('book');
    now += COPY_MS;
    keeper?.('Emma');
    expect(read(1)).toBeUndefined();
  });

  it('have no copy once they were forgotten, nor one of an answer to what was asked before', () => {
    read(8);
    const before = keys.keeper('book');
    keep('Emma');
    keys.forget('book');
    expect(read(1)).toBeUndefined();
    before?.('Emma');
    expect(read(10)).toBeUndefined();
  });

  it('are counted anew when they were forgotten', () => {
    read(8);
    keys.forget('book');
    read(7);
    expect(keys.keeper('book')).toBeUndefined();
  });

  it('keep the copy while they are counted on', () => {
    read(90);
    now += 80;
    keep('Emma');
    now += 30;
    expect(read(1)).toBe('Emma');
  });

  it('take no more room than 16 MiB, and not more for many small ones than for 1000', () => {
    const text = 'x'.repeat(64 * 1024);
    for (let i = 0; i < 2000; i++) {
      read(8, `book ${i}`);
      keep(text, `book ${i}`);
      expect(keys.bytes).toBeLessThanOrEqual(16 * 1024 * 1024);
    }
    expect(keys.bytes).toBeGreaterThan(15 * 1024 * 1024);
    expect(read(1, 'book 1999')).toBe(text);

    keys.clear();
    for (let i = 0; i < 20_000; i++) read(1, `book ${i}`);
    expect(keys.bytes).toBeLessThan(1000 * 300);
  });

  it('have no copy of what is larger than all of that', () => {
    read(8);
    keep('x'.repeat(9 * 1024 * 1024));
    expect(read(1)).toBeUndefined();
    expect(keys.bytes).toBeLessThan(1000);
  });
});
