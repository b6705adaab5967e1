import { describeWith, eventually } from '@holdfast/platform/testing';
import type { Answer, Client } from './support/client.js';
import { type Installation, startEmbedded, startWithServices } from './support/installation.js';
import { CODE, folderMailbox, LINK, type Mailbox, saidTo, SmtpMailbox } from './support/mailbox.js';
import { PASSWORD, registerReader, signInAdmin } from './support/people.js';

jest.setTimeout(120_000);

const NEW_PASSWORD = 'a sentence that nobody guesses';
const NEWEST_PASSWORD = 'and another one after that';
const ADA = 'ada@readers.example';
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

const outcome = ({ status, body }: Answer): unknown[] => [status, body?.type];
const form = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields);

interface House {
  holdfast: Installation;
  mailbox: Mailbox;
  close: () => Promise<void>;
}

/** The life of an account, as its owner lives it. Each step stands on the ones before. */
function accountLife(start: () => Promise<House>): void {
  let holdfast: Installation;
  let mailbox: Mailbox;
  let close: (() => Promise<void>) | undefined;
  let anybody: Client;
  let admin: Client;
  let id: string;
  let tokens: any;
  /** Every access and refresh token that Ada ever had. */
  const accessTokens: string[] = [];
  const refreshTokens: string[] = [];

  beforeAll(async () => {
    ({ holdfast, mailbox, close } = await start());
    anybody = holdfast.client;
    admin = await signInAdmin(anybody);
  });
  afterAll(() => close?.());

  const login = (password: string, name = 'ada'): Promise<Answer> =>
    anybody.post('/api/auth/login', { login: name, password });
  const keep = (body: any): any => {
    accessTokens.push(body.accessToken);
    refreshTokens.push(body.refreshToken);
    return body;
  };
  const asAda = (): Client => anybody.as(tokens.accessToken);

  it('begins with a registration, and a mail whose link may be opened as often as one likes', async () => {
    const account = { username: 'Ada', email: ADA, password: PASSWORD };
    const registered = await anybody.post('/api/auth/register', account);
    expect([registered.status, registered.body]).toEqual([
      201,
      expect.objectContaining({ username: 'Ada', email: ADA, emailVerified: false, role: 'customer', isActive: true }),
    ]);
    id = registered.body.id;
    const [link = ''] = await saidTo(mailbox, ADA, LINK);
    for (const method of ['HEAD', 'GET', 'GET']) {
      const opened = await anybody.raw(method, link, undefined);
      expect(opened.status).toBe(200);
      if (method === 'GET') expect(opened.body).toEqual({ email: ADA, verified: true });
    }
    expect(outcome(await anybody.get(`${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`))).toEqual([
      400,
      '/problems/verification-link-invalid',
    ]);
    expect((await anybody.post('/api/auth/resend-verification', { email: ADA })).status).toBe(202);
  });

  it('signs in by name and by address, in JSON and in the form of OAuth', async () => {
    const byName = await login(PASSWORD, 'ADA');
    expect(byName.status).toBe(200);
    expect(Object.keys(byName.body).sort()).toEqual(['accessToken', 'expiresIn', 'refreshToken', 'tokenType']);
    tokens = keep(byName.body);
    keep((await login(PASSWORD, 'Ada@Readers.Example')).body);
    const fields = { grant_type: 'password', username: 'ada', password: PASSWORD };
    const oauth = await anybody.raw('POST', '/api/auth/token', form(fields));
    expect([oauth.status, oauth.headers.get('cache-control')]).toEqual([200, 'no-store']);
    accessTokens.push(oauth.body.access_token);
    refreshTokens.push(oauth.body.refresh_token);
    const me = await asAda().get('/api/auth/me');
    expect(me.body).toMatchObject({ id, username: 'Ada', email: ADA, emailVerified: true });
    const refused = [await login('not the password'), await login('not the password', 'nobody-at-all')];
    expect(refused.map(outcome)).toEqual([401, 401].map((status) => [status, '/problems/wrong-credentials']));
    expect(refused[0]?.body).toEqual(refused[1]?.body);
  });

  it('sees three sessions and ends one of them', async () => {
    const { body } = await asAda().get('/api/auth/sessions');
    expect([body.total, body.items.filter(({ current }: any) => current).length]).toEqual([3, 1]);
    const last = body.items.find(({ current }: any) => !current);
    expect((await asAda().delete(`/api/auth/sessions/${last.id}`)).status).toBe(204);
    expect(outcome(await asAda().delete(`/api/auth/sessions/${last.id}`))).toEqual([
      404,
      '/problems/session-not-found',
    ]);
    const works = await Promise.all(accessTokens.map((token) => anybody.as(token).get('/api/auth/me')));
    expect(works.map(({ status }) => status).sort()).toEqual([200, 200, 401]);
  });

  it('refreshes, and again with the same token within seconds for the same successor', async () => {
    const spent = tokens.refreshToken;
    const first = await anybody.post('/api/auth/refresh', { refreshToken: spent });
    const again = await anybody.post('/api/auth/refresh', { refreshToken: spent });
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.body.refreshToken).toBe(first.body.refreshToken);
    expect(first.body.refreshToken).not.toBe(spent);
    tokens = keep(first.body);
    const fields = { grant_type: 'refresh_token', refresh_token: tokens.refreshToken };
    const oauth = await anybody.raw('POST', '/api/auth/token', form(fields));
    expect(oauth.status).toBe(200);
    tokens = keep({ accessToken: oauth.body.access_token, refreshToken: oauth.body.refresh_token });
    expect((await asAda().get('/api/auth/me')).status).toBe(200);
  });

  it('forgets the password, and gets a code by mail that works once, and a new password with it', async () => {
    const asked = await anybody.post('/api/auth/forgot-password', { email: 'ADA@readers.example' });
    const unknown = await anybody.post('/api/auth/forgot-password', { email: 'nobody@readers.example' });
    expect([asked.status, asked.body]).toEqual([202, unknown.body]);
    expect(unknown.status).toBe(202);
    const [otp = ''] = await saidTo(mailbox, ADA, CODE);
    const verify = (code: string, email = ADA): Promise<Answer> =>
      anybody.post('/api/auth/verify-otp', { email, otp: code });
    const wrong = otp === '000000' ? '000001' : '000000';
    for (const refused of [await verify(wrong), await verify(otp, 'nobody@readers.example')])
      expect(outcome(refused)).toEqual([400, '/problems/code-refused']);
    const right = await verify(otp);
    expect([right.status, right.body, right.headers.get('cache-control')]).toEqual([
      200,
      { resetToken: expect.any(String), expiresIn: expect.any(Number) },
      'no-store',
    ]);
    expect(outcome(await verify(otp))).toEqual([400, '/problems/code-refused']);
    const { resetToken } = right.body;
    const reset = (newPassword: string): Promise<Answer> =>
      anybody.post('/api/auth/reset-password', { resetToken, newPassword });
    expect(outcome(await reset('short'))).toEqual([400, '/problems/invalid-input']);
    expect(outcome(await anybody.as(resetToken).get('/api/auth/me'))).toEqual([401, '/problems/unauthenticated']);
    expect((await reset(NEW_PASSWORD)).status).toBe(204);
    expect(outcome(await reset(NEWEST_PASSWORD))).toEqual([400, '/problems/reset-refused']);
    expect((await mailbox.mails()).filter((mail) => mail.includes('nobody@readers.example'))).toEqual([]);
  });

  it('has ended every session by that: no token of before works, nor the old password', async () => {
    expect(accessTokens.length).toBeGreaterThanOrEqual(5);
    for (const token of accessTokens)
      expect(outcome(await anybody.as(token).get('/api/auth/me'))).toEqual([401, '/problems/unauthenticated']);
    for (const refreshToken of refreshTokens)
      expect(outcome(await anybody.post('/api/auth/refresh', { refreshToken }))).toEqual([
        401,
        '/problems/refresh-refused',
      ]);
    expect(outcome(await login(PASSWORD))).toEqual([401, '/problems/wrong-credentials']);
    const back = await login(NEW_PASSWORD);
    expect(back.status).toBe(200);
    tokens = back.body;
  });

  it('changes the password, which ends all sessions but the one that asks', async () => {
    const elsewhere = (await login(NEW_PASSWORD)).body;
    const change = (currentPassword: string, newPassword: string): Promise<Answer> =>
      asAda().post('/api/auth/change-password', { currentPassword, newPassword });
    expect(outcome(await change(PASSWORD, NEWEST_PASSWORD))).toEqual([400, '/problems/wrong-current-password']);
    expect((await change(NEW_PASSWORD, NEWEST_PASSWORD)).status).toBe(204);
    expect((await anybody.as(elsewhere.accessToken).get('/api/auth/me')).status).toBe(401);
    expect((await anybody.post('/api/auth/refresh', { refreshToken: elsewhere.refreshToken })).status).toBe(401);
    expect((await asAda().get('/api/auth/me')).status).toBe(200);
    expect((await login(NEW_PASSWORD)).status).toBe(401);
    expect((await login(NEWEST_PASSWORD)).status).toBe(200);
  });

  it('keeps a profile under the own id', async () => {
    const changes = { fullName: 'Ada Lovelace', phone: '+44 20 7946 0000', notifications: { email: false } };
    const changed = await asAda().patch('/api/customers/me', changes);
    expect([changed.status, changed.body]).toEqual([200, expect.objectContaining({ id, username: 'Ada', ...changes })]);
    expect((await asAda().get(`/api/customers/${id}`)).body).toEqual(changed.body);
    const removed = await asAda().patch('/api/customers/me', { phone: null });
    expect(removed.body).toMatchObject({ fullName: 'Ada Lovelace', phone: null });
    expect((await admin.get(`/api/customers/${id}`)).body).toEqual(removed.body);
  });

  it('is not deleted while a copy is out; then it is, and its place in a queue goes to the next', async () => {
    const [borrowed, sought] = await Promise.all(
      ['Borrowed', 'Sought'].map(
        async (title) => (await admin.post('/api/books', { title, price: 10, units: 1 })).body,
      ),
    );
    const [holder, next] = [await registerReader(anybody, 'holder'), await registerReader(anybody, 'next')];
    const reserve = async (client: Client, book: any): Promise<any> => {
      const { status, body } = await client.post('/api/reservations', { bookId: book.id, reservedUntil: inDays(5) });
      expect(status).toBe(201);
      return body;
    };
    const loan = await reserve(asAda(), borrowed);
    await reserve(holder.client, sought);
    const place = await reserve(asAda(), sought);
    const behind = await reserve(next.client, sought);
    expect([loan.status, place.queuePosition, behind.queuePosition]).toEqual(['active', 1, 2]);

    for (const path of [`/api/users/${id}`, '/api/customers/me']) expect((await asAda().delete(path)).status).toBe(409);
    expect((await asAda().get('/api/auth/me')).status).toBe(200);
    expect((await asAda().get(`/api/reservations/${place.id}`)).body).toMatchObject({
      status: 'pending',
      queuePosition: 1,
    });

    expect((await asAda().post(`/api/reservations/${loan.id}/return`)).status).toBe(200);
    expect((await asAda().delete('/api/customers/me')).status).toBe(204);
    expect((await next.client.get(`/api/reservations/${behind.id}`)).body.queuePosition).toBe(1);
    expect((await admin.get(`/api/reservations?customerId=${id}&status=pending`)).body.items).toEqual([]);

    expect((await asAda().get('/api/auth/me')).status).toBe(401);
    expect((await anybody.post('/api/auth/refresh', { refreshToken: tokens.refreshToken })).status).toBe(401);
    expect(outcome(await login(NEWEST_PASSWORD))).toEqual([401, '/problems/wrong-credentials']);
    expect((await admin.get(`/api/users/${id}`)).status).toBe(404);
    const again = await registerReader(anybody, 'ada');
    expect(again.id).not.toBe(id);
  });

  it('was told as events, without anything secret', async () => {
    await eventually(async () => {
      const events = await holdfast.events();
      const own = events.filter(({ subject }) => subject === `users/${id}`).map(({ routingKey }) => routingKey);
      expect(own).toEqual(['user_registered', 'user_deleted']);
    }, 10_000);
    const told = JSON.stringify(await holdfast.events());
    expect(told).not.toMatch(/otp|verify-email|email_verification_requested|argon2|resetToken/);
  });

  it('left no password, code or token in the log', async () => {
    const log = holdfast.programs.map((program) => program.log).join('');
    const codes = await saidTo(mailbox, ADA, CODE);
    const [link = ''] = (await saidTo(mailbox, ADA, LINK, 2)).slice(0, 1);
    const secrets = [
      PASSWORD,
      NEW_PASSWORD,
      NEWEST_PASSWORD,
      ...accessTokens,
      ...refreshTokens,
      link.split('/').at(-1)!,
    ];
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
    expect(codes.filter((code) => new RegExp(`(?<![\\w.-])${code}(?![\\w-])`).test(log))).toEqual([]);
  });
}

