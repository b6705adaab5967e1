import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultProxy, type FreshDatabase, freshDatabase } from '@holdfast/platform/testing';
import { type Answer, Client } from '../../e2e/support/client.js';
import { common } from '../../e2e/support/installation.js';
import { signInAdmin } from '../../e2e/support/people.js';
import { Program } from '../../e2e/support/program.js';
import { Obstacles } from './obstacles.js';
import { addCustomers, Session } from './session.js';

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** A copy that is out, and one who waits for it. */
export interface HandOver {
  book: string;
  held: string;
  waiting: string;
}

/** A real process, built as it is delivered, that is killed; its way to PostgreSQL can be cut or held up as well. */
export class Victim {
  private program!: Program;
  staff!: Client;

  private constructor(
    private readonly database: FreshDatabase,
    readonly session: Session,
    readonly obstacles: Obstacles,
    readonly toPostgres: FaultProxy,
    private readonly dataDir: string,
  ) {}

  static async start(): Promise<Victim> {
    const database = await freshDatabase();
    const { hostname, port } = new URL(database.url);
    const victim = new Victim(
      database,
      await Session.open(database.url),
      await Obstacles.in(database.url),
      await FaultProxy.to(hostname, Number(port || 5432)),
      await mkdtemp(join(tmpdir(), 'holdfast-victim-')),
    );
    await victim.launch();
    return victim;
  }

  async close(): Promise<void> {
    await this.clear();
    await this.program.stop();
    await this.toPostgres.close();
    await this.obstacles.close();
    await this.session.close();
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Nothing stands in the way any more. */
  async clear(): Promise<void> {
    await this.obstacles.letGo();
    this.toPostgres.heal();
    await this.obstacles.clear();
  }

  /** Dies as by `kill -9`, and comes back. */
  async killAndStartAgain(): Promise<void> {
    await this.program.stop('SIGKILL');
    await this.clear();
    await this.launch();
  }

  reserve(customerId: string, bookId: string, headers: Record<string, string> = {}): Promise<Answer> {
    // The same text each time: a request that is repeated is the same one.
    return this.staff.post('/api/reservations', { customerId, bookId, reservedUntil: IN_FIVE_DAYS }, headers);
  }

  giveBack(id: string): Promise<Answer> {
    return this.staff.post(`/api/reservations/${id}/return`);
  }

  async customer(): Promise<string> {
    return (await addCustomers(this.session, 1))[0] ?? '';
  }

  async bookWithOneCopy(): Promise<string> {
    return (await this.staff.post('/api/books', { title: 'Sought', price: 10, units: 1 })).body.id as string;
  }

  async handOver(): Promise<HandOver> {
    const book = await this.bookWithOneCopy();
    const held = await this.reserve(await this.customer(), book);
    const waiting = await this.reserve(await this.customer(), book);
    expect([held.body.status, waiting.body.status]).toEqual(['active', 'pending']);
    return { book, held: held.body.id, waiting: waiting.body.id };
  }

  async statusOf(id: string): Promise<string | undefined> {
    const sql = 'SELECT status FROM lending.reservations WHERE id = $1';
    return (await this.session.query<{ status: string }>(sql, [id]))[0]?.status;
  }

  reservationsOf(book: string): Promise<{ id: string }[]> {
    return this.session.query('SELECT id FROM lending.reservations WHERE book_id = $1', [book]);
  }

  async eventsOf(id: string): Promise<string[]> {
    const sql = 'SELECT type FROM platform.outbox WHERE subject = $1 ORDER BY position';
    return (await this.session.query<{ type: string }>(sql, [`reservations/${id}`])).map(({ type }) => type);
  }

  private async launch(): Promise<void> {
    const url = new URL(this.database.url);
    url.host = `127.0.0.1:${this.toPostgres.port}`;
    this.program = Program.start('holdfast', {
      ...common,
      DATABASE_URL: url.toString(),
      HOLDFAST_DATA_DIR: this.dataDir,
    });
    const [, base = ''] = await this.program.says(/API +(http:\S+)\/api\n/);
    this.staff = await signInAdmin(new Client(base));
  }
}

const IN_FIVE_DAYS = inDays(5);

export const NO_ANSWER = 'no answer';

/** Status and problem, or status and state of the reservation. */
export const codeOf = ({ status, body }: Answer): string => `${status} ${String(body?.type ?? body?.status)}`;

export const codeOrNone = (answer: Promise<Answer>): Promise<string> => answer.then(codeOf, () => NO_ANSWER);
