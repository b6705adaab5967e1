import { codeOf, CODES } from '../domain/one-time-code.js';
import { type Answer, IdentityApp, noLimits } from '../../testing/identity-app.js';

const MANY = noLimits.CODES_PER_HOUR;
const UNKNOWN = 'nobody@example.org';
const TOO_MANY = { status: 429, body: { type: '/problems/too-many-requests' } };

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const VARYING = new Set(['date', 'x-request-id', 'content-length', 'retry-after']);

/** What the client sees, less what differs with every request and every second. */
const seen = ({ status, body, headers }: Answer): object => ({
  status,
  body: JSON.parse(JSON.stringify(body).replace(/wait \d+ seconds/, 'wait')) as unknown,
  headers: Object.entries(headers)
    .filter(([name]) => !VARYING.has(name))
    .map(([name, value]) => `${name}: ${String(value).replace(/;t=\d+/g, '')}`),
  names: Object.keys(headers),
});

describe('Limits of one-time codes', () => {
  let app: IdentityApp;
  let hosts = 0;
  const started = async (env: Record<string, string>): Promise<void> => {
    app = await IdentityApp.start({ TRUSTED_PROXIES: '127.0.0.1', ...env });
  };
  afterEach(() => app.close());

  const anotherHost = (): string => `203.0.113.${++hosts}`;
  const from = (host: string, route: string, body: object): Promise<Answer> =>
    app.call('POST', `/api/auth/${route}`, { body, headers: { 'x-forwarded-for': host } });
  const ask = (email: string, host = anotherHost()) => from(host, 'forgot-password', { email });
  const guess = (email: string, otp: string, host = anotherHost()) => from(host, 'verify-otp', { email, otp });

  async function reader(): Promise<{ id: string; email: string }> {
    const { id, username } = await app.customer();
    return { id, email: `${username}@example.org` };
  }
  const codes = (userId: string) => app.events<{ otp: string }>('otp_generated', userId);

  it('are five in two minutes for one account, known or not, with the same answers', async () => {
    await started({ CODES_PER_TWO_MINUTES: '5', CODES_PER_HOUR: '10' });
    const { id, email } = await reader();
    const answers: Answer[][] = [];
    for (const address of [email, UNKNOWN]) {
      const six: Answer[] = [];
      for (let n = 0; n < 6; n++) six.push(await ask(n % 2 ? address : address.toUpperCase()));
      answers.push(six);
    }
    const [known = [], unknown = []] = answers;
    expect(known.map(({ status }) => status)).toEqual([...times(5, () => 202), 429]);
    expect(known[5]).toMatchObject({ ...TOO_MANY, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    expect(Number(known[5]!.headers['retry-after'])).toBeLessThanOrEqual(120);
    expect(known.map(seen)).toEqual(unknown.map(seen));
    expect(await codes(id)).toHaveLength(5);
  });

  it('are ten in an hour for one account', async () => {
    await started({ CODES_PER_TWO_MINUTES: MANY, CODES_PER_HOUR: '10' });
    const { id, email } = await reader();
    await Promise.all(times(10, () => ask(email)));
    const eleventh = await ask(email);
    expect(eleventh).toMatchObject(TOO_MANY);
    expect(Number(eleventh.headers['retry-after'])).toBeGreaterThan(3500);
    expect(await codes(id)).toHaveLength(10);
  });

  it('are five in two minutes from one network address, whomever they are for', async () => {
    await started({ CODES_PER_TWO_MINUTES: '5', CODES_PER_HOUR: '10' });
    const host = anotherHost();
    await Promise.all(times(5, (n) => ask(`somebody-${n}@example.org`, host)));
    expect(await ask('one-more@example.org', host)).toMatchObject(TOO_MANY);
    expect((await ask('one-more@example.org')).status).toBe(202);
  });

  it('are fifty guesses a day for one account, known or not; the right code is not compared then', async () => {
    await started({ CODE_TRIES_PER_DAY: '50' });
    const { id, email } = await reader();
    await ask(email);
    const { otp } = (await codes(id))[0]!;
    for (const address of [email, UNKNOWN]) {
      const guesses = await Promise.all(times(50, (n) => guess(address, codeOf((Number(otp) + 1 + n) % CODES))));
      expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([400]));
    }
    await ask(email);
    const next = (await codes(id)).at(-1)!.otp;
    const [known, unknown] = [await guess(email, next), await guess(UNKNOWN, next)];
    expect(known).toMatchObject(TOO_MANY);
    expect(seen(known)).toEqual(seen(unknown));
  });

  it('do not count the guesses that were right', async () => {
    await started({ CODE_TRIES_PER_DAY: '2' });
    const { id, email } = await reader();
    for (let n = 0; n < 4; n++) {
      await ask(email);
      expect((await guess(email, (await codes(id)).at(-1)!.otp)).status).toBe(200);
    }
  });
});
