import { Injectable, Logger } from '@nestjs/common';
import type { QueryResultRow } from 'pg';
import { Database } from '../../database/database.js';
import { type SpanStart, traced } from '../../tracing/tracing.js';
import { Broker, BrokerUnavailable } from '../broker.js';
import { toCloudEvent } from '../cloud-event.js';
import { EventRegistry, type EventType, PRIVATE_EXCHANGE } from '../events.js';
import { backoff, Pauses } from '../pause.js';
import {
  type Failure,
  markFailed,
  markPublished,
  nextRows,
  type OutboxRow,
  removePublished,
  sweep,
} from './outbox-rows.js';
import { RelaySession } from './relay-session.js';
import { replayDeadLetters } from './replays.js';

/** Ten times what is in flight, so that its end, where less and less is, weighs little: with 500 a drain takes half as long again. */
const BATCH = 2_000;
const IN_FLIGHT = 200;
const STANDBY_MS = 1_000;
const SHORTEST_POLL_MS = 50;
const LONGEST_POLL_MS = 1_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const READINESS_POLL_MS = 100;
const SWEEP_EVERY_MS = 10 * 60_000;
const SWEEP_ROWS = 5_000;

interface BatchResult {
  published: string[];
  /** Published to the private exchange. */
  secret: string[];
  failed: Failure[];
  /** The broker was away: the rest of the batch was not tried, and no row is to blame. */
  unavailable?: string;
}

/**
 * Publishes what is in the outbox. One relay is active at a time, in whatever process; the others stand by and take over
 * when its database session ends.
 *
 * - At least once: a row is marked after the broker confirmed it, so a crash in between publishes it again with the same id.
 *   One with a secret is removed instead of marked.
 * - Events of one subject are published one after the other, each after the confirm of the one before.
 * - A row that cannot be published is tried again with a growing delay and holds up its subject only. When the broker is
 *   away all wait together, and no attempt is counted.
 * - Besides, it gives dead letters to their consumers again that staff has asked for.
 */
@Injectable()
export class Relay {
  private readonly logger = new Logger(Relay.name);
  /** Waits for something to do, which a signal ends; and waits that only the stop ends, so that no failure makes a hot loop. */
  private readonly idle = new Pauses();
  private readonly rest = new Pauses();
  private running: Promise<void> | undefined;
  private stopping = false;
  /** Of the active relay. */
  private session: RelaySession | undefined;
  private published = 0;
  private failed = 0;
  private brokerFailures = 0;
  private sweepAt = 0;

  constructor(
    private readonly database: Database,
    private readonly broker: Broker,
    private readonly registry: EventRegistry,
  ) {}

  /** Begins to stand by. Returns at once; the database need not be there yet. */
  start(): void {
    this.running ??= this.run();
  }

  /** Finishes the batch in flight and gives the role to another. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.idle.end();
    this.rest.end();
    await this.running;
  }

  /** `published` and `failed` are attempts since the start of the process; what failed because the broker was away is neither. */
  status(): { active: boolean; published: number; failed: number } {
    return { active: this.session !== undefined, published: this.published, failed: this.failed };
  }

