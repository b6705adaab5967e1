type Load = (isCurrent: () => boolean) => Promise<string | null>;

interface SharedLoad {
  ticket: string;
  result: Promise<string | null>;
}

/** One load per key at a time: whoever comes with the same ticket while it runs shares its result. */
export class SharedLoads {
  private readonly running = new Map<string, SharedLoad>();

  /** `isCurrent` tells the load whether its key was neither forgotten nor loaded under another ticket since it began. */
  run(key: string, ticket: string, load: Load): Promise<string | null> {
    const running = this.running.get(key);
    if (running?.ticket === ticket) return running.result;
    const own: SharedLoad = { ticket, result: Promise.resolve(null) };
    const isCurrent = (): boolean => this.running.get(key) === own;
    own.result = load(isCurrent).finally(() => {
      if (isCurrent()) this.running.delete(key);
    });
    this.running.set(key, own);
    return own.result;
  }

  /** Those who come from now on do not get the result of a load that runs already. */
  forget(key: string): void {
    this.running.delete(key);
  }
}
