import { Injectable } from '@nestjs/common';
import { Metrics } from '../../observability/metrics.js';
import { BACKLOG, type Backlog } from './outbox-status.js';
import { Relay } from './relay.js';

/**
 * What the relay does, of every process that has one; and the backlog, which the active one tells alone: over its own
 * connection, so that being asked opens none, and once, so that sums over processes are right.
 */
@Injectable()
export class RelayMetrics {
  constructor(metrics: Metrics, relay: Relay) {
    metrics.watch({
      name: 'relay',
      figures: {
        holdfast_relay_active: { help: '1 in the one process that publishes events, 0 in those that stand by.' },
        holdfast_events_published_total: { help: 'Events that the broker has confirmed.' },
        holdfast_events_refused_total: { help: 'Attempts to publish that failed by the event, not by the broker.' },
      },
      read: () => {
        const { active, published, failed } = relay.status();
        return {
          holdfast_relay_active: active ? 1 : 0,
          holdfast_events_published_total: published,
          holdfast_events_refused_total: failed,
        };
      },
    });
    metrics.watch({
      name: 'outbox',
      figures: {
        holdfast_outbox_pending: {
          help: 'Events that wait to be published; 10000 stands for more. By the active relay.',
        },
        holdfast_outbox_oldest_seconds: { help: 'Age of the first of them; 0: none waits. By the active relay.' },
      },
      read: async () => {
        const [backlog] = (await relay.ask<Backlog>(BACKLOG)) ?? [];
        return {
          holdfast_outbox_pending: backlog?.pending ?? null,
          holdfast_outbox_oldest_seconds: backlog ? (backlog.oldestSeconds ?? 0) : null,
        };
      },
    });
    metrics.watch({
      name: 'dead_letters',
      figures: {
        holdfast_dead_letters: {
          help: 'Events that a consumer could not handle and staff has to look at. By the active relay.',
          labels: ['consumer'],
        },
      },
      read: async () => {
        const letters = await relay.ask<{ consumer: string; value: number }>(DEAD_LETTERS);
        return {
          holdfast_dead_letters: letters && letters.map(({ consumer, value }) => ({ labels: { consumer }, value })),
        };
      },
    });
  }
}

const DEAD_LETTERS = 'SELECT consumer, count(*)::int AS value FROM platform.dead_letters GROUP BY consumer';
