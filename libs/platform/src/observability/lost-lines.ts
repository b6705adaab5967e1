/** Lines that an outlet of the log leaves out: counted, and told once until it works again, and then how many they were. */
export class LostLines {
  /** Since the start. */
  count = 0;
  private untold = 0;
  /** What was tried last. */
  hasFailed = false;

  /** `outlet` with its verb, such as `standard output is`. */
  constructor(
    private readonly outlet: string,
    private readonly tell: (message: string) => void,
  ) {}

  drop(lines: number): void {
    this.count += lines;
    this.untold += lines;
  }

  fail(error: unknown): void {
    if (!this.hasFailed) this.tell(`${this.outlet} not written: ${String(error)}`);
    this.hasFailed = true;
  }

  recover(): void {
    this.hasFailed = false;
    if (this.untold === 0) return;
    const lines = this.untold;
    this.untold = 0;
    this.tell(`${this.outlet} written again; ${lines} lines were left out`);
  }
}
