import type { PoolClient, QueryResult } from 'pg';
import { PlatformError } from '../http/problem.js';
import { ReadyJson } from '../http/ready-json.js';
import type { CreationAnswer, KeyedRequest } from './keyed-request.js';

/** The request was done before: not an error, but the way out of a command that must not run again. */
export class AnsweredBefore extends Error {
  constructor(readonly answer: CreationAnswer) {
    super('the request with this Idempotency-Key was answered before');
  }
}

/** Why a request must not be done; null: it must. */
export type Refusal = PlatformError | AnsweredBefore | null;

interface LockRow {
  isFree: boolean;
}

export interface KeptRow {
  digest: string;
  fingerprint: string;
  status: number;
  location: string | null;
  content: string;
}

const KEPT = `SELECT encode(digest, 'hex') AS digest, encode(fingerprint, 'hex') AS fingerprint, status, location, content
  FROM platform.idempotency_keys WHERE expires_at > now()`;

/**
 * Two statements, for `refusalsOf`: the locks of the keys, without waiting, then the answers that there are. Each has a
 * snapshot of its own (READ COMMITTED), so whoever gets a lock sees what its last holder has committed. All values are
 * digits of our own, so that they can go in one message with the begin of a transaction, which takes no parameters.
 */
export function claimStatements(requests: readonly KeyedRequest[]): string {
  const locks = requests.map(({ lock }, place) => `(${place}, '${lock}'::bigint)`);
  const digests = requests.map(({ digest }) => `'\\x${digest}'`);
  return `SELECT pg_try_advisory_xact_lock(lock) AS "isFree" FROM (VALUES ${locks.join()}) AS wanted (place, lock)
           ORDER BY place;
          ${KEPT} AND digest IN (${digests.join()})`;
}

/** What the two statements found, in the order of the requests. */
export function refusalsOf(requests: readonly KeyedRequest[], [locks, rows]: QueryResult[]): Refusal[] {
  const kept = new Map((rows?.rows as KeptRow[]).map((row) => [row.digest, row]));
  const claimed = new Set<string>();
  return requests.map((request, place) => {
    const answered = refusalBy(kept.get(request.digest), request);
    if (answered) return answered;
    // A session gets its own lock again and again: the same key twice among the requests is found here.
    const isFree = (locks?.rows as LockRow[])[place]?.isFree === true && !claimed.has(request.digest);
    claimed.add(request.digest);
    return isFree ? null : new PlatformError('idempotency-key-in-use', 'The first request with this key still runs.');
  });
}

/** Outside of a transaction: what is kept under the key now. */
export async function findKept(
  query: (sql: string, values: unknown[]) => Promise<KeptRow[]>,
  request: KeyedRequest,
): Promise<Refusal> {
  const [row] = await query(`${KEPT} AND digest = decode($1, 'hex')`, [request.digest]);
  return refusalBy(row, request);
}

function refusalBy(row: KeptRow | undefined, { fingerprint }: KeyedRequest): Refusal {
  if (!row) return null;
  if (row.fingerprint !== fingerprint) {
    return new PlatformError('idempotency-key-reused', 'The key came with another request before; take a new one.');
  }
  return new AnsweredBefore({ status: row.status, location: row.location, content: ReadyJson.kept(row.content) });
}

/** In the transaction that has claimed the keys. A row that is there has expired. */
export async function keepAnswers(
  client: PoolClient,
  kept: readonly { request: KeyedRequest; result: unknown }[],
): Promise<void> {
  const answers = kept.map(({ request, result }) => request.answerOf(result));
  const requests = kept.map(({ request }) => request);
  await client.query({
    name: 'idempotency_keep',
    text: `INSERT INTO platform.idempotency_keys (digest, caller, fingerprint, status, location, content, expires_at)
           SELECT decode(digest, 'hex'), caller, decode(fingerprint, 'hex'), status, location, content,
                  now() + make_interval(hours => hours)
             FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[], $7::text[])
                  AS answer (digest, caller, fingerprint, hours, status, location, content)
           ON CONFLICT (digest) DO UPDATE
              SET fingerprint = excluded.fingerprint, status = excluded.status, location = excluded.location,
                  content = excluded.content, expires_at = excluded.expires_at`,
    values: [
      requests.map(({ digest }) => digest),
      requests.map(({ caller }) => caller),
      requests.map(({ fingerprint }) => fingerprint),
      requests.map(({ hours }) => hours),
      answers.map(({ status }) => status),
      answers.map(({ location }) => location),
      answers.map(({ content }) => content.keep()),
    ],
  });
}
