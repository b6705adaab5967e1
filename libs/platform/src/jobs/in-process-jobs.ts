import { AsyncResource } from 'node:async_hooks';
import { type JobDefinition, type JobPayload, Jobs, payloadKey } from './jobs.js';
import { RunningJobs } from './running-jobs.js';

/** Requests of one name that wait at most; what comes past it is left to the sweep. */
const WAITING_LIMIT = 10_000;

/** For one process: requests wait in memory, schedules are timers. */
export class InProcessJobs extends Jobs {
  private readonly lines = new Map<string, Line>();
  private readonly timers = new Set<NodeJS.Timeout>();
  // A job must not see the transaction or the request of whoever asked for it.
  private readonly ownContext = new AsyncResource('InProcessJobs');
  private running = new RunningJobs();

  request(name: string, payload: JobPayload = {}): Promise<void> {
    this.ownContext.runInAsyncScope(() => this.line(name).add(payload));
    return Promise.resolve();
  }

  work(definitions: readonly JobDefinition[]): Promise<void> {
    this.ownContext.runInAsyncScope(() => definitions.forEach((definition) => this.begin(definition)));
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.timers.clear();
    for (const line of this.lines.values()) line.close();
    const running = this.running;
    this.running = new RunningJobs();
    await running.stop();
  }

  isReady(): boolean {
    return true;
  }

  close(): Promise<void> {
    return this.stop();
  }

  private begin(definition: JobDefinition): void {
    const { running } = this;
    const line = this.line(definition.name);
    line.open(definition.concurrency ?? 1, (payload) => running.run(definition, payload));
    if (definition.everyMs === undefined) return;
    this.timers.add(setInterval(() => line.add({}), definition.everyMs));
    line.add({});
  }

  private line(name: string): Line {
    const line = this.lines.get(name) ?? new Line();
    this.lines.set(name, line);
    return line;
  }
}

/** The requests of one name that wait. */
class Line {
  private readonly waiting = new Map<string, JobPayload>();
  private run: ((payload: JobPayload) => Promise<void>) | undefined;
  private places = 0;

  add(payload: JobPayload): void {
    if (this.waiting.size < WAITING_LIMIT) this.waiting.set(payloadKey(payload), payload);
    this.takeNext();
  }

  open(concurrency: number, run: (payload: JobPayload) => Promise<void>): void {
    this.run = run;
    this.places = concurrency;
    this.takeNext();
  }

  close(): void {
    this.run = undefined;
  }

  private takeNext(): void {
    for (const [key, payload] of this.waiting) {
      if (!this.run || this.places === 0) return;
      this.waiting.delete(key);
      void this.take(this.run, payload);
    }
  }

  private async take(run: (payload: JobPayload) => Promise<void>, payload: JobPayload): Promise<void> {
    this.places--;
    await run(payload).catch(() => undefined); // It was logged.
    this.places++;
    this.takeNext();
  }
}
