interface Waiting<Work> {
  work: Work;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/**
 * Works that come while others are being done wait, and are then done together, in the order in which they came. When they
 * fail together each is done by itself, so that one that always fails takes no other with it.
 */
export class Batches<Work> {
  private waiting: Waiting<Work>[] = [];
  private isWorking = false;

  constructor(
    private readonly atMost: number,
    /** All of them, or, when it rejects, none. */
    private readonly doAll: (works: readonly Work[]) => Promise<void>,
  ) {}

  /** Resolves when it is done. @throws what it failed with when it was done by itself */
  submit(work: Work): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ work, resolve, reject });
      if (this.isWorking) return;
      this.isWorking = true;
      // At the end of this turn of the event loop, so that what was read from the socket in it goes together.
      setImmediate(() => void this.workOff());
    });
  }

  private async workOff(): Promise<void> {
    while (this.waiting.length > 0) await this.settle(this.waiting.splice(0, this.atMost));
    this.isWorking = false;
  }

  private async settle(batch: readonly Waiting<Work>[]): Promise<void> {
    try {
      await this.doAll(batch.map(({ work }) => work));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      const [first, ...others] = batch;
      if (others.length === 0) first?.reject(error);
      else for (const one of batch) await this.settle([one]);
    }
  }
}
