/**
 * So many at a time; the others wait, each in a line, and the lines take turns: whoever's line is short does not wait
 * behind those of a long one. In a line it is first come, first served.
 */
export class FairTurns {
  /** Turns that nobody has: only while nobody waits. */
  private free: number;
  /** All that there ever were, also empty ones; the one whose last turn was the longest ago is the first. */
  private readonly lines = new Map<string, Waiting[]>();
  private inLines = 0;

  constructor(
    atATime: number,
    private readonly patienceMs: number,
  ) {
    this.free = atATime;
  }

  get waiting(): number {
    return this.inLines;
  }

  /**
   * Calls `begin` when there is a turn, at once if there is one; or `giveUp` when there was none within the patience. Of
   * both only one, once. `lineOf` is asked for the line only if there is need to wait; of lines there should be few.
   */
  take(lineOf: () => string, begin: () => void, giveUp: () => void): void {
    if (this.free > 0) {
      this.free -= 1;
      begin();
      return;
    }
    const line = this.lineOf(lineOf());
    const timer = setTimeout(() => {
      line.splice(line.indexOf(waiting), 1);
      this.inLines -= 1;
      giveUp();
    }, this.patienceMs).unref();
    const waiting = { begin, timer };
    line.push(waiting);
    this.inLines += 1;
  }

  /** To be called once for each turn that was taken. */
  giveBack(): void {
    for (const [name, line] of this.lines) {
      const first = line.shift();
      if (!first) continue;
      this.inLines -= 1;
      this.lines.delete(name);
      this.lines.set(name, line);
      clearTimeout(first.timer);
      first.begin();
      return;
    }
    this.free += 1;
  }

  private lineOf(name: string): Waiting[] {
    const line = this.lines.get(name) ?? [];
    this.lines.set(name, line);
    return line;
  }
}

interface Waiting {
  begin: () => void;
  timer: NodeJS.Timeout;
}
