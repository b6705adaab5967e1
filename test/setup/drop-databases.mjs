import pg from 'pg';

/** Jest's globalTeardown: removes the template and every clone that a spec left behind. */
export default async function dropDatabases() {
  const prefix = process.env.HOLDFAST_TEST_TEMPLATE.replace('template', '');
  const connectionString = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [prefix]);
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
  await client.end();
}
