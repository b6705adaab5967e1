import { Metrics, Relay } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { MailOutcomes } from '../application/mail-outcomes.js';

interface Waiting {
  mails: number;
  oldestSeconds: number;
}

/** What was sent, by each worker; what waits, told by the active relay alone, over the connection that it has anyway. */
@Injectable()
export class MailFigures {
  constructor(metrics: Metrics, outcomes: MailOutcomes, relay: Relay) {
    metrics.watch({
      name: 'mail_outcomes',
      figures: {
        holdfast_mails_total: {
          help: 'Mails that this process was done with: sent, skipped, refused, failed; or postponed, to be tried again.',
          labels: ['kind', 'outcome'],
        },
      },
      read: () => ({
        holdfast_mails_total: outcomes.all.map(({ kind, outcome, count }) => ({
          labels: { kind, outcome },
          value: count,
        })),
      }),
    });
    metrics.watch({
      name: 'mails',
      figures: {
        holdfast_mails_waiting: { help: 'Mails that are not sent yet; 10000 stands for more. By the active relay.' },
        holdfast_mails_oldest_seconds: { help: 'Age of the oldest of them; 0: none waits. By the active relay.' },
      },
      read: async () => {
        const [waiting] = (await relay.ask<Waiting>(MAILS_WAITING)) ?? [];
        return {
          holdfast_mails_waiting: waiting?.mails ?? null,
          holdfast_mails_oldest_seconds: waiting?.oldestSeconds ?? null,
        };
      },
    });
  }
}

const MAILS_WAITING = `
  SELECT (SELECT count(*)::int FROM (SELECT FROM notifications.mails WHERE ended_at IS NULL LIMIT 10000) AS waiting)
           AS mails,
         (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8
            FROM notifications.mails WHERE ended_at IS NULL) AS "oldestSeconds"`;
