import { SampleCatalogue } from '@holdfast/catalog';
import { FirstAdmin } from '@holdfast/identity';
import {
  createHttpApp,
  createPino,
  EmbeddedPostgres,
  endOnSignal,
  failToStart,
  HoldfastLogger,
  InstanceLock,
  keepHeapTight,
  readSettings,
  serveDocs,
  type Settings,
} from '@holdfast/platform';
import { HoldfastModule } from './holdfast.module.js';
import { welcome } from './welcome.js';

async function main(): Promise<void> {
  const read = readSettings(process.env);
  const logger = new HoldfastLogger(createPino(read.logLevel, 'holdfast'));
  /** What was opened so far; closed in the opposite order, also when the start is broken off. */
  const open: (() => Promise<void>)[] = [];
  const fail = endOnSignal(logger, async () => {
    for (const close of open.reverse()) await close();
  });

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
  await app.listen(settings.port, settings.host);
  keepHeapTight();
  process.stdout.write(welcome({ url: await app.getUrl(), admin, sampleBooks, configured: read }));
}

const startPostgres = ({ dataDir }: Settings, logger: HoldfastLogger): Promise<EmbeddedPostgres> =>
  EmbeddedPostgres.start({ dataDir, log: (line) => logger.log(line, 'Postgres') });

main().catch(failToStart);
