import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Abstract, Type } from '@nestjs/common';
import { type Command, CommandBus, type Query, QueryBus } from '@nestjs/cqrs';
import { Test, type TestingModule } from '@nestjs/testing';
import { ChangeBook, CreateBook, DeleteBook } from '@holdfast/catalog';
import { CoreModule } from '@holdfast/composition';
import { AccountClosing } from '@holdfast/identity';
import { AddLibrary, Libraries, Titles } from '@holdfast/inventory';
import { newId } from '@holdfast/kernel';
import {
  type Actor,
  Clock,
  Database,
  type Page,
  type PageRequest,
  readSettings,
  Settings,
  UnitOfWork,
} from '@holdfast/platform';
import { type FreshDatabase, freshDatabase } from '@holdfast/platform/testing';
import { EndReservation } from '../src/application/end-reservation.js';
import { GetQueue } from '../src/application/read-queue.js';
import { GetReservation, ListReservations, type ReservationFilter } from '../src/application/read-reservations.js';
import { RenewReservation } from '../src/application/renew-reservation.js';
import type { QueueView, ReservationView } from '../src/application/reservation.view.js';
import { ReserveBook } from '../src/application/reserve-book.js';
import { DAY_MS } from '../src/domain/loan-terms.js';
import { brokenInvariants, type Extent } from './invariants.js';

export const STAFF: Actor = { userId: newId(), role: 'librarian', sessionId: newId() };

const EDITOR: Actor = { userId: newId(), role: 'editor', sessionId: newId() };

/** Starts at the real time and stands still until a test lets days pass. */
export class TestClock extends Clock {
  private time = Date.now();

  now(): Date {
    return new Date(this.time);
  }

  pass(days: number): void {
    this.time += days * DAY_MS;
  }

  standAt(time: Date): void {
    this.time = time.getTime();
  }
}

/** All contexts on a real database, without HTTP: what lending's specs drive. Two houses on one database are two processes. */
export class LendingHouse {
  private constructor(
    private readonly module: TestingModule,
    readonly clock: TestClock,
    readonly databaseUrl: string,
    private readonly cleanUp: () => Promise<void>,
  ) {}

  static async open(databaseUrl?: string, env: Record<string, string> = {}): Promise<LendingHouse> {
    const fresh: FreshDatabase | null = databaseUrl ? null : await freshDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-lending-'));
    const url = databaseUrl ?? fresh?.url ?? '';
    const settings = readSettings({ NODE_ENV: 'test', DATABASE_URL: url, HOLDFAST_DATA_DIR: dataDir, ...env });
    const clock = new TestClock();
    const module = await Test.createTestingModule({ imports: [CoreModule.forRoot(settings)] })
      .overrideProvider(Clock)
      .useValue(clock)
      .compile();
    await module.init();
    return new LendingHouse(module, clock, url, async () => {
      await fresh?.drop();
      await rm(dataDir, { recursive: true, force: true });
    });
  }

  async close(): Promise<void> {
    await this.module.close();
    await this.cleanUp();
  }

  get database(): Database {
    return this.module.get(Database);
  }

  /** Anything that the program is made of. */
  get<T>(token: Type<T> | Abstract<T>): T {
    return this.module.get<T>(token, { strict: false });
  }

