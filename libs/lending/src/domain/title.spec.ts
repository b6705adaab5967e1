import fc from 'fast-check';
import { type Reservation, waitWithTicket } from './reservation.js';
import { Title } from './title.js';

const terms = { longestLoanDays: 30, openReservationsLimit: 10, renewalsLimit: 2, dailyRateBasisPoints: 100 };
const now = new Date('2026-03-01T10:00:00Z');
const request = (id: string, libraryId: string | null) => ({
  id,
  bookId: 'b1',
  customerId: `customer of ${id}`,
  libraryId,
  requestedAt: now,
  requestedUntil: new Date('2026-03-15T10:00:00Z'),
});
const titleWith = (free: Record<string, number>, lastTicket = 0): Title =>
  new Title({ bookId: 'b1', priceCents: 1000, free: Object.entries(free), lastTicket });
const accepts = ({ libraryId }: { libraryId: string | null }, library: string | null): boolean =>
  libraryId === null || libraryId === library;

const libraries = fc.constantFrom('harbour', 'hillside', 'main');
const shelves = fc.dictionary(libraries, fc.integer({ min: 0, max: 4 }));
const wishes = fc.array(fc.option(libraries), { maxLength: 20 });
const unitsOf = (shelf: Record<string, number>): number => Object.values(shelf).reduce((sum, units) => sum + units, 0);

describe('a title', () => {
  it('gives a copy of the library that is asked for, or of the one with most free ones', () => {
    const title = titleWith({ main: 1, harbour: 2 });
    const granted = ['main', null, 'harbour', null].map((library, n) => title.admit(request(`r${n}`, library), terms));
    expect(granted.map(({ status, libraryId }) => [status, libraryId])).toEqual([
      ['active', 'main'],
      ['active', 'harbour'],
      ['active', 'harbour'],
      ['pending', null],
    ]);
    expect(granted[3]?.ticket).toBe(1);
  });

  it('admits each request once, in the order in which they come, and never gives more than there is', () => {
    fc.assert(
      fc.property(shelves, wishes, fc.nat({ max: 50 }), (shelf, wanted, lastTicket) => {
        const title = titleWith(shelf, lastTicket);
        const left = { ...shelf };
        const tickets: number[] = [];
        for (const [n, library] of wanted.entries()) {
          const reservation = title.admit(request(`r${n}`, library), terms);
          const isFree = Object.entries(left).some(
            ([name, units]) => units > 0 && accepts({ libraryId: library }, name),
          );
          expect(reservation.status).toBe(isFree ? 'active' : 'pending');
          if (reservation.status === 'pending') tickets.push(Number(reservation.ticket));
          else left[reservation.libraryId ?? ''] = (left[reservation.libraryId ?? ''] ?? 0) - 1;
        }
        expect(Object.values(left).every((units) => units >= 0)).toBe(true);
        expect(tickets).toEqual(tickets.map((_, place) => lastTicket + 1 + place));
        expect(title.change).toMatchObject({ joined: tickets.length, left: 0 });
        const given = title.change.reserved.reduce((sum, { by }) => sum + by, 0);
        expect(given).toBe(wanted.length - tickets.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('hands out in the order of the tickets, and leaves no free copy beside one who would take it', () => {
    const queues = wishes.map((wanted) => wanted.map((library, n) => waitWithTicket(request(`r${n}`, library), n + 1)));
    fc.assert(
      fc.property(shelves, queues, fc.infiniteStream(fc.nat()), (shelf, queue, chance) => {
        const title = titleWith(shelf, queue.length);
        const shuffled = queue
          .map((place) => ({ place, at: Number(chance.next().value) }))
          .sort((one, other) => one.at - other.at)
          .map(({ place }) => place);
        const served = title.handOut(shuffled, terms, now);
        const passedOver = queue.filter(({ id }) => !served.some((one) => one.id === id));
        expect(served.every(({ status, libraryId }) => status === 'active' && (libraryId ?? '') in shelf)).toBe(true);
        for (const place of passedOver) {
          // Whoever came later and got a copy got one that this one does not accept.
          const overtaken = served.filter(
            ({ ticket, libraryId }) => Number(ticket) > Number(place.ticket) && accepts(place, libraryId),
          );
          expect(overtaken).toEqual([]);
          expect(title.freeUnits.filter(([library]) => accepts(place, library))).toEqual([]);
        }
        expect(title.change).toMatchObject({ joined: 0, left: served.length });
        const free = title.freeUnits.reduce((sum, [, units]) => sum + units, 0);
        expect(free).toBe(unitsOf(shelf) - served.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('hands a copy that comes back straight on: nothing changes at its library', () => {
    const title = titleWith({}, 7);
    title.takeBack('main');
    const [next] = title.handOut([waitWithTicket(request('r1', null), 7)], terms, now) as [Reservation];
    expect(next).toMatchObject({ status: 'active', libraryId: 'main', startsAt: now, ticket: 7, priceCents: 140 });
    expect(title.change).toEqual({ bookId: 'b1', reserved: [], joined: 0, left: 1 });
  });

  it('puts a copy that nobody wants back to the shelf', () => {
    const title = titleWith({ main: 1 });
    title.takeBack('main');
    title.leave();
    expect(title.freeUnits).toEqual([['main', 2]]);
    expect(title.change).toEqual({ bookId: 'b1', reserved: [{ libraryId: 'main', by: -1 }], joined: 0, left: 1 });
  });
});
