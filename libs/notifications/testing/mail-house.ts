import { newId } from '@holdfast/kernel';
import {
  Metrics,
  type Relay,
  type CloudEvent,
  createDataSource,
  Database,
  type JobDefinition,
  type JobPayload,
  Jobs,
  readSettings,
  type Settings,
  UnitOfWork,
} from '@holdfast/platform';
import { type FreshDatabase, freshDatabase } from '@holdfast/platform/testing';
import { Letters } from '../src/application/letters.js';
import { MailOutcomes } from '../src/application/mail-outcomes.js';
import { MailSender } from '../src/application/mail-sender.js';
import type { Mailer } from '../src/application/mailer.js';
import { NotificationsConsumer } from '../src/application/notifications-consumer.js';
import { PresentState } from '../src/application/present-state.js';
import { PublicLinks } from '../src/application/public-links.js';
import type { Reader, ReservationNow } from '../src/domain/mail-policies.js';
import { MailFigures } from '../src/infrastructure/mail-figures.js';
import { SmtpMailer } from '../src/infrastructure/smtp-mailer.js';
import { SqlMails } from '../src/infrastructure/sql-mails.js';
import { PostOffice } from './post-office.js';

export const FROM = 'Holdfast <library@holdfast.example>';
export const ADA = '0199a1b2-0000-7000-8000-00000000ada0';
export const RESERVATION = '0199a1b2-0000-7000-8000-0000000000aa';
export const BOOK = '0199a1b2-0000-7000-8000-0000000000bb';
export const NOW = '2026-11-28T12:00:00.000Z';
export const ENDS = '2026-11-29T10:00:00.000Z';
export const NEVER = new AbortController().signal;

/** The other contexts. */
export class StatedState extends PresentState {
  ada: Reader | null = {
    email: 'ada@example.org',
    emailVerified: true,
    name: 'Ada',
    isActive: true,
    wantsNotices: true,
  };
  now: ReservationNow | null = {
    status: 'active',
    bookId: BOOK,
    library: 'Main Library',
    queuePosition: null,
    estimatedFrom: null,
    requestedUntil: ENDS,
    endOfReservation: ENDS,
    price: 2.8,
  };
  title: string | null = 'Emma';
  /** Called before each look at the reader. */
  beforeLook: () => Promise<void> | void = () => undefined;

  async reader(userId: string): Promise<Reader | null> {
    await this.beforeLook();
    return userId === ADA || userId.endsWith('0ada') ? this.ada : null;
  }
  reservation(): Promise<ReservationNow | null> {
    return Promise.resolve(this.now);
  }
  bookTitle(): Promise<string | null> {
    return Promise.resolve(this.title);
  }
}

