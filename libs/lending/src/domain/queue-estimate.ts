/** A copy of a title: where it belongs, and when it comes free (in milliseconds of the epoch). */
export interface Copy {
  libraryId: string;
  freeAt: number;
}

/** A place in the queue. */
export interface Waiting {
  /** Null: any library will do. */
  libraryId: string | null;
  lengthMs: number;
}

/**
 * From when each one who waits can expect a copy, in the order of the queue: everybody takes the copy that comes free first
 * among those of a library they accept (of two at the same time the one of the lower library id), and keeps it for as long
 * as they asked. Never before `now`; null when no accepted library has a copy. n places and c copies take n log c steps.
 */
export function estimateQueue(copies: readonly Copy[], queue: readonly Waiting[], now: number): (number | null)[] {
  const byLibrary = new Map<string, Heap>();
  for (const { libraryId, freeAt } of copies) {
    const heap = byLibrary.get(libraryId) ?? new Heap(libraryId);
    heap.push(Math.max(freeAt, now));
    byLibrary.set(libraryId, heap);
  }
  const all = [...byLibrary.values()].sort((one, other) => (one.libraryId < other.libraryId ? -1 : 1));
  return queue.map(({ libraryId, lengthMs }) => {
    const copy = libraryId === null ? earliestOf(all) : byLibrary.get(libraryId);
    if (!copy) return null;
    const from = copy.earliest;
    copy.replaceEarliest(from + lengthMs);
    return from;
  });
}

function earliestOf(libraries: readonly Heap[]): Heap | undefined {
  let best = libraries[0];
  for (const library of libraries) if (best && library.earliest < best.earliest) best = library;
  return best;
}

/** When the copies of a library come free, the earliest first: a binary heap that is never empty once it is used. */
class Heap {
  private readonly times: number[] = [];

  constructor(readonly libraryId: string) {}

  get earliest(): number {
    return this.at(0);
  }

  push(time: number): void {
    let place = this.times.push(time) - 1;
    for (let above = (place - 1) >> 1; place > 0 && this.at(above) > time; above = (place - 1) >> 1) {
      this.times[place] = this.at(above);
      place = above;
    }
    this.times[place] = time;
  }

  replaceEarliest(time: number): void {
    let place = 0;
    for (let below = this.lesserBelow(place); this.at(below) < time; below = this.lesserBelow(place)) {
      this.times[place] = this.at(below);
      place = below;
    }
    this.times[place] = time;
  }

  private lesserBelow(place: number): number {
    const left = 2 * place + 1;
    return this.at(left + 1) < this.at(left) ? left + 1 : left;
  }

  private at(place: number): number {
    return this.times[place] ?? Infinity;
  }
}
