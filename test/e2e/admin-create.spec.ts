import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freshDatabase } from '@holdfast/platform/testing';
import { Client } from 'pg';
import { EmbeddedHouse } from './support/embedded-house.js';
import { startEmbedded } from './support/installation.js';
import { signIn, signInAdmin } from './support/people.js';

jest.setTimeout(120_000);

const PROGRAM = join(__dirname, '..', '..', 'dist', 'apps', 'create-admin', 'src', 'main.js');
const PASSWORD = 'made at the command line';
const CHIEF = ['--username', 'chief', '--email', 'chief@staff.example'];

interface Outcome {
  code: number;
  said: string;
  complained: string;
}

/** Runs the compiled program to its end, with `input` as its standard input. */
async function createAdmin(args: string[], env: Record<string, string>, input = ''): Promise<Outcome> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'test', PASSWORD_HASH_MEMORY_KIB: '1024', ...env },
  });
  const outcome: Outcome = { code: -1, said: '', complained: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.complained += text));
  // One that refuses its arguments may be gone before it reads.
  child.stdin.on('error', () => undefined).end(input);
  [outcome.code] = (await once(child, 'close')) as [number];
  return outcome;
}

describe('npm run admin:create, with a database of one’s own', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let client: Client;
  let folder: string;
  beforeAll(async () => {
    database = await freshDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
    folder = await mkdtemp(join(tmpdir(), 'holdfast-admin-'));
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (args: string[], input?: string, env: Record<string, string> = {}) =>
    createAdmin(args, { DATABASE_URL: database.url, HOLDFAST_DATA_DIR: join(folder, 'unused'), ...env }, input);
  const rows = async (sql: string) => (await client.query(sql)).rows as Record<string, unknown>[];
  const everything = () =>
    rows('SELECT (SELECT count(*) FROM identity.users) AS users, (SELECT count(*) FROM platform.outbox) AS events');

  it('makes an admin with the password from standard input, announces it, and notes it down', async () => {
    const outcome = await run(CHIEF, `${PASSWORD}\nanother line\n`);
    expect(outcome).toEqual({ code: 0, said: 'chief is an admin now.\n', complained: '' });
    const [user] = await rows('SELECT id, username, email, role, is_active, email_verified FROM identity.users');
    expect(user).toMatchObject({ username: 'chief', role: 'admin', is_active: true, email_verified: true });
    expect(await rows('SELECT type, data FROM platform.outbox')).toEqual([
      {
        type: 'user_registered',
        data: { id: user!.id, username: 'chief', email: 'chief@staff.example', role: 'admin' },
      },
    ]);
    expect(await rows('SELECT user_id, action, actor_id, request_id FROM identity.audit')).toEqual([
      { user_id: user!.id, action: 'made-admin', actor_id: null, request_id: null },
    ]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes the password from a file, or makes one and shows it once', async () => {
    await writeFile(join(folder, 'password'), `${PASSWORD}\r\n`);
    const fromFile = await run([
      '--username',
      'second',
      '--email',
      'second@staff.example',
      '--password-file',
      `${folder}/password`,
    ]);
    expect(fromFile).toMatchObject({ code: 0, complained: '' });
    const made = await run(['--username', 'third', '--email', 'third@staff.example', '--generate']);
    expect(made.said).toMatch(/^third is an admin now\.\nPassword: [\w-]{24}\n$/);
  });

  it.each<[string, string[], string, string]>([
    ['no address', ['--username', 'fourth'], PASSWORD, '--username and --email are needed'],
    ['a password among the arguments', [...CHIEF, '--password', PASSWORD], '', '--password'],
    ['no password', ['--username', 'fourth', '--email', 'fourth@staff.example'], '', 'There is no password'],
    ['two sources of it', [...CHIEF, '--generate', '--password-file', 'x'], '', 'Choose one of'],
    ['a file that is not there', [...CHIEF, '--password-file', '/nowhere/x'], '', 'The password file cannot be read'],
    ['a weak password', ['--username', 'fourth', '--email', 'fourth@staff.example'], 'short', 'password must have'],
  ])('refuses %s in a sentence and changes nothing', async (_, args, input, sentence) => {
    const before = await everything();
    const outcome = await run(args, input);
    expect(outcome).toMatchObject({ code: 1, said: '' });
    expect(outcome.complained).toMatch(/^No admin was made: /);
    expect(outcome.complained).toContain(sentence);
    expect(outcome.complained).not.toMatch(/\n\s+at /);
    expect(await everything()).toEqual(before);
  });

  it('promotes nobody silently, not even somebody inactive', async () => {
    await client.query("UPDATE identity.users SET role = 'editor', is_active = false WHERE username = 'second'");
    const outcome = await run(['--username', 'second', '--email', 'second@staff.example'], PASSWORD);
    expect(outcome).toMatchObject({ code: 1, complained: expect.stringContaining('It is left as it is') });
    expect(await rows("SELECT role, is_active FROM identity.users WHERE username = 'second'")).toEqual([
      { role: 'editor', is_active: false },
    ]);
  });

  it('says so when the database does not answer', async () => {
    const outcome = await run(CHIEF, PASSWORD, { DATABASE_URL: 'postgres://postgres@127.0.0.1:1/none' });
    expect(outcome).toMatchObject({ code: 1, complained: expect.stringContaining('ECONNREFUSED') });
  });
});

describe('npm run admin:create, with the embedded database', () => {
  it('makes the admin while npm start runs, who signs in at once', async () => {
    const holdfast = await startEmbedded();
    try {
      const outcome = await createAdmin(CHIEF, { HOLDFAST_DATA_DIR: holdfast.dataDir }, PASSWORD);
      expect(outcome).toMatchObject({ code: 0, complained: '' });
      const chief = await signIn(holdfast.client, 'chief', PASSWORD);
      const me = (await chief.get('/api/auth/me')).body;
      expect(me).toMatchObject({ role: 'admin', emailVerified: true });
      const { body } = await (await signInAdmin(holdfast.client)).get(`/api/audit?userId=${me.id}`);
      expect(body.items).toMatchObject([{ action: 'made-admin', actor: null, user: { username: 'chief' } }]);
      await eventually(async () => {
        const events = (await holdfast.events()).filter(({ subject }) => subject === `users/${me.id}`);
        expect(events.map(({ routingKey }) => routingKey)).toEqual(['user_registered']);
      });
    } finally {
      await holdfast.close();
    }
  });

  it('starts the database for the moment while nothing runs, and leaves nothing running', async () => {
    const house = await EmbeddedHouse.found();
    try {
      const outcomes = await Promise.all([
        createAdmin(CHIEF, { HOLDFAST_DATA_DIR: house.dataDir }, PASSWORD),
        createAdmin(CHIEF, { HOLDFAST_DATA_DIR: house.dataDir }, PASSWORD),
      ]);
      // Of two at once one may find the other's database, or its lock; never are there two admins, or two databases.
      expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 1]);
      await expect(house.postgresPid()).rejects.toThrow('ENOENT');
      expect(await readdir(join(house.dataDir, 'lock'))).toEqual([]);
      const { client } = await house.start();
      const chief = await signIn(client, 'chief', PASSWORD);
      expect((await chief.get('/api/users?role=admin')).body.items).toMatchObject([{ username: 'chief' }]);
    } finally {
      await house.close();
    }
  });
});
