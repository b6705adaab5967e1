import { startAvailability } from '@holdfast/availability';
import { endOnSignal, failToStart, openLog, readSettings, startTracing } from '@holdfast/platform';

async function main(): Promise<void> {
  const settings = readSettings(process.env, ['apiUrl']);
  const logger = openLog({ ...settings, logDatabase: false }, 'availability');
  const endTracing = await startTracing(settings, 'holdfast-availability');
  const app = await startAvailability(settings, logger);
  endOnSignal(logger, () => app.close().finally(endTracing), settings.shutdownDelaySeconds);
  const url = await app.getUrl();
  logger.log(`the availability service listens at ${url}, its documentation is at ${url}/api/docs`, 'Availability');
}

main().catch(failToStart);
