import fc from 'fast-check';
import type { Beginning } from './houses.js';
import { LIBRARIES } from './houses.js';
import { type Action, DAY, isOpen, type World } from './world.js';

/**
 * What somebody wants, before it is known of which customer, book and reservation: they are picked by number from those
 * that there are, so that what fast-check draws and shrinks fits every world.
 */
export type Wish =
  | { does: 'reserve'; customer: number; book: number; library: string | null; days: number; wholeDay: boolean }
  | { does: 'return' | 'cancel'; which: Which }
  | { does: 'renew'; which: Which; days: number; wholeDay: boolean }
  | { does: 'set units'; book: number; library: string; units: number }
  | { does: 'move copies'; book: number; units: Record<string, number> }
  | { does: 'deactivate' | 'reactivate' | 'delete account'; customer: number }
  | { does: 'delete book'; book: number }
  | { does: 'reprice'; book: number; cents: number }
  | { does: 'let pass'; hours: number };

/** A reservation by number: among those that have a copy, that are open, or among all. */
interface Which {
  nth: number;
  among: 'active' | 'open' | 'all';
}

const number = fc.nat({ max: 97 });
const library = fc.constantFrom(...LIBRARIES);
const units = fc.nat({ max: 2 });
const which = (...among: Which['among'][]) => fc.record({ nth: number, among: fc.constantFrom(...among) });
/** Most are possible; some end before they begin, or too late. Fractions, so that no two copies come back at once. */
const possibleDays = fc.integer({ min: 1, max: 29_000 }).map((thousandths) => thousandths / 1000);
const days = fc.oneof({ weight: 8, arbitrary: possibleDays }, { weight: 1, arbitrary: fc.constantFrom(-1, 0, 30, 31) });
const moreDays = fc.oneof({ weight: 8, arbitrary: possibleDays }, { weight: 1, arbitrary: fc.constantFrom(30, 31) });
const wholeDay = fc.integer({ min: 0, max: 5 }).map((one) => one === 0);
const holdings = fc.dictionary(library, fc.integer({ min: 1, max: 2 }), { maxKeys: 2, noNullPrototype: true });

const reserve = fc.record({
  does: fc.constant('reserve' as const),
  customer: number,
  book: number,
  library: fc.option(library),
  days,
  wholeDay,
});
const giveBack = fc.record({
  does: fc.constant('return' as const),
  which: which('active', 'active', 'active', 'open', 'all'),
});
const cancel = fc.record({ does: fc.constant('cancel' as const), which: which('open', 'open', 'open', 'all') });
const renew = fc.record({
  does: fc.constant('renew' as const),
  which: which('active', 'active', 'active', 'open', 'all'),
  days: moreDays,
  wholeDay,
});
const setUnits = fc.record({ does: fc.constant('set units' as const), book: number, library, units });
const moveCopies = fc.record({ does: fc.constant('move copies' as const), book: number, units: holdings });
const account = (...kinds: ('deactivate' | 'reactivate' | 'delete account')[]) =>
  fc.record({ does: fc.constantFrom(...kinds), customer: number });
const deleteBook = fc.record({ does: fc.constant('delete book' as const), book: number });
const reprice = fc.record({ does: fc.constant('reprice' as const), book: number, cents: fc.nat({ max: 100_000 }) });
const letPass = fc.record({ does: fc.constant('let pass' as const), hours: fc.integer({ min: 1, max: 300 }) });

/** As often as they make a good story: mostly readers, sometimes editors and admins, seldom an end of everything. */
const often = <T>(times: number, wish: T): T[] => Array<T>(times).fill(wish);
const rare = fc.oneof(account('delete account'), deleteBook, reprice);
export const wishes: fc.Arbitrary<Wish>[] = [
  ...often(9, reserve),
  ...often(4, giveBack),
  ...often(2, cancel),
  ...often(2, renew),
  ...often(3, account('deactivate', 'reactivate')),
  ...[setUnits, moveCopies, letPass, rare],
];

/** What goes before a meeting: copies out, and a queue. */
export const openingWishes: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 6, arbitrary: reserve },
  { weight: 1, arbitrary: setUnits },
  { weight: 1, arbitrary: account('deactivate') },
);

/** What may meet: time stands still while things happen at once, and prices stay, for they are read before the lock. */
export const meetingWishes: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 6, arbitrary: reserve },
  { weight: 4, arbitrary: giveBack },
  { weight: 3, arbitrary: cancel },
  { weight: 2, arbitrary: renew },
  { weight: 2, arbitrary: setUnits },
  { weight: 1, arbitrary: moveCopies },
  { weight: 2, arbitrary: account('deactivate', 'reactivate', 'delete account') },
  { weight: 1, arbitrary: deleteBook },
);

/** Few copies and readers, so that they meet; prices with all kinds of cents. */
export const beginnings: fc.Arbitrary<Beginning> = fc.record({
  hour: fc.nat({ max: 23 }),
  customers: fc.integer({ min: 3, max: 7 }),
  books: fc.array(fc.record({ cents: fc.nat({ max: 100_000 }), units: holdings }), { minLength: 1, maxLength: 3 }),
});

/** The wish as an action in this world; null when there is nothing that it could be about. */
export function actionOf(wish: Wish, world: World): Action | null {
  switch (wish.does) {
    case 'reserve': {
      const { customer, book, ...rest } = wish;
      return {
        does: 'reserve',
        id: '',
        customer: pick(Object.keys(world.accounts), customer),
        book: pick(Object.keys(world.titles), book),
        library: rest.library,
        ...untilOf(wish, world),
      };
    }
    case 'return':
    case 'cancel':
    case 'renew': {
      const { nth, among } = wish.which;
      const claims = world.claims.filter(
        (claim) => among === 'all' || claim.status === among || (among === 'open' && isOpen(claim)),
      );
      if (claims.length === 0) return null;
      const { id } = pick(claims, nth);
      return wish.does === 'renew' ? { does: 'renew', id, ...untilOf(wish, world) } : { does: wish.does, id };
    }
    case 'deactivate':
    case 'reactivate':
    case 'delete account':
      return { does: wish.does, customer: pick(customersFor(wish.does, world), wish.customer) };
    case 'let pass':
      return { does: 'let pass', ms: wish.hours * (DAY / 24) };
    case 'set units':
    case 'move copies':
    case 'delete book':
    case 'reprice':
      return { ...wish, book: pick(Object.keys(world.titles), wish.book) };
  }
}

/** Those with whom it makes a difference, where there are such: who waits may lose a turn, who is inactive may get one. */
function customersFor(does: 'deactivate' | 'reactivate' | 'delete account', { accounts, claims }: World): string[] {
  const all = Object.keys(accounts);
  const waits = (id: string): boolean => claims.some(({ customer, status }) => customer === id && status === 'pending');
  const some = all.filter((id) =>
    does === 'reactivate' ? accounts[id] === 'inactive' : accounts[id] === 'active' && waits(id),
  );
  return some.length > 0 ? some : all;
}

/** A time, or the end of a day as a date is read. */
function untilOf({ days: count, wholeDay: whole }: { days: number; wholeDay: boolean }, { now }: World) {
  const at = now + Math.round(count * DAY);
  return { until: whole ? at - (((at % DAY) + DAY) % DAY) + DAY - 1 : at, wholeDay: whole };
}

const pick = <T>(things: readonly T[], nth: number): T => things[nth % things.length] as T;
