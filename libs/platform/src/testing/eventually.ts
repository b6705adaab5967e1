import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 20;

/**
 * Repeats a check until it passes, and fails with its last error after `withinMs`. The tests' only way to wait. What a
 * busy machine lets pass without letting us run does not count.
 */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 10_000): Promise<T> {
  let deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      const rested = performance.now();
      await sleep(PAUSE_MS);
      deadline += performance.now() - rested - PAUSE_MS;
    }
  }
}
