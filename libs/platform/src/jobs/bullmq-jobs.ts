import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { answerWithin, failFastRedis, patientRedis } from '../redis/redis.js';
import {
  type JobDefinition,
  type JobPayload,
  Jobs,
  type JobState,
  payloadKey,
  TOLD_FAILURES,
  withTrail,
} from './jobs.js';
import { RunningJobs } from './running-jobs.js';

const ANSWER_MS = 250;
const CONNECTING_MS = 1000;
const CLOSING_MS = 3000;
const KEPT_FAILURES = 100;
/** After so long without a sign of life a run is taken for dead. */
const LOCK_MS = 30_000;
const STATES_MS = 1000;

/**
 * Jobs on BullMQ: a queue for each name, a scheduler in it where it has an interval. Each process that works looks every
 * half minute, and after every outage, whether its schedulers are there, so a flush of Redis costs no more than that.
 *
 * A job whose process died, or whose event loop was blocked for 30 s, is given to another one once; it may run twice. When
 * that one dies of it too, it has failed.
 */
export class BullMqJobs extends Jobs {
  private readonly logger = new Logger('Jobs');
  private readonly redis: Redis;
  private readonly prefix: string;
  private readonly queues = new Map<string, Queue>();
  private readonly worked = new Set<JobDefinition>();
  private crew: Crew | undefined;
  private requestsAreLost = false;
  private hasTriedToConnect = false;

  /** `lookEveryMs`: how often schedulers that are gone are put back. `lockMs`: see above. */
  constructor(
    private readonly url: string,
    prefix: string,
    private readonly lookEveryMs = 30_000,
    private readonly lockMs = LOCK_MS,
  ) {
    super();
    this.prefix = `${prefix}-bull`;
    this.redis = failFastRedis(url, 'asking for jobs');
    for (const outcome of ['ready', 'reconnecting']) this.redis.once(outcome, () => (this.hasTriedToConnect = true));
    this.redis.on('ready', () => void this.putSchedulersBack());
  }

  async request(name: string, payload: JobPayload = {}): Promise<void> {
    const deduplication = { id: payloadKey(payload), keepLastIfActive: true };
    try {
      await this.connected();
      await answerWithin(ANSWER_MS, this.queue(name).add(name, withTrail(payload), { deduplication }));
      this.requestsAreLost = false;
    } catch (error) {
      if (this.requestsAreLost) return;
      this.requestsAreLost = true;
      this.logger.warn(`no job can be asked for, sweeps will find the work: ${(error as Error).message}`);
    }
  }

  async work(definitions: readonly JobDefinition[]): Promise<void> {
    const running = new RunningJobs((run) => this.onRun(run));
    const crew = (this.crew ??= new Crew(this.url, running, () => void this.putSchedulersBack(), this.lookEveryMs));
    for (const definition of definitions) {
      crew.hire(this.prefix, definition, this.lockMs);
      this.worked.add(definition);
    }
    await this.putSchedulersBack();
  }

  async stop(): Promise<void> {
    const crew = this.crew;
    if (!crew) return;
    this.crew = undefined;
    this.worked.clear();
    await crew.dismiss(this.redis.status === 'ready');
  }

  isReady(): boolean {
    return this.redis.status === 'ready';
  }

  async states(): Promise<JobState[]> {
    await this.connected();
    const read = async (): Promise<JobState[]> => {
      const names = await this.redis.smembers(this.namesKey);
      return Promise.all(names.sort().map((name) => this.stateOf(name)));
    };
    return answerWithin(STATES_MS, read());
  }

  async close(): Promise<void> {
    await this.stop();
    this.redis.disconnect();
  }

  /** Waits in the first moments of the process only, while the connection is being made. */
  private async connected(): Promise<void> {
    for (let waited = 0; !this.hasTriedToConnect && waited < CONNECTING_MS; waited += 10) await sleep(10);
  }

