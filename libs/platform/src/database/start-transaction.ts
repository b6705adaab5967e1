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
  // What `startTransaction` notes: by it TypeORM commits, rolls back, and begins no transaction of its own in `save()`.
  Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
  const results: unknown = await client.query(`START TRANSACTION; ${statements}`);
  return (results as QueryResult[]).slice(1);
}
