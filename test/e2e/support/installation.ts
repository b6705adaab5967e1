import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CloudEvent } from '@holdfast/platform';
import { freshDatabase, testUrl } from '@holdfast/platform/testing';
import { MongoStandIn } from '../../../libs/platform/src/testing/mongo/index.js';
import { tapBroker, type TappedEvent } from './broker-tap.js';
import { Client } from './client.js';
import { Program } from './program.js';

export const ADMIN_PASSWORD = 'a-long-admin-password-1';

/** A running Holdfast, as its users meet it. */
export interface Installation {
  client: Client;
  /** Every public event so far, in the order of its arrival. */
  events(): Promise<TappedEvent[]>;
  programs: Program[];
  dataDir: string;
  /** Of its PostgreSQL. */
  databaseUrl: string;
  close(): Promise<void>;
}

/** An installation with services around it, which can have more than one api. */
export interface ServedInstallation extends Installation {
  /** Starts one more `apps/api` on the same services, but for what the variables say. */
  anotherApi(env?: Record<string, string>): Promise<{ program: Program; client: Client }>;
  /** Starts one more `apps/worker`; resolves when it works. */
  anotherWorker(): Promise<Program>;
  /** Of its RabbitMQ. */
  brokerUrl: string;
}

const MANY = '100000';
/** Specs come from one address, and often: those about limits set them again. Hashes take a millisecond instead of forty. */
export const common = {
  ADMIN_PASSWORD,
  PORT: '0',
  WORKER_PORT: '0',
  AVAILABILITY_PORT: '0',
  LOG_LEVEL: 'info',
  SAMPLE_CATALOGUE: 'no',
  PASSWORD_HASH_MEMORY_KIB: '1024',
  PASSWORD_HASH_PASSES: '1',
  SIGN_IN_TRIES_PER_ACCOUNT: MANY,
  SIGN_IN_TRIES_PER_ADDRESS: MANY,
  REGISTRATIONS_PER_HOUR: MANY,
  CODES_PER_TWO_MINUTES: MANY,
  CODES_PER_HOUR: MANY,
  CODE_TRIES_PER_DAY: MANY,
};

/** One process with nothing around it: the embedded PostgreSQL, and stand-ins for the rest. */
export async function startEmbedded(env: Record<string, string> = {}): Promise<Installation> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-e2e-'));
  const program = Program.start('holdfast', { ...common, HOLDFAST_DATA_DIR: dataDir, ...env });
  const [, base = ''] = await program.says(/API +(http:\S+)\/api\n/);
  return {
    client: new Client(base),
    events: () => readEvents(dataDir),
    programs: [program],
    dataDir,
    databaseUrl: '',
    close: async () => {
      await program.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * `apps/api` and `apps/worker` as two processes on real PostgreSQL, Redis and RabbitMQ, each with a corner of its own, and
 * on MongoDB: a real one at TEST_MONGODB_URL, else the stand-in that speaks its protocol.
 */
export async function startWithServices(env: Record<string, string> = {}): Promise<ServedInstallation> {
  const database = await freshDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-e2e-'));
  const broker = await ownVirtualHost();
  const mongo = testUrl('mongodb') ? null : await MongoStandIn.start();
  const services = {
    ...common,
    DATABASE_URL: database.url,
    REDIS_URL: testUrl('redis'),
    REDIS_PREFIX: `e2e-${randomBytes(4).toString('hex')}`,
    RABBITMQ_URL: broker.url,
    MONGODB_URL: mongo?.url ?? testUrl('mongodb'),
    HOLDFAST_DATA_DIR: dataDir,
    ...env,
  };
  const tap = await tapBroker(broker.url);
  const worker = Program.start('worker', services);
  const api = Program.start('api', services);
  const programs = [api, worker];
  await worker.says(/the worker works/);
  return {
    client: await clientOf(api),
    anotherApi: async (more = {}) => {
      const program = Program.start('api', { ...services, ...more });
      programs.push(program);
      return { program, client: await clientOf(program) };
    },
    anotherWorker: async () => {
      const program = Program.start('worker', services);
      programs.push(program);
      await program.says(/the worker works/);
      return program;
    },
    brokerUrl: broker.url,
    events: () => Promise.resolve(tap.events),
    programs,
    dataDir,
    databaseUrl: database.url,
    close: async () => {
      for (const program of programs) await program.stop();
      await tap.close();
      await broker.remove();
      await mongo?.stop();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The client of an api that has been started, once it listens. */
export async function clientOf(api: Program): Promise<Client> {
  const [, base = ''] = await api.says(/listens at (http:[^ ]+)\/api,/);
  return new Client(base);
}

/** The client of a worker's health and metrics, once it works. */
export async function clientOfWorker(worker: Program): Promise<Client> {
  const [, base = ''] = await worker.says(/the worker works; its health is at (http:[^ ]+)\/health/);
  return new Client(base);
}

async function readEvents(dataDir: string): Promise<TappedEvent[]> {
  const text = await readFile(join(dataDir, 'events.ndjson'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const event = JSON.parse(line) as CloudEvent<any>;
      return { ...event, routingKey: event.type };
    });
}

/**
 * The exchanges' names are the contract, so two installations need two virtual hosts. Where rabbitmqctl is not at hand
 * (a broker elsewhere), the one in TEST_RABBITMQ_URL serves: it must be of no other use then.
 */
export async function ownVirtualHost(): Promise<{ url: string; remove(): Promise<void> }> {
  const run = promisify(execFile);
  const url = new URL(testUrl('rabbitmq'));
  const name = `holdfast-e2e-${randomBytes(4).toString('hex')}`;
  try {
    await run('rabbitmqctl', ['add_vhost', name]);
    await run('rabbitmqctl', ['set_permissions', '-p', name, url.username || 'guest', '.*', '.*', '.*']);
  } catch {
    return { url: url.toString(), remove: () => Promise.resolve() };
  }
  url.pathname = `/${name}`;
  return { url: url.toString(), remove: async () => void (await run('rabbitmqctl', ['delete_vhost', name])) };
}
