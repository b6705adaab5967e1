import type { Sight } from './houses.js';
import { activeOf, type Claim, queueOf, titleOf, type World } from './world.js';

const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const byId = <T extends { id: string }>(things: readonly T[]): T[] =>
  [...things].sort((a, b) => (a.id < b.id ? -1 : 1));

/** Every reservation as the API has to show it, but for the estimate. */
export function expectReservations(world: World, book: string, { reservations }: Sight): void {
  const queue = queueOf(world, book);
  const expected = world.claims
    .filter((claim) => claim.book === book)
    .map((claim) => ({
      id: claim.id,
      bookId: book,
      customerId: claim.customer,
      library: claim.library,
      status: claim.status,
      queuePosition: claim.status === 'pending' ? queue.indexOf(claim) + 1 : null,
      requestedUntil: time(claim.requestedUntil),
      startOfReservation: time(claim.startsAt),
      endOfReservation: time(claim.endsAt),
      price: claim.priceCents === null ? null : claim.priceCents / 100,
      renewals: claim.renewals,
      createdAt: time(claim.requestedAt),
      version: claim.version,
    }));
  const seen = reservations.map(({ estimatedFrom: _, overdue: _1, updatedAt: _2, ...shown }) => ({
    ...shown,
    library: shown.library?.name ?? null,
  }));
  expect(byId(seen)).toEqual(byId(expected));
}

/** The queue by its own query: its length, places 1..n, and the order of the tickets. */
export function expectQueue(world: World, book: string, { queue }: Sight): void {
  if (titleOf(world, book).isGone) return expect(queue).toBeNull();
  const expected = queueOf(world, book).map((claim, place) => ({
    position: place + 1,
    reservationId: claim.id,
    customerId: claim.customer,
    requestedAt: time(claim.requestedAt),
  }));
  const items = queue?.items.map(({ estimatedFrom: _, ...item }) => item);
  expect({ length: queue?.length, items }).toEqual({ length: expected.length, items: expected });
}

/** Copies at every library: as many as editors said, less those that readers have. */
export function expectCopies(world: World, book: string, { availability }: Sight): void {
  const { isGone, units } = titleOf(world, book);
  if (isGone) return expect(availability).toBeNull();
  const seen = availability?.libraries.map((one) => [one.library.name, one.units, one.availableUnits]);
  const expected = Object.entries(units)
    .filter(([, count]) => count > 0)
    .map(([library, count]) => [library, count, count - activeOf(world, book, library).length]);
  const sum = (column: 1 | 2): number => expected.reduce((total, row) => total + Number(row[column]), 0);
  expect(seen?.sort()).toEqual(expected.sort());
  expect([availability?.units, availability?.availableUnits]).toEqual([sum(1), sum(2)]);
}

/** The estimates of the queue and of the reservations are what happens when everybody returns the copy at its end. */
export function expectEstimates(world: World, book: string, { queue, reservations }: Sight): void {
  const foreseen = foresee(world, book);
  for (const claim of queueOf(world, book)) {
    const shown = reservations.find(({ id }) => id === claim.id)?.estimatedFrom;
    const item = queue?.items.find(({ reservationId }) => reservationId === claim.id);
    expect(item?.estimatedFrom).toBe(shown);
    if (foreseen.has(claim.id)) expect([claim.id, shown]).toEqual([claim.id, time(foreseen.get(claim.id) ?? null)]);
  }
}

/**
 * Plays the future: copies come back one after the other, each to the first in the queue who accepts its library. Leaves
 * out whoever comes behind two copies of different libraries at the same moment, where the contract says nothing, and
 * everybody where a copy is free and stands beside readers who may not borrow.
 */
export function foresee(world: World, book: string): Map<string, number | null> {
  const waiting = queueOf(world, book);
  const foreseen = new Map<string, number | null>();
  if (waiting.length === 0 || hasFreeCopies(world, book)) return foreseen;
  const copies = activeOf(world, book).map(({ library, endsAt }) => ({
    library,
    back: Math.max(endsAt ?? 0, world.now),
  }));
  while (waiting.length > 0 && copies.length > 0) {
    copies.sort((a, b) => a.back - b.back);
    const [copy] = copies;
    if (!copy || copies.some((one) => one.back === copy.back && one.library !== copy.library)) return foreseen;
    const place = waiting.findIndex(({ wish }) => wish === null || wish === copy.library);
    const [next] = place < 0 ? [] : waiting.splice(place, 1);
    if (!next) copies.shift();
    else {
      foreseen.set(next.id, copy.back);
      copy.back += lengthOf(next);
    }
  }
  for (const { id } of waiting) foreseen.set(id, null);
  return foreseen;
}

const lengthOf = ({ requestedAt, requestedUntil }: Claim): number => requestedUntil - requestedAt;

const hasFreeCopies = (world: World, book: string): boolean =>
  Object.entries(titleOf(world, book).units).some(([library, units]) => units > activeOf(world, book, library).length);

/** All of it. */
export function expectAsInModel(world: World, book: string, sight: Sight): void {
  expectReservations(world, book, sight);
  expectQueue(world, book, sight);
  expectCopies(world, book, sight);
  expectEstimates(world, book, sight);
}
