import { NestFactory } from '@nestjs/core';
import { KeptLines } from '../logs/kept-lines.js';
import type { ConsoleLines } from './console-lines.js';
import type { LogFiles } from './log-files.js';
import { Metrics } from './metrics.js';
import { MetricsModule } from './metrics.module.js';
import { outlets, watchOutlets } from './outlets.js';

const told = async (metrics: Metrics): Promise<string[]> =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith('holdfast_logs_dropped_total'));

describe('The lines that the log leaves out', () => {
  afterEach(() => void (outlets.files = null));

  it('are told by every program that has figures, be there a database or not', async () => {
    const program = await NestFactory.createApplicationContext(MetricsModule, { logger: false });
    outlets.files = { dropped: 3 } as LogFiles;
    expect(await told(program.get(Metrics))).toContain('holdfast_logs_dropped_total{outlet="files"} 3');
    await program.close();
  });

  it('are told by where they did not go, of the outlets that there are', async () => {
    const metrics = new Metrics();
    const kept = new KeptLines();
    const some = { console: null as ConsoleLines | null, files: null as LogFiles | null, kept };
    watchOutlets(metrics, some);
    kept.drop(1);
    expect(await told(metrics)).toEqual(['holdfast_logs_dropped_total{outlet="database"} 1']);
    some.files = { dropped: 2 } as LogFiles;
    some.console = { dropped: 3 } as ConsoleLines;
    expect(await told(metrics)).toEqual([
      'holdfast_logs_dropped_total{outlet="database"} 1',
      'holdfast_logs_dropped_total{outlet="files"} 2',
      'holdfast_logs_dropped_total{outlet="console"} 3',
    ]);
  });
});
