import { type Broker, BrokerUnavailable, type Redelivery } from '../broker.js';
import type { RelaySession } from './relay-session.js';

const AT_ONCE = 50;

interface RequestedReplay extends Redelivery {
  id: string;
  /** As text, for a Date has no microseconds. */
  requestedAt: string;
}

/**
 * Gives dead letters that staff wants handled again to their consumers, each to its own and to no other. One is removed
 * once its queue has it: a crash in between does it again. One that no queue takes stays, with the reason.
 */
export async function replayDeadLetters(session: RelaySession, broker: Broker): Promise<void> {
  if (!broker.isReady()) return;
  const letters = await session.query<RequestedReplay>(
    `SELECT id, consumer, body, traceparent, attempts, first_failed_at AS "firstFailedAt",
            replay_requested_at::text AS "requestedAt"
       FROM platform.dead_letters WHERE replay_requested_at IS NOT NULL ORDER BY replay_requested_at LIMIT $1`,
    [AT_ONCE],
  );
  for (const { id, requestedAt, ...letter } of letters) {
    const refusal = await broker.redeliver(letter).then(
      () => null,
      (error: Error) => error,
    );
    if (refusal instanceof BrokerUnavailable) return;
    // Not when it has failed again meanwhile: then it is not on its way any more.
    if (refusal === null) {
      await session.execute(
        'DELETE FROM platform.dead_letters WHERE id = $1 AND replay_requested_at = $2::timestamptz',
        [id, requestedAt],
      );
    } else {
      await session.execute(
        `UPDATE platform.dead_letters SET replay_requested_at = NULL, reason = $3
          WHERE id = $1 AND replay_requested_at = $2::timestamptz`,
        [id, requestedAt, `it could not be given to its consumer again: ${refusal.message}`],
      );
    }
  }
}
