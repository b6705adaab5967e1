const LIMIT = 50_000;

/**
 * The keys that were forgotten and whose removal Redis has not confirmed; until then nobody here reads them from it.
 * Past 50,000 it is no longer known which, and everything counts as forgotten.
 */
export class ForgottenKeys {
  everything = false;
  private readonly marks = new Map<string, symbol>();

  constructor(private readonly limit = LIMIT) {}

  /** The mark tells this time that they were forgotten from the next. */
  add(keys: readonly string[]): symbol {
    const mark = Symbol();
    for (const key of keys) this.marks.set(key, mark);
    if (this.marks.size > this.limit) {
      this.everything = true;
      this.marks.clear();
    }
    return mark;
  }

  has(key: string): boolean {
    return this.everything || this.marks.has(key);
  }

  /** Whether any of them is still there since it was forgotten under this mark. */
  hasAnyOf(keys: readonly string[], mark: symbol): boolean {
    return this.everything || keys.some((key) => this.marks.get(key) === mark);
  }

  isNotEmpty(): boolean {
    return this.everything || this.marks.size > 0;
  }

  /** They were removed; but those that were forgotten again since then stay. */
  settle(keys: readonly string[], mark: symbol): void {
    for (const key of keys) if (this.marks.get(key) === mark) this.marks.delete(key);
  }

  /** Some of them, with their marks. */
  batch(size: number): Map<string, symbol> {
    const batch = new Map<string, symbol>();
    for (const [key, mark] of this.marks) {
      if (batch.size === size) break;
      batch.set(key, mark);
    }
    return batch;
  }
}
