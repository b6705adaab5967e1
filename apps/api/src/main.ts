import { FirstAdmin } from '@holdfast/identity';
import {
  createHttpApp,
  endOnSignal,
  failToStart,
  listen,
  openLog,
  readSettings,
  requireServices,
  serveDocs,
  startTracing,
} from '@holdfast/platform';
import { ApiModule } from './api.module.js';

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  requireServices(settings, 'databaseUrl', 'redisUrl', 'rabbitmqUrl');
  const logger = openLog(settings, 'api');
  const endTracing = await startTracing(settings, 'holdfast-api');
  const app = await createHttpApp(ApiModule.forRoot(settings), settings, logger);
  await app.init();
  await app.get(FirstAdmin).ensure();
  serveDocs(app);
  await listen(app, settings.port, settings.host);
  endOnSignal(logger, () => app.close().finally(endTracing), settings.shutdownDelaySeconds);
  logger.log(
    `the API listens at ${await app.getUrl()}/api, its documentation is at ${await app.getUrl()}/api/docs`,
    'Api',
  );
}

main().catch(failToStart);