  private queue(name: string): Queue {
    const known = this.queues.get(name);
    if (known) return known;
    const queue = new Queue(name, {
      connection: this.redis,
      prefix: this.prefix,
      // A queue that cannot ask Redis for its version in time would never work again.
      skipVersionCheck: true,
      skipWaitingForReady: true,
      skipMetasUpdate: true,
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: { count: KEPT_FAILURES } },
    });
    // The connection tells of its outages itself, and each caller of its error.
    queue.on('error', () => undefined);
    this.queues.set(name, queue);
    return queue;
  }

  /** Who asks for the states need not know which jobs there are. */
  private get namesKey(): string {
    return `${this.prefix}:names`;
  }

  private async stateOf(name: string): Promise<JobState> {
    const queue = this.queue(name);
    const [counts, scheduler, failed] = await Promise.all([
      queue.getJobCounts('waiting', 'active'),
      queue.getJobScheduler(name),
      queue.getFailed(0, TOLD_FAILURES - 1),
    ]);
    return {
      name,
      waiting: counts.waiting ?? 0,
      running: counts.active ?? 0,
      everyMs: scheduler?.every ?? null,
      nextAt: scheduler?.next ? new Date(scheduler.next) : null,
      failures: failed.map(({ data, failedReason, finishedOn }) => ({
        payload: data as JobPayload,
        reason: failedReason ?? '',
        failedAt: new Date(finishedOn ?? 0),
      })),
    };
  }

  private async putSchedulersBack(): Promise<void> {
    for (const definition of this.worked) {
      try {
        await answerWithin(ANSWER_MS, this.redis.sadd(this.namesKey, definition.name));
        if (definition.everyMs !== undefined) await answerWithin(ANSWER_MS, this.putSchedulerBack(definition));
      } catch (error) {
        if (this.redis.status === 'ready') {
          this.logger.warn(`the schedule of job ${definition.name} was not checked: ${(error as Error).message}`);
        }
      }
    }
  }

  private async putSchedulerBack({ name, everyMs }: JobDefinition): Promise<void> {
    const every = everyMs ?? 0;
    const queue = this.queue(name);
    const found = await queue.getJobScheduler(name);
    // One that is overdue by far has lost its next job; one of another interval is of an older version of ours.
    const isAlive = found?.every === every && (found.next ?? 0) > Date.now() - 2 * every - this.lookEveryMs;
    if (!isAlive) await queue.upsertJobScheduler(name, { every }, { name, data: {} });
  }
}

/** The workers of this process, on a connection that is theirs alone, as long as they work. */
class Crew {
  private readonly logger = new Logger('Jobs');
  private readonly redis: Redis;
  private isDismissed = false;
  private readonly workers: Worker[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(
    url: string,
    private readonly running: RunningJobs,
    look: () => void,
    lookEveryMs: number,
  ) {
    this.redis = patientRedis(url, 'working on jobs', () => !this.isDismissed);
    this.timer = setInterval(look, lookEveryMs);
  }

  hire(prefix: string, definition: JobDefinition, lockMs: number): void {
    const { name, concurrency = 1 } = definition;
    const worker = new Worker<JobPayload, void>(name, (job) => this.running.run(definition, job.data), {
      connection: this.redis,
      prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: 1,
      removeOnFail: { count: KEPT_FAILURES },
    });
    worker.on('error', (error) => {
      // Outages are told of by the connection.
      if (this.redis.status === 'ready') this.logger.warn(`worker of ${name}: ${error.message}`);
    });
    this.workers.push(worker);
  }

  async dismiss(redisAnswers: boolean): Promise<void> {
    clearInterval(this.timer);
    // A command that waits for a Redis which does not come back would keep its worker from closing.
    this.isDismissed = true;
    const closed = Promise.allSettled(this.workers.map((worker) => worker.close(!redisAnswers)));
    await this.running.stop();
    await Promise.race([closed, sleep(CLOSING_MS, undefined, { ref: false })]);
    this.redis.disconnect();
  }
}
