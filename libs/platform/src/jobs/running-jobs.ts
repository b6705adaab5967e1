import { Logger } from '@nestjs/common';
import type { JobDefinition, JobPayload } from './jobs.js';

/** The runs of this process that have not ended yet. What a job throws is logged under its name. */
export class RunningJobs {
  private readonly logger = new Logger('Jobs');
  private readonly runs = new Map<Promise<void>, AbortController>();
  private stopping = false;

  /** Rejects with what the job throws, and when no more may begin. */
  async run(job: JobDefinition, payload: JobPayload): Promise<void> {
    if (this.stopping) throw new Error('this process takes no more jobs');
    const controller = new AbortController();
    const run = (async () => job.run(payload, controller.signal))();
    this.runs.set(run, controller);
    try {
      await run;
    } catch (error) {
      // A job that ends because it was asked to has not failed.
      if (!controller.signal.aborted) this.log(job, payload, error);
      throw error;
    } finally {
      this.runs.delete(run);
    }
  }

  /** Lets no more begin, aborts the signals, and waits until all have ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const controller of this.runs.values()) controller.abort();
    await Promise.allSettled(this.runs.keys());
  }

  private log(job: JobDefinition, payload: JobPayload, error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.logger.error(`job ${job.name} ${JSON.stringify(payload)} failed: ${message}`, stack);
  }
}