describe('The life of an account, embedded', () =>
  accountLife(async () => {
    const holdfast = await startEmbedded();
    return { holdfast, mailbox: folderMailbox(holdfast.dataDir), close: () => holdfast.close() };
  }));

describeWith('redis', 'The life of an account, with services', () =>
  describeWith('rabbitmq', 'and mail through SMTP', () =>
    accountLife(async () => {
      const mailbox = await SmtpMailbox.open();
      const holdfast = await startWithServices({ SMTP_URL: mailbox.url });
      return {
        holdfast,
        mailbox,
        close: async () => {
          await holdfast.close();
          await mailbox.close();
        },
      };
    }),
  ),
);

describe('A house that wants addresses verified first', () => {
  let holdfast: Installation;

  beforeAll(async () => {
    holdfast = await startEmbedded({ REQUIRE_VERIFIED_EMAIL: 'true' });
  });
  afterAll(() => holdfast?.close());

  it('lets its first admin in, and a reader only when the link was opened', async () => {
    const anybody = holdfast.client;
    await signInAdmin(anybody);
    const account = { username: 'ada', email: ADA, password: PASSWORD };
    expect((await anybody.post('/api/auth/register', account)).status).toBe(201);
    const login = (password: string): Promise<Answer> => anybody.post('/api/auth/login', { login: 'ada', password });
    expect(outcome(await login(PASSWORD))).toEqual([403, '/problems/email-not-verified']);
    expect(outcome(await login('not the password'))).toEqual([401, '/problems/wrong-credentials']);
    const fields = { grant_type: 'password', username: 'ada', password: PASSWORD };
    const oauth = await anybody.raw('POST', '/api/auth/token', form(fields));
    expect([oauth.status, oauth.body.error]).toEqual([400, 'invalid_grant']);

    const mailbox = folderMailbox(holdfast.dataDir);
    const [first = ''] = await saidTo(mailbox, ADA, LINK);
    expect((await anybody.post('/api/auth/resend-verification', { email: ADA })).status).toBe(202);
    const [, second = ''] = await saidTo(mailbox, ADA, LINK, 2);
    expect(outcome(await anybody.get(first))).toEqual([400, '/problems/verification-link-invalid']);
    expect((await login(PASSWORD)).status).toBe(403);
    expect((await anybody.get(second)).status).toBe(200);
    const signedIn = await login(PASSWORD);
    expect(signedIn.status).toBe(200);

    expect((await anybody.as(signedIn.body.accessToken).get('/api/auth/me')).body).toMatchObject({
      emailVerified: true,
    });
    const employee = { username: 'editor', email: 'editor@staff.example', password: PASSWORD, role: 'editor' };
    expect((await (await signInAdmin(anybody)).post('/api/users', employee)).status).toBe(201);
    const tried = await anybody.post('/api/auth/login', { login: 'editor', password: PASSWORD });
    expect(outcome(tried)).toEqual([403, '/problems/email-not-verified']);
  });
});
