/**
 * So many at a time; the others wait, each in a line, and the lines take turns: whoever's line is short does not wait
 * behind those of a long one. In a line it is first come, first served.
 */
export class FairTurns {
  /** Turns that nobody has: only while nobody waits. */
  private free: number;
  /** Those who wait, by line. None is empty, and the one whose turn comes next is the first. */
  private readonly lines = new Map<string, Waiting[]>();

  constructor(
    atATime: number,
    private readonly patienceMs: number,
  ) {
    this.free = atATime;
  }

  get waiting(): number {
    return [...this.lines.values()].reduce((sum, line) => sum + line.length, 0);
  }

  /**
   * Calls `begin` when there is a turn, at once if there is one; or `giveUp` when there was none within the patience. Of
   * both only one, once. `lineOf` is asked for the line only if there is need to wait.
   */
  take(lineOf: () => string, begin: () => void, giveUp: () => void): void {
    if (this.free > 0) {
      this.free -= 1;
      begin();
      return;
    }
    const name = lineOf();
    const timer = setTimeout(() => {
      this.leave(name, waiting);
      giveUp();
    }, this.patienceMs).unref();
    const waiting = { begin, timer };
    const line = this.lines.get(name);
    if (line) line.push(waiting);
    else this.lines.set(name, [waiting]);
  }

  /** To be called once for each turn that was taken. */
  giveBack(): void {
    const [next] = this.lines;
    if (next === undefined) {
      this.free += 1;
      return;
    }
    const [name, line] = next;
    const first = line.shift();
    this.lines.delete(name);
    // Behind all others now.
    if (line.length > 0) this.lines.set(name, line);
    clearTimeout(first?.timer);
    first?.begin();
  }

  private leave(name: string, waiting: Waiting): void {
    const left = (this.lines.get(name) ?? []).filter((other) => other !== waiting);
    if (left.length > 0) this.lines.set(name, left);
    else this.lines.delete(name);
  }
}

interface Waiting {
  begin: () => void;
  timer: NodeJS.Timeout;
}
