/** Waits that can be cut short: a pause ends after its time, or at once when something calls `end`. */
export class Pauses {
  private readonly running = new Set<() => void>();
  private missed = false;

  /** Resolves after so many milliseconds, or at `end`; at once when `end` was called since the last pause. */
  wait(milliseconds: number): Promise<void> {
    if (this.missed) {
      this.missed = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.running.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, milliseconds);
      this.running.add(finish);
    });
  }

  /** Ends every pause that runs now; when none does, the next one. */
  end(): void {
    if (this.running.size === 0) this.missed = true;
    for (const finish of [...this.running]) finish();
  }
}

/** A delay that doubles with each failure up to a limit, less a random third, so that processes do not act in step. */
export const backoff = (failures: number, firstMs: number, limitMs: number): number =>
  Math.min(limitMs, firstMs * 2 ** Math.min(failures, 20)) * (1 - Math.random() / 3);

/** The outcome of `work`, or a rejection with what `late` gives when it takes longer. The work itself goes on. */
export async function within<T>(milliseconds: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
