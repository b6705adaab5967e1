import { setTimeout as sleep } from 'node:timers/promises';

/** The work of a known account, a hash of 10 to 40 ms and a transaction of some 5 ms, fits in with room for a busy hour. */
export const EVEN_ANSWER_MS = 250;

/**
 * Does the work and gives its result, or its error, a whole number of quarter seconds after it began, so that the time of
 * an answer does not tell whether there was something to do. The wait holds no thread and no connection.
 */
export async function evenly<T>(work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  try {
    return await work();
  } finally {
    await untilEven(begun);
  }
}

/** The same for errors only, for work whose result is nothing to hide: it is given at once. */
export async function failEvenly<T>(work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  try {
    return await work();
  } catch (error) {
    await untilEven(begun);
    throw error;
  }
}

const untilEven = (begun: number): Promise<void> =>
  sleep(EVEN_ANSWER_MS - ((performance.now() - begun) % EVEN_ANSWER_MS));
