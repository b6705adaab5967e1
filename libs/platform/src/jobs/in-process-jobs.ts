import { AsyncResource } from 'node:async_hooks';
import { type JobDefinition, type JobPayload, Jobs, type JobState, payloadKey, withTrail } from './jobs.js';
import { RunningJobs } from './running-jobs.js';

/** Requests of one name that wait at most; what comes past it is left to the sweep. */
const WAITING_LIMIT = 10_000;

/** For one process: requests wait in memory, schedules are timers. */
export class InProcessJobs extends Jobs {
  private readonly lines = new Map<string, Line>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly worked = new Map<string, { everyMs: number | null; nextAt: Date | null }>();
  // A job must not see the transaction or the request of whoever asked for it.
  private readonly ownContext = new AsyncResource('InProcessJobs');
  private running = this.newCrew();

  request(name: string, payload: JobPayload = {}): Promise<void> {
    const asked = withTrail(payload);
    this.ownContext.runInAsyncScope(() => this.line(name).add(asked, payloadKey(payload)));
    return Promise.resolve();
  }

  work(definitions: readonly JobDefinition[]): Promise<void> {
    this.ownContext.runInAsyncScope(() => definitions.forEach((definition) => this.begin(definition)));
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.timers.clear();
    this.worked.clear();
    for (const line of this.lines.values()) line.close();
    const running = this.running;
    this.running = this.newCrew();
    await running.stop();
  }

  isReady(): boolean {
    return true;
  }

  states(): Promise<JobState[]> {
    const states = [...this.worked].map(([name, schedule]) => ({
      name,
      waiting: this.line(name).length,
      running: this.running.countOf(name),
      ...schedule,
      failures: this.running.failuresOf(name),
    }));
    return Promise.resolve(states.sort((one, other) => (one.name < other.name ? -1 : 1)));
  }

  close(): Promise<void> {
    return this.stop();
  }

  private newCrew(): RunningJobs {
    return new RunningJobs((run) => this.onRun(run));
  }

  private begin(definition: JobDefinition): void {
    const { running } = this;
    const line = this.line(definition.name);
    line.open(definition.concurrency ?? 1, (payload) => running.run(definition, payload));
    const { name, everyMs } = definition;
    this.worked.set(name, { everyMs: everyMs ?? null, nextAt: null });
    if (everyMs === undefined) return;
    const tick = (): void => {
      this.worked.set(name, { everyMs, nextAt: new Date(Date.now() + everyMs) });
      line.add({}, payloadKey({}));
    };
    this.timers.add(setInterval(tick, everyMs));
    tick();
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

  get length(): number {
    return this.waiting.size;
  }

  add(payload: JobPayload, key: string): void {
    if (this.waiting.size < WAITING_LIMIT && !this.waiting.has(key)) this.waiting.set(key, payload);
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
