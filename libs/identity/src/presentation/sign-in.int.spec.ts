import { EVEN_ANSWER_MS } from '../application/even-answer.js';
import { PasswordHashing } from '../application/password-hashing.js';
import { type Answer, IdentityApp, PASSWORD } from '../../testing/identity-app.js';

/** What is set when nothing is. */
const limits = { SIGN_IN_TRIES_PER_ACCOUNT: '10', SIGN_IN_TRIES_PER_ADDRESS: '100' };

describe('Sign-in', () => {
  let app: IdentityApp;
  let number = 0;
  beforeAll(async () => {
    app = await IdentityApp.start({ ...limits, TRUSTED_PROXIES: '127.0.0.1' });
  });
  afterAll(() => app.close());

  /** Each test comes from addresses of its own. */
  const newAddress = () => `192.0.2.${++number}`;
  const login = (name: unknown, password: unknown, address = newAddress()) =>
    app.call('POST', '/api/auth/login', {
      body: { login: name, password },
      headers: { 'x-forwarded-for': address },
    });
  const wrong = (name: string, address?: string) => login(name, 'not my password', address);
  const times = <T>(count: number, act: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => act(index)));
  const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort((a, b) => a - b);
  const repeat = <T>(value: T, count: number) => Array<T>(count).fill(value);

  describe('failing again and again', () => {
    /** Eleven wrong passwords and one that is right if the account is there, one after the other. */
    const hammer = async (name: string) => {
      const address = newAddress();
      const answers: Answer[] = [];
      for (let attempt = 0; attempt < 11; attempt++) answers.push(await wrong(name, address));
      return [...answers, await login(name, PASSWORD, address)];
    };
    /** What can be told apart, without what differs from any request to the next. */
    const visible = ({ status, body, headers }: Answer) => {
      const { date: _date, 'x-request-id': _id, ...rest } = headers;
      const seconds = Number(headers['retry-after'] ?? 1);
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThanOrEqual(600);
      const text = JSON.stringify({ status, body, rest });
      return text
        .replace(/t=\d+/g, 't=…')
        .replace(/wait \d+/, 'wait …')
        .replace(/("retry-after":)"\d+"/, '$1…');
    };

    it('is refused with 429 after ten tries, also with the right password; and an unknown account looks the same', async () => {
      const { username } = await app.customer();
      const [known, unknown] = await Promise.all([hammer(username), hammer('nobody-of-this-name')]);
      expect(known.map(({ status }) => status)).toEqual([...repeat(401, 10), 429, 429]);
      expect(known.map(visible)).toEqual(unknown.map(visible));
      const left = known.map(
        ({ headers }) => /"sign-in-account";r=(\d+);t=\d+/.exec(String(headers['ratelimit']))?.[1],
      );
      expect(left).toEqual(['9', '8', '7', '6', '5', '4', '3', '2', '1', '0', '0', '0']);
      expect(known[10]).toMatchObject({
        body: { type: '/problems/too-many-requests', status: 429 },
        headers: {
          'content-type': expect.stringMatching(/^application\/problem\+json/),
          'retry-after': expect.stringMatching(/^\d+$/),
          'ratelimit-policy': '"sign-in-account";q=10;w=600, "sign-in-address";q=100;w=600',
        },
      });
    });

    it('is forgiven with another password, for that account alone', async () => {
      const [ada, other] = [await app.customer(), await app.customer()];
      await app.post('/auth/forgot-password', { email: `${ada.username}@example.org` });
      const [code] = await app.events<{ otp: string }>('otp_generated', ada.id);
      await times(10, () => wrong(ada.username));
      await times(10, () => wrong(other.username));
      expect((await login(ada.username, PASSWORD)).status).toBe(429);
      const { body } = await app.post('/auth/verify-otp', { email: `${ada.username}@example.org`, otp: code!.otp });
      const newPassword = 'notes on another engine';
      expect((await app.post('/auth/reset-password', { resetToken: body.resetToken, newPassword })).status).toBe(204);
      expect((await login(ada.username, newPassword)).status).toBe(200);
      expect((await login(other.username, PASSWORD)).status).toBe(429);
    });

    it('gets ten passwords of fifty compared when all come at once', async () => {
      const { username } = await app.customer();
      const verify = jest.spyOn(app.nest.get(PasswordHashing), 'verify');
      expect(statuses(await times(50, () => wrong(username)))).toEqual([...repeat(401, 10), ...repeat(429, 40)]);
      expect((await login(username, PASSWORD)).status).toBe(429);
      expect(verify).toHaveBeenCalledTimes(10);
      verify.mockRestore();
    });

    it('counts username and e-mail address of an account together, whatever their case', async () => {
      const { username } = await app.customer();
      const names = [username, username.toUpperCase(), `${username}@example.org`, `${username}@EXAMPLE.org`];
      const answers = await times(20, (index) => wrong(names[index % names.length]!));
      expect(statuses(answers)).toEqual([...repeat(401, 10), ...repeat(429, 10)]);
      for (const name of names) expect((await login(name, PASSWORD)).status).toBe(429);
    });

    it('counts an unknown login together whatever its case', async () => {
      const answers = await times(20, (index) => wrong(index % 2 ? 'Nobody.At.All' : 'nobody.at.all'));
      expect(statuses(answers)).toEqual([...repeat(401, 10), ...repeat(429, 10)]);
    });

    it('makes the tenth try wait for half a second', async () => {
      const { username } = await app.customer();
      await times(9, () => wrong(username));
      const begun = performance.now();
      expect((await wrong(username)).status).toBe(401);
      expect(performance.now() - begun).toBeGreaterThan(490);
    });

    it('is refused no sooner when there is no such account, or a limit is used up', async () => {
      const { username } = await app.customer();
      const timed = async (attempt: Promise<Answer>) => {
        const begun = performance.now();
        return { ...(await attempt), milliseconds: performance.now() - begun };
      };
      const known = await times(11, () => timed(wrong(username)));
      const answers = [...known, await timed(wrong(username)), await timed(wrong('nobody-who-is-slow'))];
      expect(statuses(answers)).toEqual([...repeat(401, 11), 429, 429]);
      // A timer may ring a millisecond early.
      for (const { milliseconds } of answers) expect(milliseconds).toBeGreaterThan(EVEN_ANSWER_MS - 2);
    });

    it('from one address is refused after a hundred tries over many accounts, and not from another', async () => {
      const { username } = await app.customer();
      const address = newAddress();
      expect(statuses(await times(110, (index) => wrong(`nobody-${index % 40}`, address)))).toEqual([
        ...repeat(401, 100),
        ...repeat(429, 10),
      ]);
      expect((await login(username, PASSWORD, address)).status).toBe(429);
      expect((await login(username, PASSWORD)).status).toBe(200);
    });

    it('counts an IPv6 network of /64 as one address', async () => {
      const answers = await times(110, (index) => wrong(`nobody-${index}`, `2001:db8:0:7::${index.toString(16)}`));
      expect(statuses(answers)).toEqual([...repeat(401, 100), ...repeat(429, 10)]);
      expect((await wrong('nobody-1', '2001:db8:0:8::1')).status).toBe(401);
    });
  });

  describe('with the right password', () => {
    it('is not counted', async () => {
      const { username } = await app.customer();
      const address = newAddress();
      expect(statuses(await times(5, () => login(username, PASSWORD, address)))).toEqual(repeat(200, 5));
      await times(9, () => wrong(username, address));
      const { status, headers } = await login(username, PASSWORD, address);
      expect([status, headers['ratelimit']]).toEqual([200, expect.stringMatching(/account";r=1;.*address";r=91;/)]);
      expect((await wrong(username, address)).status).toBe(401);
      expect((await login(username, PASSWORD, address)).status).toBe(429);
    });

    it('is let in also when thirty come at once', async () => {
      const { username } = await app.customer();
      expect(statuses(await times(30, () => login(username, PASSWORD)))).toEqual(repeat(200, 30));
    });

    it('is let in also when more come at once from one address than may fail there', async () => {
      const readers = await Promise.all(Array.from({ length: 130 }, () => app.customer()));
      const address = newAddress();
      const answers = await Promise.all(readers.map(({ username }) => login(username, PASSWORD, address)));
      expect(statuses(answers)).toEqual(repeat(200, 130));
    });

    it('is not counted either when the account is inactive', async () => {
      const { id, username } = await app.customer();
      await app.patch(`/users/${id}`, { isActive: false }, await app.admin());
      for (const { status, body } of await times(12, () => login(username, PASSWORD))) {
        expect([status, body.type]).toEqual([403, '/problems/account-inactive']);
      }
    });

    it('waits for a verified address where that is asked for, and tells so only to who has the password', async () => {
      const strict = await app.beside({ ...limits, REQUIRE_VERIFIED_EMAIL: 'true' });
      const { id, username } = await app.customer();
      const right = () => strict.post('/auth/login', { login: username, password: PASSWORD });
      for (const { status, body } of await times(12, right)) {
        expect([status, body.type]).toEqual([403, '/problems/email-not-verified']);
      }
      expect((await strict.post('/auth/login', { login: username, password: 'not mine' })).status).toBe(401);
      expect(await strict.admin()).toMatch(/^ey/);
      const [link] = await app.events<{ token: string }>('email_verification_requested', id);
      await strict.get(`/auth/verify-email/${link!.token}`);
      expect((await right()).status).toBe(200);
      await strict.close();
    });
  });

  describe('with a hostile login', () => {
    it.each([
      ['a Turkish capital', 'ADM\u0130N', 401],
      ['a dotless i', 'adm\u0131n', 401],
      ['a sharp s', 'gro\u00df', 401],
      ['full-width letters', '\uff41dmin', 401],
      ['a space behind it', 'admin ', 401],
      ['a line break', 'admin\n', 401],
      ['SQL', "admin' OR 1=1 --", 401],
      ['wildcards', 'adm%', 401],
      ['emoji', '\u{1f512}'.repeat(60), 401],
      ['nothing but an @', '@', 401],
      ['no text', '', 401],
      ['254 characters', 'x'.repeat(254), 401],
      ['10,000 characters', 'x'.repeat(10_000), 400],
      ['U+0000', 'admin\0', 400],
      ['half of a surrogate pair', 'admin\ud800', 400],
      ['an array', ['admin'], 400],
      ['an object', { $ne: null }, 400],
      ['a number', 7, 400],
      ['null', null, 400],
    ])('answers %s', async (_, name, status) => {
      expect((await login(name, 'the first of all admins')).status).toBe(status);
    });

    it.each([
      ['1,001 characters', 'a'.repeat(1001)],
      ['U+0000', 'x\0'],
      ['an array', ['x']],
      ['an object', {}],
      ['null', null],
    ])('refuses %s as the password', async (_, password) => {
      expect((await login('admin', password)).status).toBe(400);
    });

    it('takes an address with a plus as it is, and no other for it', async () => {
      const account = { ...app.newAccount(), email: 'grace+books@example.org' };
      await app.post('/auth/register', account);
      expect((await login('Grace+Books@example.org', PASSWORD)).status).toBe(200);
      expect((await login('grace@example.org', PASSWORD)).status).toBe(401);
    });

    it('does not count what only looks like the name for it, be there such an account or not', async () => {
      await app.post('/auth/register', { ...app.newAccount(), username: 'kate' });
      for (const name of ['kate', 'kurt']) {
        const kelvin = name.replace('k', '\u212a');
        expect(kelvin.toLowerCase()).toBe(name);
        expect(statuses(await times(11, () => wrong(kelvin)))).toEqual([...repeat(401, 10), 429]);
        expect((await wrong(name)).status).toBe(401);
      }
      expect((await login('kate', PASSWORD)).status).toBe(200);
    });
  });

  describe('and a change of password', () => {
    it('count wrong passwords together, so that a stolen token cannot guess on', async () => {
      const reader = await app.customer();
      const change = (currentPassword: string) =>
        app.post('/auth/change-password', { currentPassword, newPassword: 'quite another one' }, reader.accessToken);
      expect(statuses(await times(5, () => wrong(reader.username)))).toEqual(repeat(401, 5));
      expect(statuses(await times(6, (index) => change(`guess number ${index}`)))).toEqual([...repeat(400, 5), 429]);
      expect(await change(PASSWORD)).toMatchObject({
        status: 429,
        headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
      });
      expect((await login(reader.username, PASSWORD)).status).toBe(429);
    });

    it('do not count a new password that is refused', async () => {
      const reader = await app.customer();
      for (let attempt = 0; attempt < 11; attempt++) {
        const body = { currentPassword: PASSWORD, newPassword: 'short' };
        expect((await app.post('/auth/change-password', body, reader.accessToken)).status).toBe(400);
      }
      expect((await login(reader.username, PASSWORD)).status).toBe(200);
    });
  });
});
