import { KeptLines } from '../logs/kept-lines.js';
import type { ConsoleLines } from './console-lines.js';
import type { LogFiles } from './log-files.js';
import type { Metrics } from './metrics.js';

export interface Outlets {
  console: ConsoleLines | null;
  files: LogFiles | null;
  readonly kept: KeptLines;
}

/** Where the lines of this process go. One for the process, as the log is: who writes a line knows no module. */
export const outlets: Outlets = { console: null, files: null, kept: new KeptLines() };

/** Tells what the outlets leave out. */
export function watchOutlets(metrics: Metrics, of: Outlets = outlets): void {
  metrics.watch({
    name: 'logs',
    figures: {
      holdfast_logs_dropped_total: {
        help: 'Lines that were left out, by where they did not go.',
        labels: ['outlet'],
      },
    },
    read: () => ({
      holdfast_logs_dropped_total: [
        { labels: { outlet: 'database' }, value: of.kept.dropped },
        ...(of.files ? [{ labels: { outlet: 'files' }, value: of.files.dropped }] : []),
        ...(of.console ? [{ labels: { outlet: 'console' }, value: of.console.dropped }] : []),
      ],
    }),
  });
}
