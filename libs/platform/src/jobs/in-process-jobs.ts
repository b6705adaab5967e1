import { AsyncResource } from 'node:async_hooks';
import { currentContext } from '../http/request-context.js';
import { type JobDefinition, type JobPayload, Jobs, type JobState, payloadKey } from './jobs.js';
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
    const traceparent = currentContext()?.traceparent;
    this.ownContext.runInAsyncScope(() => this.line(name).add({ payload, traceparent }));
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
    line.open(definition.concurrency ?? 1, ({ payload, traceparent }) => running.run(definition, payload, traceparent));
    const { name, everyMs } = definition;
    this.worked.set(name, { everyMs: everyMs ?? null, nextAt: null });
    if (everyMs === undefined) return;
    const tick = (): void => {
      this.worked.set(name, { everyMs, nextAt: new Date(Date.now() + everyMs) });
      line.add({ payload: {} });
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

interface Wish {
  payload: JobPayload;
  /** Of who asked first. */
  traceparent?: string;
}

/** The requests of one name that wait. */
class Line {
  private readonly waiting = new Map<string, Wish>();
  private run: ((wish: Wish) => Promise<void>) | undefined;
  private places = 0;

  get length(): number {
    return this.waiting.size;
  }

  add(wish: Wish): void {
    const key = payloadKey(wish.payload);
    if (this.waiting.size < WAITING_LIMIT && !this.waiting.has(key)) this.waiting.set(key, wish);
    this.takeNext();
  }

  open(concurrency: number, run: (wish: Wish) => Promise<void>): void {
    this.run = run;
    this.places = concurrency;
    this.takeNext();
  }

  close(): void {
    this.run = undefined;
  }

  private takeNext(): void {
    for (const [key, wish] of this.waiting) {
      if (!this.run || this.places === 0) return;
      this.waiting.delete(key);
      void this.take(this.run, wish);
    }
  }

  private async take(run: (wish: Wish) => Promise<void>, wish: Wish): Promise<void> {
    this.places--;
    await run(wish).catch(() => undefined); // It was logged.
    this.places++;
    this.takeNext();
  }
}
