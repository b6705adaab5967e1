import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats a check until it passes, and fails with its last error after `withinMs`. The tests' only way to wait. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 5000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
}
