import { Logger } from '@nestjs/common';
import { Metrics, type Reading } from './metrics.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn']));

const lines = async (metrics: Metrics): Promise<string[]> =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith('holdfast_'));

describe('The metrics', () => {
  let metrics: Metrics;
  beforeEach(() => {
    metrics = new Metrics();
  });

  const watch = (read: () => Reading | Promise<Reading>): void =>
    metrics.watch({
      name: 'shelf',
      figures: { holdfast_books: { help: 'Books.', labels: [] } },
      read: async () => ({ holdfast_books: await read() }),
    });

  it('tell what was counted in this application, and nothing of another one in the process', async () => {
    const other = new Metrics();
    metrics.counter('holdfast_reads_total', 'Reads.', ['of']).inc({ of: 'books' }, 3);
    other.counter('holdfast_reads_total', 'Reads.', ['of']).inc({ of: 'authors' });
    expect(await lines(metrics)).toEqual(['holdfast_reads_total{of="books"} 3']);
    expect(await lines(other)).toEqual(['holdfast_reads_total{of="authors"} 1']);
  });

  it('tell of the process, its memory and the lag of its event loop, in each application', async () => {
    for (const each of [metrics, new Metrics()]) {
      const text = await each.text();
      expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \S+$/m);
      expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    }
  });

  it('ask for what somebody else keeps whenever they are asked', async () => {
    let books = 0;
    watch(() => ++books);
    expect(await lines(metrics)).toEqual(['holdfast_figures_up{source="shelf"} 1', 'holdfast_books 1']);
    expect(await lines(metrics)).toContain('holdfast_books 2');
  });

  it('show one value for each label, forget those that are gone, and call what only grows a counter', async () => {
    let shelves = ['a', 'b'];
    metrics.watch({
      name: 'shelves',
      figures: { holdfast_lent_total: { help: 'Lent.', labels: ['shelf'] } },
      read: () => ({ holdfast_lent_total: shelves.map((shelf) => ({ labels: { shelf }, value: 7 })) }),
    });
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining(['holdfast_lent_total{shelf="a"} 7', 'holdfast_lent_total{shelf="b"} 7']),
    );
    expect(await metrics.text()).toContain('# TYPE holdfast_lent_total counter');
    shelves = ['b'];
    expect(await lines(metrics)).not.toContain('holdfast_lent_total{shelf="a"} 7');
  });

  it('leave out a figure that has no value', async () => {
    watch(() => null);
    expect(await lines(metrics)).toEqual(['holdfast_figures_up{source="shelf"} 1']);
  });

  it('leave out what cannot be read, say so, and show it again when it can', async () => {
    let broken = true;
    watch(() => {
      if (broken) throw new Error('the database is away');
      return 5;
    });
    expect(await lines(metrics)).toEqual(['holdfast_figures_up{source="shelf"} 0']);
    broken = false;
    expect(await lines(metrics)).toEqual(['holdfast_figures_up{source="shelf"} 1', 'holdfast_books 5']);
  });

  it('wait a second for what hangs, do not ask it again meanwhile, and show all the rest', async () => {
    let asked = 0;
    let answer: (value: number) => void = () => undefined;
    watch(() => {
      asked++;
      return new Promise<number>((resolve) => (answer = resolve));
    });
    metrics.counter('holdfast_reads_total', 'Reads.').inc();
    const since = performance.now();
    const shown = await Promise.all([lines(metrics), lines(metrics)]);
    expect(performance.now() - since).toBeLessThan(5_000);
    for (const each of shown) expect(each).toEqual(['holdfast_figures_up{source="shelf"} 0', 'holdfast_reads_total 1']);
    const next = lines(metrics);
    expect(asked).toBe(1);
    answer(4);
    expect(await next).toContain('holdfast_books 4');
  });

  it('refuse a name that is taken', () => {
    metrics.counter('holdfast_reads_total', 'Reads.');
    expect(() => metrics.counter('holdfast_reads_total', 'Reads.')).toThrow('already been registered');
  });
});
