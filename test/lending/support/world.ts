import type { StatedTerms } from '../../../libs/lending/testing/stated-terms.js';

/**
 * A second lending, in memory and as simple as can be: what the contract says, without a database, a lock or a race. What
 * the contract leaves open, which of several free libraries gives the copy, it takes from what was seen (`Seen`), and
 * checks that it was free.
 */
export interface World {
  terms: StatedTerms;
  now: number;
  /** By the id of the customer. */
  accounts: Record<string, 'active' | 'inactive' | 'deleted'>;
  titles: Record<string, Title>;
  claims: Claim[];
}

export interface Title {
  priceCents: number;
  isGone: boolean;
  /** By the name of the library. */
  units: Record<string, number>;
  lastTicket: number;
}

export interface Claim {
  id: string;
  customer: string;
  book: string;
  /** Null: any library. */
  wish: string | null;
  library: string | null;
  status: 'pending' | 'active' | 'completed' | 'cancelled';
  ticket: number;
  requestedAt: number;
  requestedUntil: number;
  startsAt: number | null;
  endsAt: number | null;
  priceCents: number | null;
  renewals: number;
  version: number;
}

/** Something that a client does; times are instants, reservations go by their ids. */
export type Action =
  | {
      does: 'reserve';
      id: string;
      customer: string;
      book: string;
      library: string | null;
      until: number;
      wholeDay: boolean;
    }
  | { does: 'return' | 'cancel'; id: string }
  | { does: 'renew'; id: string; until: number; wholeDay: boolean }
  | { does: 'set units'; book: string; library: string; units: number }
  | { does: 'move copies'; book: string; units: Record<string, number> }
  | { does: 'deactivate' | 'reactivate' | 'delete account'; customer: string }
  | { does: 'delete book'; book: string }
  | { does: 'reprice'; book: string; cents: number }
  | { does: 'let pass'; ms: number };

/** The library that a reservation was seen with afterwards. */
export type Seen = (id: string) => string | null;

/** What happened cannot have come of the action. */
export class Contradiction extends Error {}

export const DAY = 86_400_000;

export const isOpen = ({ status }: Claim): boolean => status === 'pending' || status === 'active';

export const queueOf = (world: World, book: string): Claim[] =>
  world.claims.filter((claim) => claim.book === book && claim.status === 'pending').sort((a, b) => a.ticket - b.ticket);

export const activeOf = (world: World, book: string, library?: string): Claim[] =>
  world.claims.filter(
    (claim) => claim.book === book && claim.status === 'active' && (library === undefined || claim.library === library),
  );

/** Price of the book × rate × days begun, at least one, rounded half up: by long division of whole numbers. */
export function priceOf(bookCents: number, from: number, until: number, { dailyRateBasisPoints }: StatedTerms): number {
  const days = Math.max(1, Math.floor((until - from) / DAY) + ((until - from) % DAY > 0 ? 1 : 0));
  const parts = bookCents * dailyRateBasisPoints * days;
  return (parts - (parts % 10_000)) / 10_000 + (parts % 10_000 >= 5_000 ? 1 : 0);
}

/** Those in the queue who may borrow. */
export const eligible = (world: World, book: string): Claim[] =>
  queueOf(world, book).filter(({ customer }) => world.accounts[customer] === 'active');

export const titleOf = (world: World, book: string): Title => found(world.titles[book]);

export const claimOf = (world: World, id: string): Claim => found(world.claims.find((claim) => claim.id === id));

function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Contradiction('the world knows nothing of it');
  return thing;
}