  /** Customers who could never sign in, for their passwords are no hashes: quick to make. */
  async customers(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => newId());
    await this.database.query(
      `INSERT INTO identity.users (id, username, email, password_hash, role, is_active, email_verified, version, created_at, updated_at)
       SELECT id, 'r-' || id, id || '@readers.example', '$argon2id$none', 'customer', true, true, 1, now(), now()
         FROM unnest($1::uuid[]) AS id`,
      [ids],
    );
    return ids;
  }

  async customer(): Promise<string> {
    return (await this.customers(1))[0] as string;
  }

  async deactivate(customerId: string): Promise<void> {
    await this.database.query('UPDATE identity.users SET is_active = false WHERE id = $1', [customerId]);
  }

  /** A book with so many units by the name of the library. */
  async book(holdings: Record<string, number>, priceCents = 1000): Promise<string> {
    for (const name of Object.keys(holdings)) await this.library(name);
    const copies = { holdings: Object.entries(holdings).map(([library, units]) => ({ library, units })) };
    const details = {
      title: `A book ${newId()}`,
      isbn: null,
      authors: [],
      genre: null,
      priceCents,
      description: null,
      publicationDate: null,
      language: null,
      copies,
      metadata: { replace: {} },
    };
    return (await this.module.get(CommandBus).execute(new CreateBook(details, null))).id;
  }

  async library(name: string): Promise<string> {
    const libraries = this.module.get(Libraries);
    try {
      return (await libraries.resolve(name)).id;
    } catch {
      return (await this.module.get(CommandBus).execute(new AddLibrary({ name }))).id;
    }
  }

  reserve(
    customerId: string,
    bookId: string,
    { days = 7, library }: { days?: number; library?: string } = {},
  ): Promise<ReservationView> {
    const until = { at: new Date(this.clock.now().getTime() + days * DAY_MS), wholeDay: false };
    return this.module.get(CommandBus).execute(new ReserveBook(customerId, bookId, until, library));
  }

  giveBack(reservationId: string): Promise<ReservationView> {
    return this.module.get(CommandBus).execute(new EndReservation(reservationId, 'return', STAFF, undefined));
  }

  cancel(reservationId: string): Promise<ReservationView> {
    return this.module.get(CommandBus).execute(new EndReservation(reservationId, 'cancel', STAFF, undefined));
  }

  renew(reservationId: string, days: number): Promise<ReservationView> {
    const until = { at: new Date(this.clock.now().getTime() + days * DAY_MS), wholeDay: false };
    return this.module.get(CommandBus).execute(new RenewReservation(reservationId, until, STAFF, undefined));
  }

  async setUnits(bookId: string, library: string, units: number): Promise<void> {
    const id = await this.library(library);
    await this.module.get(UnitOfWork).run(() => this.module.get(Titles).setUnits([{ bookId, libraryId: id, units }]));
  }

  /** What an editor wants of the copies: the sum, or the complete list by library. */
  async changeCopies(bookId: string, wanted: number | Record<string, number>): Promise<void> {
    const copies =
      typeof wanted === 'number'
        ? { units: wanted }
        : { holdings: Object.entries(wanted).map(([library, units]) => ({ library, units })) };
    await this.module.get(CommandBus).execute(new ChangeBook(bookId, { copies }, EDITOR, undefined));
  }

  deleteBook(bookId: string): Promise<void> {
    return this.module.get(CommandBus).execute(new DeleteBook(bookId, EDITOR, undefined));
  }

  /** What lending does when somebody's account goes. */
  closeAccount(customerId: string): Promise<void> {
    return this.module.get(UnitOfWork).run(() => this.module.get(AccountClosing).close(customerId));
  }

  /** So many units of each of the books at a library, in one transaction. Gives how often it had to be tried. */
  async setUnitsOfAll(bookIds: readonly string[], libraryId: string, units: number): Promise<number> {
    let attempts = 0;
    await this.module.get(UnitOfWork).run(async () => {
      attempts++;
      await this.module.get(Titles).setUnits(bookIds.map((bookId) => ({ bookId, libraryId, units })));
    });
    return attempts;
  }

  queue(bookId: string): Promise<QueueView> {
    return this.module.get(QueryBus).execute(new GetQueue(bookId, STAFF));
  }

  list(actor: Actor, filter: ReservationFilter = {}, page: Partial<PageRequest> = {}): Promise<Page<ReservationView>> {
    return this.module.get(QueryBus).execute(new ListReservations(filter, { limit: 20, offset: 0, ...page }, actor));
  }

  read(actor: Actor, reservationId: string): Promise<ReservationView> {
    return this.module.get(QueryBus).execute(new GetReservation(reservationId, actor));
  }

  async statusOf(reservationId: string): Promise<string> {
    const row = await this.database.one<{ status: string }>('SELECT status FROM lending.reservations WHERE id = $1', [
      reservationId,
    ]);
    return row.status;
  }

  /** The public events so far about a subject, in order. */
  async events(subject: string): Promise<string[]> {
    const rows = await this.database.query<{ type: string }>(
      'SELECT type FROM platform.outbox WHERE subject = $1 ORDER BY position',
      [subject],
    );
    return rows.map(({ type }) => type);
  }

  /** Every promise that the tables can break, as sentences; none when all is well. */
  brokenInvariants(extent?: Extent): Promise<string[]> {
    const passedOverAbove = this.module.get(Settings).openReservationsLimit;
    return brokenInvariants(this.database, { passedOverAbove, ...extent });
  }

  /** For commands that have no word of their own above. */
  execute<Result>(command: Command<Result>): Promise<Result> {
    return this.module.get(CommandBus).execute(command);
  }

  /** For queries that have no word of their own above. */
  ask<Result>(query: Query<Result>): Promise<Result> {
    return this.module.get(QueryBus).execute(query);
  }
}
