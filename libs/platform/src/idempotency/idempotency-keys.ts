import { Injectable } from '@nestjs/common';
import type { QueryResult } from 'pg';
import { Database } from '../database/database.js';
import { currentContext } from '../http/request-context.js';
import { claimStatements, findKept, keepAnswers, type Refusal, refusalsOf } from './kept-answers.js';
import type { KeyedRequest } from './keyed-request.js';

/**
 * The Idempotency-Keys of requests that create. `UnitOfWork` sees to the usual case by itself: the first transaction of a
 * request claims its key as it begins, and keeps the answer before it commits. This is for what is not usual.
 */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly database: Database) {}

  /**
   * The present request with its key, undefined where it has none, for a transaction that several requests share:
   * `UnitOfWork` leaves it alone from now on, and whoever took it calls `claim` and `keep`.
   */
  take(): KeyedRequest | undefined {
    const request = currentContext()?.keyed;
    if (request) request.isTaken = true;
    return request;
  }

  /**
   * Before anything else in the current transaction, in one round trip: for each request, in their order, why it must not be
   * done and what to reject it with; null where it must. Waits for nobody. The keys are free again at the transaction's end.
   */
  async claim(requests: readonly KeyedRequest[]): Promise<Refusal[]> {
    const { client } = this.database.requireTransaction('IdempotencyKeys.claim');
    if (requests.length === 0) return [];
    const found: unknown = await client.query(claimStatements(requests));
    return refusalsOf(requests, found as QueryResult[]);
  }

  /**
   * Keeps the answers of claimed requests in the current transaction, in one round trip. `result` is what the command of
   * the request gives, the same object; what is refused is not kept.
   */
  async keep(kept: readonly { request: KeyedRequest; result: unknown }[]): Promise<void> {
    const { client } = this.database.requireTransaction('IdempotencyKeys.keep');
    if (kept.length > 0) await keepAnswers(client, kept);
  }

  /**
   * For a command that is costly, or counted, before its transaction: ends it here when the present request was answered.
   * @throws AnsweredBefore; PlatformError `idempotency-key-reused`
   */
  async endWhenAnswered(): Promise<void> {
    const request = currentContext()?.keyed;
    const refusal = request && (await findKept((sql, values) => this.database.query(sql, values), request));
    if (refusal) throw refusal;
  }

  /** All answers to an account that is deleted. Joins the current transaction. */
  async forgetCaller(userId: string): Promise<void> {
    await this.database.execute('DELETE FROM platform.idempotency_keys WHERE caller = $1', [userId]);
  }
}
