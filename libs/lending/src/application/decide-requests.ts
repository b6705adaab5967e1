import { CatalogError } from '@holdfast/catalog';
import { IdentityError } from '@holdfast/identity';
import { InventoryError, type LibraryReference } from '@holdfast/inventory';
import { newId } from '@holdfast/kernel';
import type { KeyedRequest } from '@holdfast/platform';
import type { LoanEnd, LoanTerms } from '../domain/loan-terms.js';
import type { Reservation } from '../domain/reservation.js';
import { refuseReservation } from '../domain/reservation-policies.js';
import { Title } from '../domain/title.js';
import type { Patience } from './crowd.js';
import type { Held } from './title-desk.js';

/** A wish for a copy. */
export interface CopyRequest {
  customerId: string;
  bookId: string;
  until: LoanEnd;
  /** Name or id; undefined: any. */
  library?: string;
  /** W3C trace context of the request. */
  traceparent?: string;
  /** Its id. */
  requestId?: string;
  /** Where the client gave an Idempotency-Key. */
  keyed?: KeyedRequest;
}

/** What requests are decided by: read under the locks, and true until the end of the transaction. */
export interface Facts {
  held: Held;
  libraries: ReadonlyMap<string, LibraryReference>;
  titles: ReadonlyMap<string, Title>;
  patience: Patience;
  terms: LoanTerms;
  now: Date;
}

export type Decision = { reservation: Reservation } | { refusal: Error } | 'busy';

/** The titles that are held, with the copies that are free. */
export const heldTitles = ({ titles }: Held): ReadonlyMap<string, Title> =>
  new Map(
    [...titles].map(([bookId, { priceCents, lastTicket, free }]) => [
      bookId,
      new Title({ bookId, priceCents, lastTicket, free }),
    ]),
  );

/**
 * One decision for each request, in their order: who comes later finds what those before have left, a customer's second
 * request the first. A refusal changes nothing for the others.
 */
export function decideRequests(requests: readonly CopyRequest[], facts: Facts): Decision[] {
  const openBooks = new Map<string, Set<string>>();
  const busyBooks = new Set<string>();
  return requests.map((request) => {
    const { customerId, bookId } = request;
    const isHeld = facts.held.customers.has(customerId) && facts.titles.has(bookId);
    // Without patience one cannot tell what is not there from what others hold. Nobody overtakes who came first.
    if (busyBooks.has(bookId) || (!isHeld && facts.patience === 'none')) {
      busyBooks.add(bookId);
      return 'busy';
    }
    const open = openBooks.get(customerId) ?? new Set(facts.held.customers.get(customerId)?.openBooks);
    try {
      const reservation = decideOne(request, open, facts);
      openBooks.set(customerId, open.add(bookId));
      return { reservation };
    } catch (error) {
      return { refusal: error as Error };
    }
  });
}

/** @throws IdentityError, LendingError, CatalogError, InventoryError: the first reason against it */
function decideOne(request: CopyRequest, openBooks: ReadonlySet<string>, facts: Facts): Reservation {
  const { customerId, bookId, until, library } = request;
  const { now, terms } = facts;
  const customer = facts.held.customers.get(customerId);
  if (!customer) throw new IdentityError('customer-not-found', 'There is no such customer.');
  const { isActive } = customer;
  const standing = { isActive, openReservations: openBooks.size, hasThisBookOpen: openBooks.has(bookId) };
  refuseReservation({ now, until, terms, customer: standing });
  const title = facts.titles.get(bookId);
  if (!title) throw new CatalogError('book-not-found', 'There is no such book.');
  const libraryId = library === undefined ? null : facts.libraries.get(library)?.id;
  if (libraryId === undefined) throw new InventoryError('library-not-found', `There is no library "${library}".`);
  const asked = { id: newId(), bookId, customerId, libraryId, requestedAt: now, requestedUntil: until.at };
  return title.admit(asked, terms);
}
