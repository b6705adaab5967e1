import { Injectable } from '@nestjs/common';
import { Metrics } from '../observability/metrics.js';
import { Jobs } from './jobs.js';

/** From a look that finds nothing to an import of a large file. */
const BUCKETS_SECONDS = [0.01, 0.05, 0.25, 1, 5, 30, 120, 600, 3600];

/** The runs of this process, and what all processes together have before them. */
@Injectable()
export class JobMetrics {
  constructor(metrics: Metrics, jobs: Jobs) {
    const runs = metrics.counter('holdfast_job_runs_total', 'Runs of jobs that have ended in this process.', [
      'name',
      'outcome',
    ]);
    const durations = metrics.histogram('holdfast_job_duration_seconds', 'How long the runs took.', {
      labels: ['name'],
      buckets: BUCKETS_SECONDS,
    });
    jobs.onRun = ({ job, outcome, seconds }) => {
      runs.inc({ name: job, outcome });
      durations.observe({ name: job }, seconds);
    };
    metrics.watch({
      name: 'jobs',
      figures: {
        holdfast_jobs: {
          help: 'Runs that wait or run, in all processes: each tells the same, so take the greatest, not the sum.',
          labels: ['name', 'state'],
        },
      },
      read: async () => ({
        holdfast_jobs: (await jobs.states()).flatMap(({ name, waiting, running }) => [
          { labels: { name, state: 'waiting' }, value: waiting },
          { labels: { name, state: 'running' }, value: running },
        ]),
      }),
    });
  }
}
