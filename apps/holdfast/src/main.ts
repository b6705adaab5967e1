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
  readSettings,
  serveDocs,
  type Settings,
} from '@holdfast/platform';
import { HoldfastModule } from './holdfast.module.js';
import { welcome } from './welcome.js';

async function main(): Promise<void> {
  const read = readSettings(process.env);
  const logger = new HoldfastLogger(createPino(read.logLevel, 'holdfast'));
  const lock = await InstanceLock.acquire(read.dataDir);
  const postgres = read.databaseUrl
    ? null
    : await EmbeddedPostgres.start({ dataDir: read.dataDir, log: (line) => logger.log(line, 'Postgres') });
  const settings: Settings = postgres ? { ...read, databaseUrl: postgres.url } : read;

  const app = await createHttpApp(HoldfastModule.forRoot(settings), settings, logger);
  const fail = endOnSignal(logger, async () => {
    await app.close();
    await postgres?.stop();
    await lock.release();
  });
  void postgres?.exited.then(() => fail('the embedded PostgreSQL has ended'));

  await app.init();
  const admin = await app.get(FirstAdmin).ensure();
  const wanted = settings.sampleCatalogue === 'yes' || (settings.sampleCatalogue === 'auto' && postgres !== null);
  const sampleBooks = wanted ? await app.get(SampleCatalogue).load() : 0;
  serveDocs(app);
  await app.listen(settings.port, settings.host);
  process.stdout.write(welcome({ url: await app.getUrl(), admin, sampleBooks, configured: read }));
}

main().catch(failToStart);
