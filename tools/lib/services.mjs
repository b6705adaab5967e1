import { clearTimeout } from 'node:timers';

/** The drivers give up by themselves; the last word is ours. */
const DRIVER_MS = 2000;
const PATIENCE_MS = 3000;

/** What the tests can use: where it is looked for, and how to find out that it really is what it should be. */
const services = [
  {
    name: 'postgres',
    title: 'PostgreSQL',
    variable: 'TEST_DATABASE_URL',
    standard: 'postgres://postgres@127.0.0.1:5432/postgres',
    greet: greetPostgres,
  },
  { name: 'redis', title: 'Redis', variable: 'TEST_REDIS_URL', standard: 'redis://127.0.0.1:6379', greet: greetRedis },
  {
    name: 'rabbitmq',
    title: 'RabbitMQ',
    variable: 'TEST_RABBITMQ_URL',
    standard: 'amqp://guest:guest@127.0.0.1:5672',
    greet: greetRabbitmq,
  },
  { name: 'mongodb', title: 'MongoDB', variable: 'TEST_MONGODB_URL', standard: '', greet: greetMongodb },
];

/** Greets all of them at once. For each: its URL, and the reason when it does not answer as it should. */
export function probeServices(environment) {
  return Promise.all(
    services.map(async ({ name, title, variable, standard, greet }) => {
      const url = environment[variable] || standard;
      const trouble = url === '' ? `${variable} is not set` : await troubleWith(greet, url, variable);
      return { name, title, variable, url, trouble };
    }),
  );
}

async function troubleWith(greet, url, variable) {
  let host;
  try {
    ({ host } = new URL(url));
  } catch {
    return `${variable} is not a URL`;
  }
  try {
    await inTime(greet(url));
    return undefined;
  } catch (error) {
    return `no usable one at ${host} (${variable}): ${reasonOf(error)}`;
  }
}

function inTime(greeting) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  return Promise.race([greeting, late]).finally(() => clearTimeout(timer));
}

function reasonOf(error) {
  return error.code === 'ECONNREFUSED' || error.errors?.[0]?.code === 'ECONNREFUSED'
    ? 'nothing listens there'
    : error.message;
}

async function greetPostgres(url) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: DRIVER_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query(
      `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
              rolsuper OR rolcreatedb AS creates FROM pg_roles WHERE rolname = current_user`,
    );
    if (rows[0].number < 150000) throw new Error(`it is version ${rows[0].version}, needed is 15 or newer`);
    if (!rows[0].creates) throw new Error('its user may not create databases');
  } finally {
    client.end().catch(() => undefined);
  }
}

async function greetRedis(url) {
  const { Redis } = await import('ioredis');
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    disconnectTimeout: 200,
  });
  let trouble;
  client.on('error', (error) => (trouble = error));
  // Its own limits cover the connection and each command, but not the greeting between the two.
  const late = setTimeout(() => client.disconnect(), DRIVER_MS);
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw trouble ?? error;
  } finally {
    clearTimeout(late);
    client.disconnect();
  }
}

async function greetRabbitmq(url) {
  const { connect } = await import('amqplib');
  const connection = await connect(url, { timeout: DRIVER_MS });
  connection.on('error', () => undefined);
  await connection.close();
}

async function greetMongodb(url) {
  const { default: mongoose } = await import('mongoose');
  const connection = mongoose.createConnection(url, { serverSelectionTimeoutMS: DRIVER_MS });
  try {
    await connection.asPromise();
    await connection.db.command({ ping: 1 });
  } finally {
    connection.close().catch(() => undefined);
  }
}
