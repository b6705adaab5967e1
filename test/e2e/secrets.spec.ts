import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith, eventually, testUrl } from '@holdfast/platform/testing';
import { Client as Postgres } from 'pg';
import type { Answer, Client } from './support/client.js';
import { common, type ServedInstallation, startWithServices } from './support/installation.js';
import { CODE, LINK, saidTo } from './support/mailbox.js';
import { signIn } from './support/people.js';
import { Program } from './support/program.js';
import { StrictPostOffice } from './support/strict-post-office.js';

jest.setTimeout(180_000);

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const REQUEST = 'the-request-of-bea';

/** Everything secret that the run was given or gave, by what it is. */
const secrets = new Map<string, string>();
const secret = (what: string, value = `planted-${randomBytes(9).toString('hex')}`): string => {
  secrets.set(what, value);
  return value;
};

/** What a text has of them. A code has six digits, which an id may have too, in the middle. */
const leaksIn = (text: string): string[] =>
  [...secrets].flatMap(([what, value]) => {
    const found = /^\d{6}$/.test(value)
      ? new RegExp(`(?<![0-9a-f-])${value}(?![0-9a-f])`).test(text)
      : text.includes(value);
    return found ? [what] : [];
  });

/** The given URL, with another password. */
function withPassword(address: string, password: string, username?: string): string {
  const url = new URL(address);
  url.password = password;
  if (username) url.username = username;
  return url.toString();
}

