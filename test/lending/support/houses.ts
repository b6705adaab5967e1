import { type Actor } from '@holdfast/platform';
import { newId } from '@holdfast/kernel';
import { ChangeBook } from '@holdfast/catalog';
import { ChangeUser } from '../../../libs/identity/src/application/change-user.js';
import { DeleteAccount } from '../../../libs/identity/src/application/delete-account.js';
import type { AvailabilityView } from '../../../libs/inventory/src/application/libraries.view.js';
import { GetAvailability } from '../../../libs/inventory/src/application/read-libraries.js';
import { SetHolding } from '../../../libs/inventory/src/application/set-holding.js';
import { EndReservation } from '../../../libs/lending/src/application/end-reservation.js';
import { RenewReservation } from '../../../libs/lending/src/application/renew-reservation.js';
import type { QueueView, ReservationView } from '../../../libs/lending/src/application/reservation.view.js';
import { ReserveBook } from '../../../libs/lending/src/application/reserve-book.js';
import { LendingHouse, STAFF } from '../../../libs/lending/testing/lending-house.js';
import { lendingTerms, type StatedTerms } from '../../../libs/lending/testing/stated-terms.js';
import { type Action, DAY, type World } from './world.js';

export const LIBRARIES = ['Main Library', 'Quay', 'Hill'];

const ADMIN: Actor = { userId: newId(), role: 'admin', sessionId: newId() };

/** What the world of a test begins with. */
export interface Beginning {
  /** Of the day, in UTC. */
  hour: number;
  customers: number;
  books: { cents: number; units: Record<string, number> }[];
}

export interface Outcome {
  /** `done`, or the code of the refusal. */
  code: string;
  /** Of the reservation that was made. */
  id?: string;
}

/** What can be seen of a book and its reservations through the queries of the product. */
export interface Sight {
  reservations: ReservationView[];
  queue: QueueView | null;
  availability: AvailabilityView | null;
}

/** Two instances of the product on one database, whose clocks agree: as good as two processes, and quicker. */
export class Houses {
  private libraryIds = new Map<string, string>();

  private constructor(
    readonly one: LendingHouse,
    readonly other: LendingHouse,
    private readonly terms: StatedTerms,
  ) {}

  static async open(special: Partial<StatedTerms> = {}): Promise<Houses> {
    const terms = { ...lendingTerms, ...special };
    const env = {
      LENDING_OPEN_RESERVATIONS_LIMIT: String(terms.openReservations),
      LENDING_RENEWALS_LIMIT: String(terms.renewals),
    };
    const one = await LendingHouse.open(undefined, env);
    const houses = new Houses(one, await LendingHouse.open(one.databaseUrl, env), terms);
    // What is asked of the outbox after every step is asked by subject, which the product never does.
    await one.database.execute('CREATE INDEX ON platform.outbox (subject)');
    houses.standAt(houses.now);
    for (const name of LIBRARIES) houses.libraryIds.set(name, await one.library(name));
    return houses;
  }

  async close(): Promise<void> {
    await this.other.close();
    await this.one.close();
  }

  get now(): number {
    return this.one.clock.now().getTime();
  }

  standAt(ms: number): void {
    for (const { clock } of [this.one, this.other]) clock.standAt(new Date(ms));
  }

  /** Customers and books that nobody else knows of, and the model of them. */
  async begin({ hour, customers, books }: Beginning): Promise<World> {
    const today = Math.floor(Date.now() / DAY) * DAY;
    this.standAt(today + DAY + hour * (DAY / 24));
    const titles: World['titles'] = {};
    for (const { cents, units } of books) {
      const id = await this.one.book(units, cents);
      titles[id] = { priceCents: cents, isGone: false, units: { ...units }, lastTicket: 0 };
    }
    const ids = await this.one.customers(customers);
    return {
      terms: this.terms,
      now: this.now,
      accounts: Object.fromEntries(ids.map((id) => [id, 'active'])),
      titles,
      claims: [],
    };
  }

  /** Does it, through the first or the second instance. */
  async perform(action: Action, client = 0): Promise<Outcome> {
    try {
      const made = await this.command(action, client % 2 === 0 ? this.one : this.other);
      return { code: 'done', ...(made ? { id: made.id } : {}) };
    } catch (error) {
      const { code } = error as { code?: string };
      // A refusal has a code of ours; anything else is a fault, and its message says more than its code.
      return { code: code && /^[a-z]+(-[a-z]+)+$/.test(code) ? code : `fault: ${String(error)}` };
    }
  }

  /** What is to be seen of a book by all its queries. */
  async look(book: string): Promise<Sight> {
    const [{ items, nextCursor }, queue, availability] = await Promise.all([
      this.one.list(STAFF, { bookId: book }, { limit: 100 }),
      this.other.queue(book).catch(nullWhenGone),
      this.one.ask(new GetAvailability(book)).then(({ availability: seen }) => seen, nullWhenGone),
    ]);
    if (nextCursor !== null) throw new Error('a book of a test has more than 100 reservations');
    return { reservations: items, queue, availability };
  }

  brokenInvariants(world: World): Promise<string[]> {
    return this.one.brokenInvariants({ books: Object.keys(world.titles), terms: world.terms });
  }

  async countOfEvents(type: string): Promise<number> {
    const sql = 'SELECT count(*)::int AS count FROM platform.outbox WHERE type = $1';
    return (await this.one.database.one<{ count: number }>(sql, [type])).count;
  }

  private async command(action: Action, house: LendingHouse): Promise<ReservationView | undefined> {
    const always = undefined;
    switch (action.does) {
      case 'reserve': {
        const end = { at: new Date(action.until), wholeDay: action.wholeDay };
        return house.execute(new ReserveBook(action.customer, action.book, end, action.library ?? undefined));
      }
      case 'return':
      case 'cancel':
        return house.execute(new EndReservation(action.id, action.does, STAFF, always));
      case 'renew': {
        const end = { at: new Date(action.until), wholeDay: action.wholeDay };
        return house.execute(new RenewReservation(action.id, end, STAFF, always));
      }
      case 'set units': {
        const library = this.libraryIds.get(action.library) ?? '';
        await house.execute(new SetHolding(action.book, library, action.units, always));
        return;
      }
      case 'move copies':
        return house.changeCopies(action.book, action.units).then(() => undefined);
      case 'deactivate':
      case 'reactivate':
        await house.execute(new ChangeUser(action.customer, { isActive: action.does === 'reactivate' }, always));
        return;
      case 'delete account':
        await house.execute(new DeleteAccount(ADMIN, action.customer, always, 'customer'));
        return;
      case 'delete book':
        return house.deleteBook(action.book).then(() => undefined);
      case 'reprice':
        await house.execute(new ChangeBook(action.book, { priceCents: action.cents }, ADMIN, always));
        return;
      case 'let pass':
        this.standAt(this.now + action.ms);
        return;
    }
  }
}

function nullWhenGone(error: { code?: string }): null {
  if (error.code === 'book-not-found') return null;
  throw error as Error;
}
