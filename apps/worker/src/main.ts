import {
  createHttpApp,
  createPino,
  endOnSignal,
  failToStart,
  HoldfastLogger,
  keepHeapTight,
  readSettings,
  requireServices,
  startTracing,
} from '@holdfast/platform';
import { WorkerModule } from './worker.module.js';

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  requireServices(settings, 'databaseUrl', 'redisUrl', 'rabbitmqUrl');
  const logger = new HoldfastLogger(createPino(settings.logLevel, 'worker'));
  const endTracing = await startTracing(settings, 'holdfast-worker');
  const app = await createHttpApp(WorkerModule.forRoot(settings), settings, logger);
  await app.listen(settings.workerPort, settings.host);
  keepHeapTight();
  endOnSignal(logger, () => app.close().finally(endTracing));
  logger.log(`the worker works; its health is at ${await app.getUrl()}/health`, 'Worker');
}

main().catch(failToStart);
