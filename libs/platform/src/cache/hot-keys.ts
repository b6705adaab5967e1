import { LRUCache } from 'lru-cache';

/** A copy answers reads for so long, which is also what a writer waits at most for those of others. */
export const COPY_MS = 50;
const SPELL_MS = 2 * COPY_MS;
/** At 80 reads a second a copy spares three of four questions; much below, it would only make writers wait. */
const HOT_READS = 8;
const KEYS = 1000;
const BYTES = 16 * 1024 * 1024;
const BYTES_AROUND_A_KEY = 200;

/** How often a key is read, and what it held. */
interface Heat {
  /** When this spell of 100 ms began. */
  readonly since: number;
  readonly readsBefore: number;
  reads: number;
  readonly copy?: { text: string; until: number };
}

/**
 * The keys that this process reads at least eight times in 100 ms, with copies of what they hold. A copy ends by itself
 * 50 ms after the question that it answers was sent, on a clock that never jumps, and when it is forgotten. Bounded:
 * 1000 keys and 16 MiB, past which the key goes that was read least recently.
 */
export class HotKeys {
  private readonly heats = new LRUCache<string, Heat>({
    max: KEYS,
    maxSize: BYTES,
    // V8 keeps a text with at most two bytes a character.
    sizeCalculation: ({ copy }, key) => 2 * ((copy?.text.length ?? 0) + key.length) + BYTES_AROUND_A_KEY,
  });

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Counts a read, and gives the copy if there is one. */
  read(key: string): string | undefined {
    const now = this.now();
    const heat = this.heatOf(key, now);
    heat.reads += 1;
    return heat.copy && now < heat.copy.until ? heat.copy.text : undefined;
  }

  /**
   * What keeps a copy, if the key is hot. To be taken right before Redis is asked, for the copy's time runs from then on;
   * it keeps nothing when the key was forgotten meanwhile.
   */
  keeper(key: string): ((text: string) => void) | undefined {
    const heat = this.heats.peek(key);
    if (!heat || Math.max(heat.reads, heat.readsBefore) < HOT_READS) return undefined;
    const until = this.now() + COPY_MS;
    return (text) => {
      // Another object than the one that is there, or its size would not be counted anew.
      if (this.heats.peek(key) === heat) this.heats.set(key, { ...heat, copy: { text, until } });
    };
  }

  forget(key: string): void {
    this.heats.delete(key);
  }

  clear(): void {
    this.heats.clear();
  }

  /** How much is kept, as far as it is counted. */
  get bytes(): number {
    return this.heats.calculatedSize;
  }

  private heatOf(key: string, now: number): Heat {
    const heat = this.heats.get(key);
    if (heat && now < heat.since + SPELL_MS) return heat;
    const isNext = heat !== undefined && now < heat.since + 2 * SPELL_MS;
    const next = { since: now, readsBefore: isNext ? heat.reads : 0, reads: 0, copy: heat?.copy };
    this.heats.set(key, next);
    return next;
  }
}
