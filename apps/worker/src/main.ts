import {
  createHttpApp,
  endOnSignal,
  failToStart,
  keepHeapTight,
  listen,
  openLog,
  readSettings,
  requireServices,
  startTracing,
} from '@holdfast/platform';
import { WorkerModule } from './worker.module.js';

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  requireServices(settings, 'databaseUrl', 'redisUrl', 'rabbitmqUrl');
  const logger = openLog(settings, 'worker');
  const endTracing = await startTracing(settings, 'holdfast-worker');
  const app = await createHttpApp(WorkerModule.forRoot(settings), settings, logger);
  await listen(app, settings.workerPort, settings.host);
  keepHeapTight();
  endOnSignal(logger, () => app.close().finally(endTracing), settings.shutdownDelaySeconds);
  logger.log(`the worker works; its health is at ${await app.getUrl()}/health`, 'Worker');
}

main().catch(failToStart);
