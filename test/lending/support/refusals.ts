import { type Action, activeOf, claimOf, DAY, eligible, isOpen, titleOf, type World } from './world.js';

/** The reasons that the contract has against an action; none: it must be done. Which of several is given is left open. */
export function refusals(world: World, action: Action): string[] {
  switch (action.does) {
    case 'reserve':
      return refusalsOfReserving(world, action);
    case 'return':
      return claimOf(world, action.id).status === 'active' ? [] : ['reservation-not-active'];
    case 'cancel':
      return isOpen(claimOf(world, action.id)) ? [] : ['reservation-ended'];
    case 'renew':
      return refusalsOfRenewing(world, action);
    case 'set units':
      return refusalsOfUnits(world, action.book, { [action.library]: action.units });
    case 'move copies': {
      const elsewhere = Object.keys(titleOf(world, action.book).units).map((library) => [library, 0] as const);
      return refusalsOfUnits(world, action.book, { ...Object.fromEntries(elsewhere), ...action.units });
    }
    case 'deactivate':
    case 'reactivate':
      return world.accounts[action.customer] === 'deleted' ? ['user-not-found'] : [];
    case 'delete account': {
      if (world.accounts[action.customer] === 'deleted') return ['customer-not-found'];
      const hasCopy = world.claims.some(({ customer, status }) => customer === action.customer && status === 'active');
      return hasCopy ? ['copies-out'] : [];
    }
    case 'delete book':
      if (titleOf(world, action.book).isGone) return ['book-not-found'];
      return activeOf(world, action.book).length > 0 ? ['copies-reserved'] : [];
    case 'reprice':
      return titleOf(world, action.book).isGone ? ['book-not-found'] : [];
    case 'let pass':
      return [];
  }
}

function refusalsOfReserving(world: World, action: Extract<Action, { does: 'reserve' }>): string[] {
  const account = world.accounts[action.customer];
  const open = world.claims.filter((claim) => claim.customer === action.customer && isOpen(claim));
  return reasons({
    'customer-not-found': account === 'deleted',
    'customer-inactive': account === 'inactive',
    'book-not-found': titleOf(world, action.book).isGone,
    'ends-in-the-past': action.until <= world.now,
    'longer-than-the-longest-loan': action.until > longestFrom(world, action.wholeDay),
    'already-reserved': open.some(({ book }) => book === action.book),
    'too-many-open-reservations': open.length >= world.terms.openReservations,
  });
}

function refusalsOfRenewing(world: World, action: Extract<Action, { does: 'renew' }>): string[] {
  const claim = claimOf(world, action.id);
  if (claim.status !== 'active') return ['reservation-not-active'];
  return reasons({
    'somebody-waits': eligible(world, claim.book).some(({ wish }) => wish === null || wish === claim.library),
    'renewals-used-up': claim.renewals >= world.terms.renewals,
    'renewal-not-later': action.until <= (claim.endsAt ?? 0),
    'longer-than-the-longest-loan': action.until > longestFrom(world, action.wholeDay),
  });
}

const refusalsOfUnits = (world: World, book: string, wanted: Record<string, number>): string[] =>
  titleOf(world, book).isGone
    ? ['book-not-found']
    : reasons({
        'fewer-than-reserved': Object.entries(wanted).some(
          ([library, units]) => units < activeOf(world, book, library).length,
        ),
      });

const reasons = (found: Record<string, boolean>): string[] => Object.keys(found).filter((reason) => found[reason]);

/** The end of the last day, or the instant, that a loan of this moment may reach. */
function longestFrom({ now, terms }: World, wholeDay: boolean): number {
  const latest = now + terms.longestLoanDays * DAY;
  return wholeDay ? latest - (latest % DAY) + DAY - 1 : latest;
}