  /** Asks the database over the connection that the active relay has anyway; null when this one is not active. */
  async ask<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[] | null> {
    return this.session ? this.session.query<Row>(sql, values) : null;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      await this.serve().catch((error: Error) => this.logger.warn(`the session of the relay ended: ${error.message}`));
      if (!this.stopping) await this.rest.wait(STANDBY_MS);
    }
  }

  private async serve(): Promise<void> {
    const session = await RelaySession.open(this.database, () => this.idle.end());
    try {
      while (!this.stopping && !(await session.takeRole())) await this.rest.wait(STANDBY_MS);
      if (this.stopping) return;
      this.session = session;
      this.logger.log('this process publishes the events now');
      await this.drain(session);
    } finally {
      this.session = undefined;
      await session.close();
    }
  }

  private async drain(session: RelaySession): Promise<void> {
    let poll = SHORTEST_POLL_MS;
    while (!this.stopping) {
      await this.sweepNowAndThen(session);
      await replayDeadLetters(session, this.broker);
      const rows = await nextRows(session, BATCH);
      if (rows.length === 0) {
        await this.idle.wait(poll);
        poll = Math.min(poll * 2, LONGEST_POLL_MS);
        continue;
      }
      poll = SHORTEST_POLL_MS;
      const result = await this.publish(session, rows);
      await markPublished(session, result.published);
      await removePublished(session, result.secret);
      await markFailed(session, result.failed);
      this.published += result.published.length + result.secret.length;
      this.failed += result.failed.length;
      await this.judge(result);
    }
  }

  private async publish(session: RelaySession, rows: readonly OutboxRow[]): Promise<BatchResult> {
    const result: BatchResult = { published: [], secret: [], failed: [] };
    const [fresh, failing] = bySubject(rows);
    await this.publishSideBySide(fresh, IN_FLIGHT, session, result);
    // After all others and one at a time: for some messages the broker closes the channel, with all that is in flight on it.
    await this.publishSideBySide(failing, 1, session, result);
    return result;
  }

  private async publishSideBySide(
    bySubjects: readonly OutboxRow[][],
    inFlight: number,
    session: RelaySession,
    result: BatchResult,
  ): Promise<void> {
    const subjects = bySubjects.values();
    const lane = async (): Promise<void> => {
      for (const events of subjects) {
        for (const row of events) {
          if (result.unavailable !== undefined || !session.alive) return;
          if (!(await this.publishOne(row, result))) break;
        }
      }
    };
    // The lanes share one iterator: each takes the next subject when it is done with one.
    await Promise.all(Array.from({ length: inFlight }, lane));
  }

  /** False: the rest of the subject has to wait. */
  private async publishOne(row: OutboxRow, result: BatchResult): Promise<boolean> {
    try {
      const type = this.registry.get(row.type);
      const event = toCloudEvent(row, type);
      const { requestId } = row;
      await traced(
        () => publishing(row, type),
        (span) => {
          const traceparent = span?.traceparent ?? row.traceparent;
          return this.broker.publish({ exchange: type.exchange, event, traceparent, requestId });
        },
      );
      (type.exchange === PRIVATE_EXCHANGE ? result.secret : result.published).push(row.position);
      return true;
    } catch (error) {
      const reason = (error as Error).message;
      if (error instanceof BrokerUnavailable) result.unavailable = reason;
      else result.failed.push({ position: row.position, reason });
      return false;
    }
  }

  private async judge({ unavailable, failed }: BatchResult): Promise<void> {
    if (failed.length > 0) {
      this.logger.warn(`${failed.length} events could not be published and are tried again: ${failed[0]?.reason}`);
    }
    if (unavailable === undefined) {
      this.brokerFailures = 0;
      return;
    }
    if (this.brokerFailures === 0) this.logger.warn(`events wait in the outbox: ${unavailable}`);
    await this.waitForBroker(backoff(this.brokerFailures++, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
  }

  /** One pause for all, cut short when the broker comes back. */
  private async waitForBroker(milliseconds: number): Promise<void> {
    const until = Date.now() + milliseconds;
    let wasReady = this.broker.isReady();
    while (!this.stopping && Date.now() < until) {
      await this.rest.wait(READINESS_POLL_MS);
      if (!wasReady && this.broker.isReady()) return;
      wasReady = this.broker.isReady();
    }
  }

  private async sweepNowAndThen(session: RelaySession): Promise<void> {
    if (Date.now() < this.sweepAt) return;
    const more = await sweep(session, SWEEP_ROWS);
    this.sweepAt = more ? 0 : Date.now() + SWEEP_EVERY_MS;
  }
}

const publishing = ({ type, id, traceparent }: OutboxRow, { exchange }: EventType): SpanStart => ({
  name: `publish ${type}`,
  kind: 'producer',
  parents: [traceparent],
  attributes: {
    'messaging.operation.type': 'send',
    'messaging.destination.name': exchange,
    'messaging.message.id': id,
  },
});

/** The events of each subject; apart from them those whose first one has failed before, the most often failed last. */
function bySubject(rows: readonly OutboxRow[]): [fresh: OutboxRow[][], failing: OutboxRow[][]] {
  const subjects = new Map<string, OutboxRow[]>();
  for (const row of rows) {
    const events = subjects.get(row.subject);
    if (events) events.push(row);
    else subjects.set(row.subject, [row]);
  }
  const attemptsOf = ([first]: OutboxRow[]): number => first?.attempts ?? 0;
  const all = [...subjects.values()];
  const failing = all.filter((events) => attemptsOf(events) > 0).sort((a, b) => attemptsOf(a) - attemptsOf(b));
  return [all.filter((events) => attemptsOf(events) === 0), failing];
}
