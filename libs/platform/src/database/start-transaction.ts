import type { PoolClient, QueryResult } from 'pg';
import type { QueryRunner } from 'typeorm';

/**
 * Begins a transaction with its first statements in one round trip, where TypeORM's `startTransaction` takes one for itself.
 * They go by the simple protocol: no parameters. Gives the result of each.
 */
export async function startTransactionWith(
  runner: QueryRunner,
  client: PoolClient,
  statements: string,
): Promise<QueryResult[]> {
  noteStart(runner);
  const results: unknown = await client.query(`START TRANSACTION; ${statements}`);
  return (results as QueryResult[]).slice(1);
}

/** Sends the start of a transaction and does not wait, so that its first statement follows in the same round trip. */
export function sendStart(runner: QueryRunner, client: PoolClient): Promise<unknown> {
  noteStart(runner);
  const begun = client.query('START TRANSACTION');
  // Whoever needs it to have begun waits for it; nobody does when the first statement fails before that.
  begun.catch(() => undefined);
  return begun;
}

/** What `startTransaction` notes: by it TypeORM commits, rolls back, and begins no transaction of its own in `save()`. */
const noteStart = (runner: QueryRunner): unknown =>
  Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
