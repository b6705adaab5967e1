import { migrations, schemas } from '@holdfast/composition';
import { createDataSource, failToStart, migrate, readSettings, requireServices } from '@holdfast/platform';

/** Brings the database up to date and ends: for deployments that do it as a step of its own. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  requireServices(settings, 'databaseUrl');
  const dataSource = createDataSource({ url: settings.databaseUrl, poolSize: 2, schemas, migrations });
  await dataSource.initialize();
  const done = await migrate(dataSource);
  await dataSource.destroy();
  process.stdout.write(done.length > 0 ? `migrated: ${done.join(', ')}\n` : 'the database is up to date\n');
}

main().catch(failToStart);
