import { startAvailability } from '@holdfast/availability';
import { SampleCatalogue } from '@holdfast/catalog';
import { FirstAdmin } from '@holdfast/identity';
import {
  createHttpApp,
  EmbeddedPostgres,
  endOnSignal,
  failToStart,
  type HoldfastLogger,
  InstanceLock,
  keepHeapTight,
  listen,
  openLog,
  readSettings,
  say,
  serveDocs,
  type Settings,
  startTracing,
} from '@holdfast/platform';
import { HoldfastModule } from './holdfast.module.js';
import { welcome } from './welcome.js';

async function main(): Promise<void> {
  const read = readSettings(process.env);
  const logger = openLog(read, 'holdfast');
  /** What was opened so far; closed in the opposite order, also when the start is broken off. */
  const open: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of open.reverse()) await close();
  };
  // The two servers end one after the other.
  const fail = endOnSignal(logger, closeAll, 2 * read.shutdownDelaySeconds);

  open.push(await startTracing(read, 'holdfast'));
  const lock = await InstanceLock.acquire(read.dataDir);
  open.push(() => lock.release());
  const postgres = read.databaseUrl ? null : await startPostgres(read, logger);
  if (postgres) {
    open.push(() => postgres.stop());
    void postgres.exited.then(() => fail('the embedded PostgreSQL has ended'));
  }
  const settings: Settings = postgres ? { ...read, databaseUrl: postgres.url } : read;
  const app = await createHttpApp(HoldfastModule.forRoot(settings), settings, logger);
  open.push(() => app.close());

  await app.init();
  const admin = await app.get(FirstAdmin).ensure();
  const wanted = settings.sampleCatalogue === 'yes' || (settings.sampleCatalogue === 'auto' && postgres !== null);
  const sampleBooks = wanted ? await app.get(SampleCatalogue).load() : 0;
  serveDocs(app);
  await listen(app, settings.port, settings.host);
  const url = await app.getUrl();
  const apiUrl = `http://${hostToReach(settings.host)}:${new URL(url).port || '80'}`;
  const availability = await startAvailability({ ...settings, apiUrl }, logger);
  open.push(() => availability.close());
  keepHeapTight();
  const availabilityUrl = await availability.getUrl();
  say(welcome({ url, availabilityUrl, admin, sampleBooks, configured: read }));
}

const startPostgres = ({ dataDir }: Settings, logger: HoldfastLogger): Promise<EmbeddedPostgres> =>
  EmbeddedPostgres.start({ dataDir, log: (line) => logger.log(line, 'Postgres') });

/** Where a program of this machine finds one that listens at the address: every address is no address. */
const hostToReach = (host: string): string => {
  if (host === '0.0.0.0' || host === '::' || host === '') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};

main().catch(failToStart);
