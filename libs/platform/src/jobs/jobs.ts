import { currentContext } from '../http/request-context.js';

/**
 * The alarm clock of background work: BullMQ on Redis, or timers in this process. The work itself and its state are rows
 * in PostgreSQL; a job only says "look now". So a job may be lost (a sweep looks anyway), may come twice, and carries
 * no more than an id. One contract suite runs on both adapters.
 */
export interface JobDefinition {
  /** Letters, digits and dashes; also the name of the queue. */
  name: string;
  /** Runs on its own, too, with an empty payload, every so often on one of all the processes; undefined: only when asked for. */
  everyMs?: number;
  /** Jobs of this name that one process runs at a time; 1 when left out. */
  concurrency?: number;
  /** What it throws is logged, and changes nothing for the next run. Should end soon after `signal` is aborted. */
  run(payload: JobPayload, signal: AbortSignal): Promise<void>;
}

export type JobPayload = Readonly<Record<string, string>>;

/**
 * The payload with the ids of the request that asks for the run, so that its log lines and events tell them too. Runs that a
 * schedule begins have none. So `requestId` and `traceparent` are no names for what a job needs.
 */
export function withTrail(payload: JobPayload): JobPayload {
  const { requestId, traceparent } = currentContext() ?? {};
  return { ...payload, ...(requestId ? { requestId } : {}), ...(traceparent ? { traceparent } : {}) };
}

/** A run that failed. */
export interface FailedRun {
  payload: JobPayload;
  reason: string;
  failedAt: Date;
}

/** A run of this process that has ended. */
export interface EndedRun {
  job: string;
  /** `stopped`: it gave up because the process ends. */
  outcome: 'done' | 'failed' | 'stopped';
  seconds: number;
}

/** What is known of the jobs of one name, in all processes that share them. */
export interface JobState {
  name: string;
  /** Runs that were asked for and have not begun. */
  waiting: number;
  /** Runs that have begun; also those of a process that died, until that is noticed. */
  running: number;
  /** How often it runs on its own, and when next; null where it only runs when asked for. */
  everyMs: number | null;
  nextAt: Date | null;
  /** The last ones, the newest first. */
  failures: FailedRun[];
}

/** Failures that are told of a job. */
export const TOLD_FAILURES = 10;

export abstract class Jobs {
  /** Is told of each run that has ended in this process. */
  onRun: (run: EndedRun) => void = () => undefined;

  /**
   * Asks for a run soon, on any process that works. The same name and payload waits once; while it runs, another may wait.
   * The run has the trace context of who asked for it.
   * Never throws for a store that is away: the sweep will do it. Call it after the commit that it tells of.
   */
  abstract request(name: string, payload?: JobPayload): Promise<void>;
  /** Begins to work on these jobs in this process, besides those of earlier calls. */
  abstract work(definitions: readonly JobDefinition[]): Promise<void>;
  /** Stops taking jobs, aborts the signal of those that run, and waits for them. It can still be asked for runs. */
  abstract stop(): Promise<void>;
  abstract isReady(): boolean;
  /** The state of every job that somebody works on, by name. @throws Error when the store does not answer at once. */
  abstract states(): Promise<JobState[]>;
  /** Stops, and lets go of every connection. */
  abstract close(): Promise<void>;
}

/** Identifies a run that waits: the same payload in any order of its keys. */
export const payloadKey = (payload: JobPayload): string =>
  JSON.stringify(Object.entries(payload).sort(([one], [other]) => (one < other ? -1 : 1)));
