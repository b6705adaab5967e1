import { Metrics, Relay } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';

interface Queues {
  readers: number;
  titles: number;
  longest: number;
  oldestSeconds: number;
}

/**
 * How many wait for copies, told by the active relay alone: over the connection that it has anyway, and once, so that sums
 * over processes are right. Some 60 ms for 100,000 who wait.
 */
@Injectable()
export class QueueFigures {
  constructor(metrics: Metrics, relay: Relay) {
    metrics.watch({
      name: 'queues',
      figures: {
        holdfast_readers_waiting: { help: 'Places in all queues: pending reservations. By the active relay.' },
        holdfast_queues: { help: 'Books that somebody waits for. By the active relay.' },
        holdfast_longest_queue: { help: 'Places in the longest queue. By the active relay.' },
        holdfast_longest_wait_seconds: {
          help: 'How long the reader has waited who has waited longest; 0: nobody waits. By the active relay.',
        },
      },
      read: async () => {
        const [queues] = (await relay.ask<Queues>(QUEUES)) ?? [];
        return {
          holdfast_readers_waiting: queues?.readers ?? null,
          holdfast_queues: queues?.titles ?? null,
          holdfast_longest_queue: queues?.longest ?? null,
          holdfast_longest_wait_seconds: queues?.oldestSeconds ?? null,
        };
      },
    });
  }
}

const QUEUES = `
  SELECT coalesce(sum(places), 0)::int AS readers, count(*)::int AS titles, coalesce(max(places), 0)::int AS longest,
         coalesce(extract(epoch FROM clock_timestamp() - min(since)), 0)::float8 AS "oldestSeconds"
    FROM (SELECT count(*) AS places, min(requested_at) AS since
            FROM lending.reservations WHERE status = 'pending' GROUP BY book_id) AS queue`;
