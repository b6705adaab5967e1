import {
  type CloudEvent,
  createPino,
  EmbeddedBroker,
  EventRegistry,
  HoldfastLogger,
  type Outcome,
  PRIVATE_EXCHANGE,
  Relay,
  type Subscription,
} from '@holdfast/platform';
import { eventually } from '@holdfast/platform/testing';
import { Logger } from '@nestjs/common';
import { IdentityApp, PASSWORD } from '../../testing/identity-app.js';

const NEW_PASSWORD = 'a brass cog turning';

describe('The secrets of a recovery', () => {
  let app: IdentityApp;
  let broker: EmbeddedBroker;
  let relay: Relay;
  const lines: string[] = [];
  const mailed: CloudEvent<{ otp?: string; token?: string; userId: string }>[] = [];

  const queue = (name: string, handle: Subscription['handle']): Subscription => ({
    name,
    prefetch: 5,
    bindings: ['otp_generated', 'email_verification_requested'].map((event) => ({ exchange: PRIVATE_EXCHANGE, event })),
    handle,
  });

  beforeAll(async () => {
    app = await IdentityApp.start();
    Logger.overrideLogger(new HoldfastLogger(createPino('trace', 'test', { write: (line) => lines.push(line) })));
    broker = new EmbeddedBroker(app.database, { dataDir: app.settings.dataDir, retryDelaysMs: [10] });
    await broker.start([
      queue('mails', ({ body, previousAttempts }) => {
        if (previousAttempts === 0) return Promise.reject(new Error('not now'));
        mailed.push(JSON.parse(body.toString()) as (typeof mailed)[number]);
        return Promise.resolve<Outcome>({ kind: 'done' });
      }),
      queue('refused', () => Promise.resolve<Outcome>({ kind: 'dead', reason: 'no such recipient' })),
    ]);
    relay = new Relay(app.database, broker, app.nest.get(EventRegistry));
    relay.start();
  });
  afterAll(async () => {
    await relay.stop();
    await broker.close();
    await app.close();
  });

  const mail = (type: string, userId: string) =>
    eventually(() => {
      const found = mailed.find((event) => event.type === type && event.data.userId === userId);
      expect(found).toBeDefined();
      return found!.data;
    });

  /** Everything that the tables hold, as text. */
  async function kept(): Promise<string> {
    const tables = await app.database.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
        WHERE table_schema IN ('identity', 'platform') AND table_type = 'BASE TABLE'`,
    );
    expect(tables.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'identity.one_time_codes',
        'platform.outbox',
        'platform.embedded_messages',
        'platform.dead_letters',
      ]),
    );
    const rows = await Promise.all(
      tables.map(({ name }) => app.database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)),
    );
    // Bytes are shown in hexadecimal digits above.
    const letters = await app.database.query<{ row: string }>(
      `SELECT convert_from(body, 'UTF8') AS row FROM platform.dead_letters`,
    );
    return [...rows, letters]
      .flat()
      .map(({ row }) => row)
      .join('\n');
  }

  /** A code as a word of its own; six digits may be part of a time or of a hash by chance. */
  const asWord = (otp: string): RegExp => new RegExp(`(?<![\\w.+/])${otp}(?![\\w+/])`);

  it('are in no table and in no log line once they are mailed, nor with a mail that was refused', async () => {
    const ada = await app.customer();
    const email = `${ada.username}@example.org`;
    await app.post('/auth/forgot-password', { email });
    const { otp } = await mail('otp_generated', ada.id);
    const { token } = await mail('email_verification_requested', ada.id);
    await eventually(async () => {
      const waiting = `SELECT FROM platform.embedded_messages
                       UNION ALL SELECT FROM platform.outbox WHERE published_at IS NULL`;
      expect(await app.database.query(waiting)).toEqual([]);
    });
    expect(await app.database.query('SELECT FROM identity.one_time_codes')).toHaveLength(1);
    const withCode = await kept();

    const { body } = await app.post<{ resetToken: string }>('/auth/verify-otp', { email, otp });
    expect(await app.database.query('SELECT FROM identity.password_resets')).toHaveLength(1);
    const withToken = await kept();
    await app.post('/auth/reset-password', { resetToken: body.resetToken, newPassword: NEW_PASSWORD });
    const signedIn = await app.signIn(email, NEW_PASSWORD);

    const all = [withCode, withToken, await kept(), ...lines].join('\n');
    expect(all).toContain(email);
    expect(all).toContain('no such recipient');
    expect(all).toContain('this process publishes the events now');
    expect(all).not.toMatch(asWord(otp!));
    for (const secret of [token!, body.resetToken, ada.refreshToken, signedIn.refreshToken]) {
      expect(all).not.toContain(secret);
      expect(all).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
      expect(all).not.toContain(Buffer.from(secret).toString('hex'));
    }
    for (const password of [PASSWORD, NEW_PASSWORD]) expect(all).not.toContain(password);
  });
});