function whatItWrites(): void {
  const post = new StrictPostOffice();
  let holdfast: ServedInstallation;
  let logDir: string;
  let database: Postgres;
  let admin: Client;

  beforeAll(async () => {
    await post.open();
    logDir = await mkdtemp(join(tmpdir(), 'holdfast-log-'));
    const { privateKey } = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    secret('signing key', privateKey.split('\n')[1]);
    holdfast = await startWithServices({
      LOG_LEVEL: 'trace',
      LOG_DIR: logDir,
      ADMIN_PASSWORD: secret('password of the admin'),
      JWT_PRIVATE_KEY: privateKey,
      SMTP_URL: withPassword(post.url, secret('password of the mail server'), 'holdfast'),
      // The test servers ask for none, so that they take any.
      REDIS_URL: withPassword(testUrl('redis'), secret('password of Redis')),
    });
    database = new Postgres({ connectionString: holdfast.databaseUrl });
    await database.connect();
    admin = await signIn(holdfast.client, 'admin', secrets.get('password of the admin')!);
    secret('access token of the admin', admin.token);
  });
  afterAll(async () => {
    await database?.end();
    await holdfast?.close();
    await post.close();
    await rm(logDir, { recursive: true, force: true });
  });

  const files = async (): Promise<Record<string, string>> => {
    const names = await readdir(logDir);
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readFile(join(logDir, name), 'utf8')] as const)),
    );
  };
  const logs = async (query: string): Promise<Answer['body']> => {
    const { status, body } = await admin.get(`/api/logs?${query}`);
    expect([query, status]).toEqual([query, 200]);
    return body;
  };
  /** While statements on a table fail. */
  const withoutTable = async (table: string, work: () => Promise<void>): Promise<void> => {
    await database.query(`ALTER TABLE ${table} RENAME TO away`);
    try {
      await work();
    } finally {
      const [schema] = table.split('.');
      await database.query(`ALTER TABLE ${schema}.away RENAME TO ${table.split('.')[1]}`);
    }
  };

  it('has the ids of a request in the api, in the consumer of its event, and in the job that this asks for', async () => {
    post.isStrict = true;
    await database.query('ALTER TABLE notifications.mails ADD CONSTRAINT not_now CHECK (false) NOT VALID');
    const bea = { username: 'bea', email: 'bea@readers.example', password: secret('password of bea') };
    const headers = { 'x-request-id': REQUEST, traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    expect((await holdfast.client.post('/api/auth/register', bea, headers)).status).toBe(201);
    const said = (context: string) =>
      eventually(async () => {
        const { items } = await logs(`requestId=${REQUEST}&limit=100`);
        const found = items.find((line: any) => line.context === context);
        if (!found) throw new Error(`nothing of ${context} in ${JSON.stringify(items)}`);
        return found;
      }, 20_000);
    expect(await said('Consumers')).toMatchObject({
      app: 'worker',
      level: 'warn',
      requestId: REQUEST,
      traceId: TRACE,
      message: expect.stringMatching(/^notifications: attempt 1 failed \(retry\): .*not_now/),
      details: { pid: holdfast.programs[1]!.pid },
    });
    await database.query('ALTER TABLE notifications.mails DROP CONSTRAINT not_now');
    expect(await said('Mails')).toMatchObject({ app: 'worker', requestId: REQUEST, traceId: TRACE });
    const { rows } = await database.query(
      `SELECT DISTINCT request_id FROM platform.outbox WHERE traceparent LIKE '%${TRACE}%'`,
    );
    expect(rows).toEqual([{ request_id: REQUEST }]);
    const ofTheApi = holdfast.programs[0]!.log.split('\n').filter((line) => line.includes(REQUEST));
    expect(ofTheApi.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ msg: 'request', route: '/api/auth/register', requestId: REQUEST, traceId: TRACE }),
    ]);
    post.isStrict = false;
    await database.query('UPDATE notifications.mails SET due_at = now() WHERE ended_at IS NULL');
  });

  it('has no secret, though everything was tried with them that succeeds or fails', async () => {
    const { client } = holdfast;
    const [link] = await saidTo(post, 'bea@readers.example', LINK);
    const token = secret('token of a verification', link!.split('/').at(-1));
    await withoutTable('identity.users', async () => {
      const tried = [
        await client.get(`/api/auth/verify-email/${token}`),
        await client.get(`/api/auth/verify-email/${token}?token=${token}`),
        await client.post('/api/auth/login', { login: 'bea', password: secret('password with a failing database') }),
        await client.post('/api/auth/register', {
          username: 'cory',
          email: 'cory@readers.example',
          password: secret('password of a failing registration'),
        }),
        await client.post('/api/auth/forgot-password', { email: 'bea@readers.example' }),
        await admin.get('/api/users'),
      ];
      expect(tried.map(({ status }) => status)).toEqual(tried.map(() => 500));
    });
    expect((await client.get(link!)).status).toBe(200);

    const wrong = [
      await client.post('/api/auth/login', { login: 'bea', password: secret('wrong password') }),
      await client.post('/api/auth/login', { login: 'bea', pass: secret('password in an unknown property') }),
      await client.post('/api/auth/register', {
        username: 'd',
        email: 'no',
        password: { is: secret('password of a kind') },
      }),
      await client.raw('POST', '/api/auth/login', `{"password": "${secret('password in broken JSON')}", `, {
        'content-type': 'application/json',
      }),
      await client.as(secret('token that is none')).get('/api/auth/me'),
      await client.get(`/api/books?access_token=${secret('token in a query')}`),
      await client.get(`/api/auth/verify-email/${secret('token in a path')}`),
      await client.raw(
        'POST',
        '/api/auth/token',
        new URLSearchParams({ grant_type: 'refresh_token', refresh_token: secret('refresh token that is none') }),
      ),
    ];
    expect(wrong.map(({ status }) => status)).toEqual([401, 400, 400, 400, 401, 200, 400, 400]);

    const { body: tokens } = await client.post('/api/auth/login', {
      login: 'bea',
      password: secrets.get('password of bea'),
    });
    secret('access token', tokens.accessToken);
    const { body: next } = await client.post('/api/auth/refresh', {
      refreshToken: secret('refresh token', tokens.refreshToken),
    });
    secret('next refresh token', next.refreshToken);
    const email = 'bea@readers.example';
    expect((await client.post('/api/auth/forgot-password', { email })).status).toBe(202);
    const [otp] = await saidTo(post, email, CODE);
    const { body: recovery } = await client.post('/api/auth/verify-otp', { email, otp: secret('code', otp) });
    const resetToken = secret('token of a reset', recovery.resetToken);
    const reset = { resetToken, newPassword: secret('new password') };
    await withoutTable('identity.users', async () => {
      expect((await client.post('/api/auth/reset-password', reset)).status).toBe(500);
      expect((await client.as(next.accessToken).get('/api/auth/me')).status).toBe(500);
    });
    expect((await client.post('/api/auth/reset-password', reset)).status).toBe(204);

    // Mails whose server quotes the password, and one whose consumer failed before.
    post.isStrict = true;
    await client.post('/api/auth/forgot-password', { email });
    await eventually(async () => {
      const { total } = await logs('search=NO%20ENTRY%20with');
      expect(total).toBeGreaterThan(0);
    }, 20_000);
    post.isStrict = false;

    const url = (service: 'redis' | 'rabbitmq', what: string): string =>
      withPassword(testUrl(service), secret(what), 'nobody');
    const lost = Program.start('worker', {
      ...common,
      LOG_LEVEL: 'trace',
      LOG_DIR: logDir,
      DATABASE_URL: withPassword(holdfast.databaseUrl, secret('password of PostgreSQL')),
      REDIS_URL: url('redis', 'password that Redis refuses'),
      RABBITMQ_URL: url('rabbitmq', 'password that RabbitMQ refuses'),
      HOLDFAST_DATA_DIR: holdfast.dataDir,
    });
    holdfast.programs.push(lost);
    await lost.says(/not connected \(/);
    const homeless = Program.start('api', {
      ...common,
      LOG_LEVEL: 'trace',
      DATABASE_URL: withPassword('postgres://nobody@127.0.0.1:1/none', secret('password of no PostgreSQL')),
      REDIS_URL: testUrl('redis'),
      RABBITMQ_URL: testUrl('rabbitmq'),
    });
    holdfast.programs.push(homeless);
    await homeless.says(/cannot start/);

    for (const program of holdfast.programs.slice(1)) await program.stop();
    const { rows } = await database.query(
      'SELECT count(*)::int AS n, string_agg(logs::text, chr(10)) AS text FROM platform.logs',
    );
    const { n, text } = rows[0] as { n: number; text: string };
    expect(n).toBeGreaterThan(10);
    for (const line of ['request failed', '/api/auth/verify-email/', 'no entry with', 'not connected']) {
      expect(text).toContain(line);
    }
    expect(secrets.size).toBeGreaterThan(25);
    expect(leaksIn(`${text} ${secrets.get('code')} ${secrets.get('new password')}`)).toEqual(['code', 'new password']);
    expect(leaksIn(text)).toEqual([]);
    expect(holdfast.programs.map(({ name, log }) => [name, leaksIn(log)])).toEqual(
      holdfast.programs.map(({ name }) => [name, []]),
    );
    for (const [name, content] of Object.entries(await files())) expect([name, leaksIn(content)]).toEqual([name, []]);
  });

  it('is in files, one for each process, as it is on the console', async () => {
    const [api, worker, lost] = holdfast.programs;
    await eventually(async () => {
      const written = Object.entries(await files()).sort(([one], [other]) => (one < other ? -1 : 1));
      for (const [program, app] of [
        [api, 'api'],
        [worker, 'worker'],
        [lost, 'worker'],
      ] as const) {
        const isOwn = (name: string) => name.startsWith(`${app}-`) && name.endsWith(`-${program!.pid}.log`);
        const own = written.filter(([name]) => isOwn(name)).flatMap(([, content]) => content.trim().split('\n'));
        expect(own).toEqual(program!.log.split('\n').filter((line) => line.startsWith('{')));
        expect(own.length).toBeGreaterThan(5);
      }
    });
  });

  it('is found by level, time, program and a part of the message, the newest first, in pages', async () => {
    const all = (await logs('limit=100')).items;
    expect(new Set(all.map(({ app }: any) => app))).toEqual(new Set(['api', 'worker']));
    const times = all.map(({ at, id }: any) => `${at} ${id}`);
    expect(times).toEqual([...times].sort().reverse());
    const errors = (await logs('level=error&limit=100')).items;
    expect(errors.length).toBeGreaterThan(3);
    expect(errors).toEqual(all.filter(({ level }: any) => level === 'error' || level === 'fatal'));
    expect((await logs('level=info')).total).toBe((await logs('')).total);
    expect((await logs('app=api&search=REQUEST%20failed&limit=100')).items).toEqual(
      all.filter(({ app, message }: any) => app === 'api' && message.startsWith('request failed')),
    );
    expect((await logs('search=%25')).items.every(({ message }: any) => message.includes('%'))).toBe(true);
    const [, , third] = all;
    expect((await logs(`from=${third.at}&limit=100`)).items.at(-1).at).toBe(third.at);
    expect((await logs(`to=${third.at}&limit=100`)).items[0].at < third.at).toBe(true);
    const paged: any[] = [];
    let headers: Headers | undefined;
    for (let cursor: string | null = ''; cursor !== null && paged.length < all.length;) {
      const page = await admin.get(`/api/logs?limit=3${cursor && `&cursor=${cursor}`}`);
      headers ??= page.headers;
      paged.push(...page.body.items);
      cursor = page.body.nextCursor;
    }
    expect(paged.slice(0, all.length).map(({ id }) => id)).toEqual(all.slice(0, paged.length).map(({ id }: any) => id));
    expect(headers?.get('link')).toMatch(/rel="first".*rel="next"/);
    expect((await logs('offset=2&limit=1')).items).toEqual([third]);
  });

  it.each([
    'level=loud',
    'level=silent',
    'from=yesterday',
    'to=2026-02-30',
    'search=',
    'requestId=',
    'limit=0',
    'cursor=x',
    'search=%00',
    'search=a&search=b',
  ])('is not read with %s', async (query) =>
    expect([query, (await admin.get(`/api/logs?${query}`)).status]).toEqual([query, 400]),
  );
}

describeWith('redis', 'What a run writes of itself', () => describeWith('rabbitmq', 'as api and worker', whatItWrites));
