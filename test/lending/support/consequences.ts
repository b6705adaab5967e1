import {
  type Action,
  activeOf,
  type Claim,
  claimOf,
  Contradiction,
  eligible,
  isOpen,
  priceOf,
  queueOf,
  type Seen,
  titleOf,
  type World,
} from './world.js';

/** The world after an action that was done. @throws Contradiction when what was seen cannot be */
export function after(before: World, action: Action, seen: Seen): World {
  const world = structuredClone(before);
  switch (action.does) {
    case 'reserve':
      reserve(world, action, seen);
      break;
    case 'return':
    case 'cancel':
      change(claimOf(world, action.id), { status: action.does === 'return' ? 'completed' : 'cancelled' });
      serve(world, claimOf(world, action.id).book, seen);
      break;
    case 'renew': {
      const claim = claimOf(world, action.id);
      const priceCents = priceOf(titleOf(world, claim.book).priceCents, claim.startsAt ?? 0, action.until, world.terms);
      change(claim, { endsAt: action.until, renewals: claim.renewals + 1, priceCents });
      break;
    }
    case 'set units':
      titleOf(world, action.book).units[action.library] = action.units;
      serve(world, action.book, seen);
      break;
    case 'move copies':
      titleOf(world, action.book).units = { ...action.units };
      serve(world, action.book, seen);
      break;
    case 'deactivate':
      world.accounts[action.customer] = 'inactive';
      break;
    case 'reactivate':
      world.accounts[action.customer] = 'active';
      for (const book of Object.keys(world.titles)) serve(world, book, seen);
      break;
    case 'delete account':
      world.accounts[action.customer] = 'deleted';
      for (const claim of world.claims) {
        if (claim.customer === action.customer && isOpen(claim)) change(claim, { status: 'cancelled' });
      }
      break;
    case 'delete book':
      titleOf(world, action.book).isGone = true;
      for (const claim of queueOf(world, action.book)) change(claim, { status: 'cancelled' });
      break;
    case 'reprice':
      titleOf(world, action.book).priceCents = action.cents;
      break;
    case 'let pass':
      world.now += action.ms;
  }
  return world;
}

function reserve(world: World, action: Extract<Action, { does: 'reserve' }>, seen: Seen): void {
  const { id, customer, book, library: wish, until } = action;
  const title = titleOf(world, book);
  const claim: Claim = {
    ...{ id, customer, book, wish, library: wish, status: 'pending', ticket: 0 },
    ...{ requestedAt: world.now, requestedUntil: until, startsAt: null, endsAt: null, priceCents: null },
    ...{ renewals: 0, version: 0 },
  };
  world.claims.push(claim);
  // A free copy stands beside nobody who could have it: whoever finds one takes it, and draws no ticket.
  if (freeFor(world, claim).length > 0) grant(world, claim, seen);
  else change(claim, { ticket: ++title.lastTicket });
}

/** Gives what is free to those who wait, in the order of their tickets. */
function serve(world: World, book: string, seen: Seen): void {
  for (;;) {
    const next = eligible(world, book).find((claim) => freeFor(world, claim).length > 0);
    if (!next) return;
    grant(world, next, seen);
  }
}

function grant(world: World, claim: Claim, seen: Seen): void {
  const free = freeFor(world, claim);
  const library = free.length === 1 ? free[0] : seen(claim.id);
  if (!library || !free.includes(library)) {
    throw new Contradiction(`${claim.id} has a copy of ${library ?? 'no library'}, free are ${free.join(', ')}`);
  }
  const endsAt = world.now + (claim.requestedUntil - claim.requestedAt);
  const priceCents = priceOf(titleOf(world, claim.book).priceCents, world.now, endsAt, world.terms);
  change(claim, { status: 'active', library, startsAt: world.now, endsAt, priceCents });
}

const change = (claim: Claim, to: Partial<Claim>): void =>
  void Object.assign(claim, to, { version: claim.version + 1 });

/** The libraries that have a free copy which the claim accepts. */
const freeFor = (world: World, { book, wish }: Claim): string[] =>
  Object.entries(titleOf(world, book).units)
    .filter(([library, units]) => units > activeOf(world, book, library).length)
    .map(([library]) => library)
    .filter((library) => wish === null || library === wish);
