import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { PoolClient } from 'pg';
import type { QueryRunner } from 'typeorm';
import { TemporarilyUnavailable } from '../http/problem.js';
import { currentContext, runInContext } from '../http/request-context.js';
import { claimStatements, keepAnswers, refusalsOf } from '../idempotency/kept-answers.js';
import type { KeyedRequest } from '../idempotency/keyed-request.js';
import { currentSpans, type SpanStart, traced } from '../tracing/tracing.js';
import { Database, type OpenTransaction } from './database.js';
import { isConnectionFailure } from './failures.js';
import { sqlState } from './sql-state.js';
import { sendStart, startTransactionWith } from './start-transaction.js';

const RETRIED = new Set(['40001', '40P01']); // serialization_failure, deadlock_detected
const MAX_ATTEMPTS = 4;
const TRANSACTION: SpanStart = { name: 'transaction', kind: 'client', attributes: { 'db.system.name': 'postgresql' } };

type Beginning = 'start' | 'start with first statement';

/**
 * One transaction (READ COMMITTED) for one command: all of it is committed, or nothing.
 *
 * A deadlock or a serialisation failure is tried again, at most four times in all with a growing random pause, so the
 * work must not have effects outside the database; those belong into `afterCommit`. A call inside another `run` joins it.
 *
 * In a request with an Idempotency-Key the first transaction that commits is the one that the key is for: it begins by
 * claiming the key, and ends by keeping the answer to the result of the work.
 * @throws TemporarilyUnavailable when the conflict does not go away, or the connection is lost: during the commit
 * itself nobody can tell then whether it was committed. AnsweredBefore, and PlatformError, when the key is not to be used.
 */
@Injectable()
export class UnitOfWork {
  private readonly logger = new Logger(UnitOfWork.name);

  constructor(private readonly database: Database) {}

  run<T>(work: () => Promise<T>): Promise<T> {
    return this.inSpan(work, 'start');
  }

  /**
   * The same, with the start and the first statement of the work in one round trip. For work whose first statement changes
   * nothing, such as one that locks: should the transaction not begin, that one is run outside of it, with what was sent
   * in the same turn.
   */
  runLocking<T>(work: () => Promise<T>): Promise<T> {
    return this.inSpan(work, 'start with first statement');
  }

  private inSpan<T>(work: () => Promise<T>, beginning: Beginning): Promise<T> {
    if (!currentSpans() || this.database.transaction) return this.untilDecided(work, beginning);
    return traced(
      () => TRANSACTION,
      () => this.untilDecided(work, beginning),
    );
  }

  private async untilDecided<T>(work: () => Promise<T>, beginning: Beginning): Promise<T> {
    if (this.database.transaction) return work();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(work, beginning);
      } catch (error) {
        if (!RETRIED.has(sqlState(error))) throw error;
        if (attempt === MAX_ATTEMPTS) throw new TemporarilyUnavailable('Too many changes at once; try again.', error);
        await sleep(Math.random() * 10 * 2 ** attempt);
      }
    }
  }

  /**
   * Runs `effect` once the current transaction is committed and before `run` returns; never when it is rolled back.
   * The change stands whatever the effect does: a failure is logged. Outside a transaction it runs at once.
   */
  afterCommit(effect: () => unknown): void {
    const transaction = this.database.transaction;
    const context = currentContext();
    if (!transaction) void this.settle([effect]);
    // Works that share a transaction have contexts of their own.
    else transaction.afterCommit.push(context ? () => runInContext(context, effect) : effect);
  }

  private async attempt<T>(work: () => Promise<T>, beginning: Beginning): Promise<T> {
    const runner = this.database.dataSource.createQueryRunner();
    const keyed = currentContext()?.keyed;
    const request = keyed?.isTaken ? undefined : keyed;
    let transaction: OpenTransaction;
    let result: T;
    try {
      const client = (await runner.connect()) as PoolClient;
      transaction = { runner, client, afterCommit: [] };
      try {
        if (request) await claim(runner, client, request);
        else if (beginning === 'start') await runner.startTransaction();
        else transaction.begun = sendStart(runner, client);
        result = await this.database.within(transaction, work);
        await transaction.begun;
        if (request) await keepAnswers(client, [{ request, result }]);
        await runner.commitTransaction();
        if (request) request.isTaken = true;
      } catch (error) {
        // TypeORM lets go of a broken connection by itself, and PostgreSQL rolls back what was under way on it.
        if (!runner.isReleased) await runner.rollbackTransaction().catch(() => undefined);
        if (runner.isReleased || isConnectionFailure(error)) {
          throw new TemporarilyUnavailable('The connection to the database was lost.', error);
        }
        throw error;
      }
    } finally {
      await runner.release();
    }
    await this.settle(transaction.afterCommit);
    return result;
  }

  private async settle(effects: (() => unknown)[]): Promise<void> {
    for (const effect of effects) {
      try {
        await effect();
      } catch (error) {
        this.logger.error(`an effect after commit failed: ${(error as Error).message}`);
      }
    }
  }
}

/** @throws AnsweredBefore; PlatformError: the request must not be done */
async function claim(runner: QueryRunner, client: PoolClient, request: KeyedRequest): Promise<void> {
  const found = await startTransactionWith(runner, client, claimStatements([request]));
  const [refusal] = refusalsOf([request], found);
  if (refusal) throw refusal;
}
