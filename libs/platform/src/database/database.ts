import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient, QueryResult, QueryResultRow } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { type CopyCell, copyText } from './copy-text.js';
import type { FairPool } from './fair-pool.js';

/** The transaction that the current asynchronous call runs in. */
export interface OpenTransaction {
  runner: QueryRunner;
  client: PoolClient;
  afterCommit: (() => unknown)[];
  /** The answer to its start while that is under way: the statement behind it counts only when it has begun. */
  begun?: Promise<unknown>;
}

/**
 * The one way to PostgreSQL. Inside `UnitOfWork.run` every call joins its transaction; outside, each statement
 * stands alone. Rows come back as `pg` gives them: `timestamptz` as Date, `bigint` as string.
 */
export class Database {
  private readonly transactions = new AsyncLocalStorage<OpenTransaction>();

  constructor(readonly dataSource: DataSource) {}

  /** All rows of a statement. */
  async query<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.result<Row>({ text: sql, values })).rows;
  }

  /** The only row of a statement, or null when there is none. */
  async maybeOne<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row | null> {
    return (await this.query<Row>(sql, values))[0] ?? null;
  }

  /** The only row of a statement that always gives one. */
  async one<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row> {
    const row = await this.maybeOne<Row>(sql, values);
    if (row === null) throw new Error('a statement that always gives a row gave none');
    return row;
  }

  /** The number of rows that a statement changed. */
  async execute(sql: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.result({ text: sql, values })).rowCount ?? 0;
  }

  /**
   * Like `query`, but planned once per connection under a name: two thirds of the time of an unnamed statement.
   * The name must be unique for the text; for hot paths only.
   */
  async prepared<Row extends QueryResultRow>(name: string, sql: string, values: readonly unknown[]): Promise<Row[]> {
    return (await this.result<Row>({ name, text: sql, values })).rows;
  }

  /**
   * Adds rows to a table by COPY, the cheapest way for many: they are not held as text in memory. Joins the current
   * transaction. `table` and `columns` are SQL of ours.
   */
  async copy(table: string, columns: readonly string[], rows: Iterable<readonly CopyCell[]>): Promise<void> {
    const { client } = this.requireTransaction('Database.copy');
    // No statement may be sent behind a COPY, so `pg` refuses one where they may.
    const mode = client as PoolClient & { pipeline: boolean };
    mode.pipeline = false;
    try {
      const target = client.query(copyFrom(`COPY ${table} (${columns.join(', ')}) FROM STDIN`));
      await pipeline(Readable.from(copyText(rows), { objectMode: false }), target);
    } finally {
      mode.pipeline = true;
    }
  }

  /** TypeORM's entity manager of the current transaction, or of the pool outside of one. */
  get manager(): EntityManager {
    return this.transactions.getStore()?.runner.manager ?? this.dataSource.manager;
  }

  /** The open transaction of the current call, if any. */
  get transaction(): OpenTransaction | undefined {
    return this.transactions.getStore();
  }

  /** For statements that make sense only together with others: fails outside `UnitOfWork.run`. */
  requireTransaction(what: string): OpenTransaction {
    const transaction = this.transactions.getStore();
    if (!transaction) throw new Error(`${what} needs a transaction: call it inside UnitOfWork.run`);
    return transaction;
  }

  /** Runs `work` with `transaction` as the ambient one. Only `UnitOfWork` calls it. */
  within<T>(transaction: OpenTransaction, work: () => Promise<T>): Promise<T> {
    return this.transactions.run(transaction, work);
  }

  /** The pool behind TypeORM: for a session of one's own (COPY, LISTEN, session-level advisory locks). */
  get pool(): FairPool {
    return (this.dataSource.driver as unknown as { master: FairPool }).master;
  }

  private result<Row extends QueryResultRow>(statement: {
    name?: string;
    text: string;
    values: readonly unknown[];
  }): Promise<QueryResult<Row>> {
    const transaction = this.transactions.getStore();
    const target = transaction?.client ?? this.pool;
    const result = target.query<Row>({ ...statement, values: statement.values as unknown[] });
    return transaction?.begun ? firstOf(transaction, result) : result;
  }
}

/** @throws whatever the transaction did not begin for */
async function firstOf<Result>(transaction: OpenTransaction, statement: Promise<Result>): Promise<Result> {
  const [result] = await Promise.all([statement, transaction.begun]);
  transaction.begun = undefined;
  return result;
}
