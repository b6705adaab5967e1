import { TemporarilyUnavailable } from '../http/problem.js';
import { sqlState } from './sql-state.js';

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);

/**
 * Whether PostgreSQL could not be reached, went away, or took too long, or the process lets go of it: the client may try again.
 * SQLSTATE classes 08 (connection), 53 (resources), 57 (operator intervention), and the messages of `pg`, which gives
 * its own failures no code; also behind the TemporarilyUnavailable that a unit of work makes of them.
 */
export function isConnectionFailure(error: unknown): boolean {
  if (error instanceof TemporarilyUnavailable) return isConnectionFailure(error.cause);
  const code = sqlState(error);
  if (NETWORK.has(code) || /^(08|53|57)/.test(code)) return true;
  return (
    error instanceof Error &&
    /^(Connection terminated|timeout exceeded when trying to connect|timeout expired$|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end)/.test(
      error.message,
    )
  );
}
