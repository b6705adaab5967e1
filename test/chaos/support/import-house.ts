import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as Postgres } from 'pg';
import { eventually } from '@holdfast/platform/testing';
import { BullMqJobs } from '../../../libs/platform/src/jobs/bullmq-jobs.js';
import type { Client } from '../../e2e/support/client.js';
import { clientOf, common, ownVirtualHost } from '../../e2e/support/installation.js';
import { signInAdmin } from '../../e2e/support/people.js';
import { Program } from '../../e2e/support/program.js';

/** A worker that is gone is missed after so long: tests do not wait for fifteen seconds. */
export const LEASE_SECONDS = 2;

/** The compiled api, and as many compiled workers as a test starts, on a folder of their own. */
export class ImportHouse {
  private readonly programs: Program[] = [];
  private jobs: BullMqJobs | undefined;

  private constructor(
    private readonly services: Record<string, string>,
    private readonly removeBroker: () => Promise<void>,
    readonly dataDir: string,
    readonly admin: Client,
  ) {}

  /** No worker works yet. */
  static async open(redisUrl: string, databaseUrl: string): Promise<ImportHouse> {
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-imports-'));
    const broker = await ownVirtualHost();
    const services = {
      ...common,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      REDIS_PREFIX: `imports-${randomBytes(4).toString('hex')}`,
      RABBITMQ_URL: broker.url,
      HOLDFAST_DATA_DIR: dataDir,
      UPLOAD_LEASE_SECONDS: String(LEASE_SECONDS),
      UPLOAD_ORPHAN_MINUTES: '10',
      // Short chunks, so that a file of some thousand rows has many of them to be hit in.
      IMPORT_CHUNK_ROWS: '500',
    };
    const api = Program.start('api', services);
    const admin = await signInAdmin(await clientOf(api));
    const house = new ImportHouse(services, () => broker.remove(), dataDir, admin);
    house.programs.push(api);
    return house;
  }

  /** Resolves when it works. */
  async startWorker(env: Record<string, string> = {}): Promise<Program> {
    const worker = this.launch('worker', env);
    await worker.says(/the worker works/);
    return worker;
  }

  /** One more api, with a client for it. */
  async startApi(shell = ''): Promise<{ program: Program; admin: Client }> {
    const program = this.launch('api', {}, shell);
    const client = await clientOf(program);
    return { program, admin: client.as(this.admin.token ?? '') };
  }

  /** Sends a file as the admin; gives the id of the upload. */
  async upload(csv: string, options = ''): Promise<string> {
    const { status, body } = await this.send(csv, options);
    if (status !== 202) throw new Error(`the upload was answered ${status} ${JSON.stringify(body)}`);
    return body.uploadId as string;
  }

  send(csv: string, options = '', as = this.admin): ReturnType<Client['raw']> {
    const form = new FormData();
    form.append('file', new Blob([csv]), 'books.csv');
    return as.raw('POST', `/api/books/upload${options}`, form);
  }

  async read(id: string): Promise<any> {
    const { status, body } = await this.admin.get(`/api/books/upload/${id}`);
    if (status !== 200) throw new Error(`the upload was answered ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** The upload once it has ended. */
  ended(id: string, withinMs = 60_000): Promise<any> {
    return eventually(async () => {
      const upload = await this.read(id);
      if (!upload.finishedAt)
        throw new Error(`the upload has not ended: ${JSON.stringify({ ...upload, warnings: 0 })}`);
      return upload;
    }, withinMs);
  }

  /** In the folder of the uploads. */
  async files(): Promise<string[]> {
    return (await readdir(this.folder).catch(() => [])).sort();
  }

  get folder(): string {
    return join(this.dataDir, 'uploads');
  }

  /** Has a worker sweep now, as it does every ten minutes. */
  async sweep(): Promise<void> {
    this.jobs ??= new BullMqJobs(this.services.REDIS_URL ?? '', this.services.REDIS_PREFIX ?? '');
    await this.jobs.request('imports-sweep');
  }

  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = await connected(this.services.DATABASE_URL ?? '');
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.jobs?.close();
    for (const program of this.programs) program.thaw();
    await Promise.all(this.programs.map((program) => program.stop()));
    await this.removeBroker();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private launch(name: string, env: Record<string, string>, shell = ''): Program {
    const program = Program.start(name, { ...this.services, ...env }, shell);
    this.programs.push(program);
    return program;
  }
}

export async function connected(url: string): Promise<Postgres> {
  const client = new Postgres({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
