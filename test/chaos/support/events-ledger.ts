import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventRegistry } from '@holdfast/composition';
import { Database, Outbox, UnitOfWork } from '@holdfast/platform';
import { createDataSource } from '../../../libs/platform/src/database/data-source.js';
import { RelaySignal } from '../../../libs/platform/src/messaging/relay-signal.js';
import { type Change, nameOf } from './events-judge.js';

/** As quick as a busy library: a backlog of minutes is not what is tested here. */
const PACE_MS = 5;

export const EVENT = 'books_imported';

/** Changes that are under way until their transaction is told how to end. */
export interface OpenChange {
  end(how: 'commit' | 'roll back'): Promise<void>;
}

/**
 * Makes changes, as the product would, and knows which of them were committed. Their event is one that the real worker
 * consumes: the end of an import, whose count of rows is the number of the change.
 */
export class Ledger {
  private readonly numbers = new Map<string, number>();
  private readonly made: Change[] = [];
  private doubtful: Change[] = [];
  ghosts = 0;

  private constructor(
    readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
    private readonly outbox: Outbox,
    private readonly disconnect: () => Promise<void>,
  ) {}

  static async open(url: string): Promise<Ledger> {
    const dataSource = await createDataSource({ url, poolSize: 20, schemas: [], migrations: [] }).initialize();
    const database = new Database(dataSource);
    const unitOfWork = new UnitOfWork(database);
    const outbox = new Outbox(database, unitOfWork, eventRegistry(), new RelaySignal(database));
    return new Ledger(database, unitOfWork, outbox, () => dataSource.destroy());
  }

  close(): Promise<void> {
    return this.disconnect();
  }

  static subject(): string {
    return `uploads/${randomUUID()}`;
  }

  /** Changes that were committed, one subject's in the order of their commits. */
  async committed(): Promise<readonly Change[]> {
    for (const change of this.doubtful) {
      const found = await this.database.query(
        `SELECT FROM platform.outbox WHERE subject = $1 AND (data ->> 'insertedRows')::int = $2`,
        [change.subject, change.n],
      );
      if (found.length > 0) this.made.push(change);
    }
    this.doubtful = [];
    return this.made;
  }

  get count(): number {
    return this.made.length;
  }

  /** `fileName` makes the event as large as one likes. */
  async commit(subject = Ledger.subject(), fileName = 'books.csv'): Promise<Change> {
    const change = this.next(subject);
    await this.unitOfWork.run(() => this.append(change, fileName));
    this.made.push(change);
    return change;
  }

  /** So many changes of subjects of their own, in one transaction. */
  async commitMany(count: number): Promise<Change[]> {
    const changes = Array.from({ length: count }, () => this.next(Ledger.subject()));
    await this.unitOfWork.run(async () => {
      for (const change of changes) await this.append(change);
    });
    this.made.push(...changes);
    return changes;
  }

  async rollBack(subject = Ledger.subject()): Promise<void> {
    await (await this.begin(subject)).end('roll back');
  }

  /** A change that has its place among the events and is not committed yet. */
  async begin(subject = Ledger.subject()): Promise<OpenChange> {
    const change = this.next(subject);
    let end = (_: 'commit' | 'roll back'): void => undefined;
    const told = new Promise<'commit' | 'roll back'>((resolve) => (end = resolve));
    let placed = (): void => undefined;
    const isPlaced = new Promise<void>((resolve) => (placed = resolve));
    const ended = this.unitOfWork.run(async () => {
      await this.append(change);
      placed();
      if ((await told) === 'roll back') throw new RolledBack();
    });
    await Promise.race([isPlaced, ended]);
    return {
      end: async (how) => {
        end(how);
        await ended.then(
          () => this.made.push(change),
          (error: unknown) => (error instanceof RolledBack ? this.ghosts++ : this.doubtful.push(change)),
        );
      },
    };
  }

  /**
   * Goes on making changes of ten subjects, one after the other, until it is stopped. Every fifth is rolled back, every
   * seventh is committed only after its successor, of another subject. While the database is away it tries again.
   */
  keepCommitting(): { stop(): Promise<void> } {
    const subjects = Array.from({ length: 10 }, () => Ledger.subject());
    let going = true;
    const running = (async () => {
      for (let round = 0; going; round++) {
        await this.oneOfMany(round, subjects[round % subjects.length]!);
        await sleep(PACE_MS);
      }
    })();
    return {
      stop: () => {
        going = false;
        return running;
      },
    };
  }

  private async oneOfMany(round: number, subject: string): Promise<void> {
    if (round % 5 === 4) return void (await this.rollBack(subject).catch(() => undefined));
    const late = round % 7 === 6 ? await this.begin().catch(() => undefined) : undefined;
    const change = this.next(subject);
    await this.unitOfWork
      .run(() => this.append(change))
      .then(
        () => this.made.push(change),
        () => this.doubtful.push(change),
      );
    await late?.end('commit');
  }

  private next(subject: string): Change {
    const n = this.numbers.get(subject) ?? 0;
    this.numbers.set(subject, n + 1);
    return { subject, n };
  }

  private async append({ subject, n }: Change, fileName = 'books.csv'): Promise<void> {
    const data = {
      uploadId: subject.replace('uploads/', ''),
      uploadedBy: NOBODY,
      fileName,
      status: 'completed',
      insertedRows: n,
      updatedRows: 0,
      failedRows: 0,
    };
    await this.outbox.append({ type: EVENT, subject, data });
  }
}

class RolledBack extends Error {}

/** No account has this id, so its mails are noted and then skipped. */
const NOBODY = randomUUID();

export const namesOf = (changes: readonly Change[]): string[] => changes.map(nameOf).sort();