class NotedJobs extends Jobs {
  readonly asked: JobPayload[] = [];
  request(_: string, payload: JobPayload = {}): Promise<void> {
    this.asked.push(payload);
    return Promise.resolve();
  }
  work(_: readonly JobDefinition[]): Promise<void> {
    return Promise.resolve();
  }
  stop(): Promise<void> {
    return Promise.resolve();
  }
  states = () => Promise.resolve([]);
  isReady(): boolean {
    return true;
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** One process: a pool, a consumer and a sender of its own. */
export interface MailWorker {
  database: Database;
  unitOfWork: UnitOfWork;
  mails: SqlMails;
  consumer: NotificationsConsumer;
  sender: MailSender;
  outcomes: MailOutcomes;
}

export interface MailRow {
  id: string;
  event_id: string;
  kind: string;
  state: string;
  news: object | null;
  attempts: number;
  doubts: number;
  reason: string | null;
  message_id: string | null;
  /** Until it may be tried again. */
  pause: number;
}

/** Notifications on a real database, with a real SMTP server. */
export class MailHouse {
  state!: StatedState;
  readonly jobs = new NotedJobs();
  time = new Date(NOW);
  private readonly workers: MailWorker[] = [];
  private sequence = 0;

  private constructor(
    private readonly fresh: FreshDatabase,
    readonly post: PostOffice,
  ) {
    this.putBack();
  }

  static async open(): Promise<MailHouse> {
    return new MailHouse(await freshDatabase(), await PostOffice.open());
  }

  async worker(options: { mailer?: Mailer; env?: Record<string, string> } = {}): Promise<MailWorker> {
    const state = this.asked();
    const settings: Settings = readSettings({ PUBLIC_URL: 'https://library.example/', ...options.env });
    const source = createDataSource({ url: this.fresh.url, poolSize: 20, schemas: [], migrations: [] });
    const database = new Database(await source.initialize());
    const unitOfWork = new UnitOfWork(database);
    const mails = new SqlMails(database);
    const mailer = options.mailer ?? new SmtpMailer(this.post.url, FROM);
    const clock = { now: () => this.time };
    const letters = new Letters(new PublicLinks(settings));
    const outcomes = new MailOutcomes();
    const worker = {
      database,
      unitOfWork,
      mails,
      consumer: new NotificationsConsumer(mails, this.jobs, unitOfWork),
      sender: new MailSender(mails, mailer, state, letters, clock, settings, outcomes),
      outcomes,
    };
    this.workers.push(worker);
    return worker;
  }

  /** As new, for another test. */
  async clear(): Promise<void> {
    await this.workers[0]!.database.query('TRUNCATE notifications.mails, notifications.kept_titles');
    this.putBack();
  }

  private putBack(): void {
    this.state = new StatedState();
    this.time = new Date(NOW);
    this.jobs.asked.length = 0;
    this.post.putBack();
  }

  /** Asks whatever the state is at that moment. */
  private asked(): PresentState {
    return {
      reader: (id: string) => this.state.reader(id),
      reservation: () => this.state.reservation(),
      bookTitle: () => this.state.bookTitle(),
    };
  }

  /** As the inbox hands it over, but for the note that it was handled. */
  hand(worker: MailWorker, event: CloudEvent): Promise<void> {
    return worker.unitOfWork.run(() => worker.consumer.handle(event));
  }

  /** Hands it over and sends what is due. */
  async tell(worker: MailWorker, event: CloudEvent): Promise<MailRow> {
    await this.hand(worker, event);
    await worker.sender.sendDue(NEVER);
    return this.rowOf(event);
  }

  event(type: string, data: object, id: string = newId()): CloudEvent {
    const sequence = String(++this.sequence).padStart(15, '0');
    return {
      specversion: '1.0',
      id,
      source: '/holdfast/test',
      type,
      subject: 'reservations/1',
      time: '2026-11-28T11:59:00.000Z',
      datacontenttype: 'application/json',
      dataschema: '/x',
      sequence,
      data,
    };
  }

  async rows(): Promise<MailRow[]> {
    return this.workers[0]!.database.query<MailRow>(
      `SELECT *, extract(epoch FROM due_at - clock_timestamp())::float8 AS pause
         FROM notifications.mails ORDER BY created_at, id`,
    );
  }

  async rowOf({ id }: CloudEvent): Promise<MailRow> {
    const row = (await this.rows()).find((one) => one.event_id === id);
    if (!row) throw new Error('there is no mail of this event');
    return row;
  }

  /** What the metrics of a worker say whose relay is the active one. */
  async figures(worker: MailWorker): Promise<string> {
    const metrics = new Metrics();
    const relay = { ask: (sql: string) => worker.database.query(sql) } as unknown as Relay;
    new MailFigures(metrics, worker.outcomes, relay);
    return metrics.text();
  }

  /** All pauses and leases are over. */
  async letTimePass(): Promise<void> {
    await this.workers[0]!.database.query(
      'UPDATE notifications.mails SET due_at = clock_timestamp() WHERE ended_at IS NULL',
    );
  }

  async close(): Promise<void> {
    for (const { database } of this.workers) await database.dataSource.destroy();
    await this.post.close();
    await this.fresh.drop();
  }
}

/** The data of a reservation's event. */
export const reservationData = (changes: object = {}): object => ({
  id: RESERVATION,
  customerId: ADA,
  bookId: BOOK,
  status: 'active',
  endOfReservation: ENDS,
  ...changes,
});

export const verificationData = (changes: object = {}): object => ({
  userId: ADA,
  email: 'ada@example.org',
  token: 'to/ken+1',
  expiresAt: '2026-11-29T12:00:00.000Z',
  ...changes,
});

export const codeData = (changes: object = {}): object => ({
  userId: ADA,
  email: 'ada@example.org',
  otp: '042117',
  expiresAt: '2026-11-28T12:09:00.000Z',
  purpose: 'password_reset',
  ...changes,
});

export const importData = (changes: object = {}): object => ({
  uploadId: RESERVATION,
  uploadedBy: ADA,
  fileName: 'books.csv',
  status: 'completed',
  insertedRows: 12,
  updatedRows: 3,
  failedRows: 0,
  ...changes,
});
