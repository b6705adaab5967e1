import { Metrics } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import type { LibraryAnswer } from '../domain/library-answer.js';
import { ExternalLibraries } from './network.js';

const BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * What the libraries answer, by whether they are ours or external ones. Not by their names: there may be thousands, they
 * change, and each would be a series for ever. Which one fails is in the log.
 */
@Injectable()
export class NetworkFigures {
  private readonly answers;
  private readonly seconds;

  constructor(metrics: Metrics, externals: ExternalLibraries) {
    this.answers = metrics.counter(
      'holdfast_library_answers_total',
      'Answers of libraries: available, taken, or the reason of a silence.',
      ['source', 'outcome'],
    );
    this.seconds = metrics.histogram(
      'holdfast_library_answer_seconds',
      'Time until a library had answered or failed.',
      {
        labels: ['source'],
        buckets: BUCKETS_SECONDS,
      },
    );
    metrics.watch({
      name: 'breakers',
      figures: {
        holdfast_libraries_left_alone: { help: 'External libraries that failed so often that they are not asked now.' },
      },
      read: () => ({ holdfast_libraries_left_alone: externals.leftAlone() }),
    });
  }

  count(answers: readonly LibraryAnswer[]): void {
    for (const { source, available, error, latencyMs } of answers) {
      this.answers.inc({
        source,
        outcome: available === null ? (error ?? 'unknown') : available ? 'available' : 'taken',
      });
      this.seconds.observe({ source }, latencyMs / 1000);
    }
  }
}
