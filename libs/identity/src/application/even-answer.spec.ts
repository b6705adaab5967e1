import { setTimeout as sleep } from 'node:timers/promises';
import { EVEN_ANSWER_MS, evenly, failEvenly } from './even-answer.js';

/** How many whole steps the answer took. A timer may ring a millisecond early. */
async function stepsOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await evenly(work).catch(() => undefined);
  return Math.floor((performance.now() - begun + 2) / EVEN_ANSWER_MS);
}

describe('An even answer', () => {
  it('comes no sooner when there was nothing to do, or when it is an error', async () => {
    const [nothing, failure] = await Promise.all([
      stepsOf(() => Promise.resolve()),
      stepsOf(() => Promise.reject(new Error('no'))),
    ]);
    expect(nothing).toBeGreaterThanOrEqual(1);
    expect(failure).toBeGreaterThanOrEqual(1);
  });

  it('waits for the next step when the work took longer than one', async () => {
    expect(await stepsOf(() => sleep(EVEN_ANSWER_MS + 20))).toBeGreaterThanOrEqual(2);
  });

  it('can be for errors only', async () => {
    const begun = performance.now();
    expect(await failEvenly(() => Promise.resolve(7))).toBe(7);
    expect(performance.now() - begun).toBeLessThan(EVEN_ANSWER_MS);
    await expect(failEvenly(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(performance.now() - begun).toBeGreaterThan(EVEN_ANSWER_MS - 2);
  });

  it('gives what the work gave', async () => {
    expect(await evenly(() => Promise.resolve(7))).toBe(7);
    await expect(evenly(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });
});
