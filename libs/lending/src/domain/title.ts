import type { LoanTerms } from './loan-terms.js';
import { activate, grantAtOnce, type Reservation, type ReservationRequest, waitWithTicket } from './reservation.js';

/** A title as it is when its lock was got. */
export interface TitleState {
  bookId: string;
  priceCents: number;
  /** Units that nobody has, by library. */
  free: Iterable<readonly [libraryId: string, units: number]>;
  lastTicket: number;
}

/** What the decisions at a title change of its copies and of its queue. */
export interface TitleChange {
  bookId: string;
  /** How many more units are reserved at a library; fewer when negative. */
  reserved: { libraryId: string; by: number }[];
  /** Tickets that were drawn. */
  joined: number;
  /** Places that were given up, or became copies. */
  left: number;
}

/**
 * Who gets a copy of a title: first come, first served, among those who accept a library that has one. It lives as long as
 * the title's lock is held, and knows nothing of who may reserve at all.
 */
export class Title {
  private readonly free: Map<string, number>;
  private readonly reserved = new Map<string, number>();
  private joined = 0;
  private left = 0;

  constructor(private readonly state: TitleState) {
    this.free = new Map(state.free);
  }

  get bookId(): string {
    return this.state.bookId;
  }

  /** Units that nobody has now, by library. */
  get freeUnits(): readonly (readonly [libraryId: string, units: number])[] {
    return [...this.free].filter(([, units]) => units > 0);
  }

  get change(): TitleChange {
    const reserved = [...this.reserved].map(([libraryId, by]) => ({ libraryId, by })).filter(({ by }) => by !== 0);
    return { bookId: this.bookId, reserved, joined: this.joined, left: this.left };
  }

  /** A free copy at once, or the next place in the queue. */
  admit(request: ReservationRequest, terms: LoanTerms): Reservation {
    const libraryId = this.take(request.libraryId);
    if (libraryId) return grantAtOnce(request, { libraryId, bookPriceCents: this.state.priceCents, terms });
    this.joined += 1;
    return waitWithTicket(request, this.state.lastTicket + this.joined);
  }

  /** The unit that a reservation had is free. */
  takeBack(libraryId: string): void {
    this.count(libraryId, -1);
  }

  /** A place in the queue is given up. */
  leave(): void {
    this.left += 1;
  }

  /**
   * In the order of the tickets, each of those who wait gets a free copy of a library they accept. Gives those who got one;
   * the others keep their tickets.
   */
  handOut(waiting: readonly Reservation[], terms: LoanTerms, now: Date): Reservation[] {
    const inOrder = waiting.toSorted((one, other) => Number(one.ticket) - Number(other.ticket));
    return inOrder.flatMap((place) => {
      const libraryId = this.take(place.libraryId);
      if (!libraryId) return [];
      this.leave();
      return [activate(place, { libraryId, bookPriceCents: this.state.priceCents, terms, now })];
    });
  }

  /** Of the library, or of whichever has most free ones (null), the lowest id among equals. Null: there is none. */
  private take(wanted: string | null): string | null {
    const [first] = this.freeUnits
      .filter(([libraryId]) => wanted === null || libraryId === wanted)
      .sort(([one, few], [other, many]) => many - few || (one < other ? -1 : 1));
    if (!first) return null;
    this.count(first[0], 1);
    return first[0];
  }

  private count(libraryId: string, by: 1 | -1): void {
    this.free.set(libraryId, (this.free.get(libraryId) ?? 0) - by);
    this.reserved.set(libraryId, (this.reserved.get(libraryId) ?? 0) + by);
  }
}
