import { Logger } from '@nestjs/common';
import { runInContext } from '../http/request-context.js';
import { traced } from '../tracing/tracing.js';
import { type EndedRun, type FailedRun, type JobDefinition, type JobPayload, TOLD_FAILURES } from './jobs.js';

/** The runs of this process that have not ended yet. What a job throws is logged under its name. */
export class RunningJobs {
  private readonly logger = new Logger('Jobs');
  private readonly runs = new Map<Promise<void>, AbortController>();
  private readonly failures = new Map<string, FailedRun[]>();
  private readonly counts = new Map<string, number>();
  private stopping = false;

  constructor(private readonly onRun: (run: EndedRun) => void = () => undefined) {}

  /** Rejects with what the job throws, and when no more may begin. The trail in the payload is for all that the run does. */
  async run(job: JobDefinition, { requestId, traceparent, ...payload }: JobPayload): Promise<void> {
    if (this.stopping) throw new Error('this process takes no more jobs');
    const controller = new AbortController();
    const run = runInContext({ requestId, traceparent }, async () =>
      traced(
        () => ({ name: `job ${job.name}`, kind: 'consumer', attributes: { 'holdfast.job': job.name } }),
        () => job.run(payload, controller.signal),
      ),
    );
    this.runs.set(run, controller);
    this.count(job, 1);
    const started = performance.now();
    let outcome: EndedRun['outcome'] = 'done';
    try {
      await run;
    } catch (error) {
      // A job that ends because it was asked to has not failed.
      outcome = controller.signal.aborted ? 'stopped' : 'failed';
      if (outcome === 'failed') this.note(job, payload, error);
      throw error;
    } finally {
      this.runs.delete(run);
      this.count(job, -1);
      this.onRun({ job: job.name, outcome, seconds: (performance.now() - started) / 1000 });
    }
  }

  /** Of this process. */
  countOf(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  /** The last ones of this process, the newest first. */
  failuresOf(name: string): FailedRun[] {
    return [...(this.failures.get(name) ?? [])];
  }

  /** Lets no more begin, aborts the signals, and waits until all have ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const controller of this.runs.values()) controller.abort();
    await Promise.allSettled(this.runs.keys());
  }

  private async runHere(job: JobDefinition, payload: JobPayload): Promise<void> {
    if (this.stopping) throw new Error('this process takes no more jobs');
    const controller = new AbortController();
    const run = (async () => job.run(payload, controller.signal))();
    this.runs.set(run, controller);
    this.count(job, 1);
    try {
      await run;
    } catch (error) {
      // A job that ends because it was asked to has not failed.
      if (!controller.signal.aborted) this.note(job, payload, error);
      throw error;
    } finally {
      this.runs.delete(run);
      this.count(job, -1);
    }
  }

  private count({ name }: JobDefinition, change: 1 | -1): void {
    this.counts.set(name, this.countOf(name) + change);
  }

  private note(job: JobDefinition, payload: JobPayload, error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const known = this.failuresOf(job.name).slice(0, TOLD_FAILURES - 1);
    this.failures.set(job.name, [{ payload, reason: message, failedAt: new Date() }, ...known]);
    this.logger.error(`job ${job.name} ${JSON.stringify(payload)} failed: ${message}`, stack);
  }
}
