import { EVEN_ANSWER_MS } from '../application/even-answer.js';
import { OneTimeCodes } from '../application/one-time-codes.js';
import { PasswordHashing } from '../application/password-hashing.js';
import { codeOf, type CodePurpose, CODES } from '../domain/one-time-code.js';
import { type Answer, IdentityApp, PASSWORD, type SignedIn } from '../../testing/identity-app.js';

const NEW_PASSWORD = 'a brass cog turning';
const UNKNOWN = 'nobody@example.org';
const CODE_REFUSED = { status: 400, body: { type: '/problems/code-refused' } };
const RESET_REFUSED = { status: 400, body: { type: '/problems/reset-refused' } };

interface Code {
  userId: string;
  email: string;
  otp: string;
  expiresAt: string;
  purpose: string;
}

type Reader = SignedIn & { email: string };

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const wrong = (otp: string): string => codeOf((Number(otp) + 1) % CODES);
const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status).sort((a, b) => a - b);

describe('A forgotten password', () => {
  let app: IdentityApp;
  beforeAll(async () => {
    app = await IdentityApp.start();
  });
  afterAll(() => app.close());

  const ask = (email: string) => app.post('/auth/forgot-password', { email });
  const verify = (email: string, otp: string) => app.post<{ resetToken: string }>('/auth/verify-otp', { email, otp });
  const reset = (resetToken: string, newPassword = NEW_PASSWORD) =>
    app.post('/auth/reset-password', { resetToken, newPassword });
  const login = async (username: string, password: string) =>
    (await app.post('/auth/login', { login: username, password })).status;
  const codes = (userId: string) => app.events<Code>('otp_generated', userId);

  async function reader(): Promise<Reader> {
    const customer = await app.customer();
    return { ...customer, email: `${customer.username}@example.org` };
  }
  async function codeOfReader({ id, email }: Reader): Promise<string> {
    await ask(email);
    return (await codes(id)).at(-1)!.otp;
  }
  const tokenOf = async (who: Reader) => (await verify(who.email, await codeOfReader(who))).body.resetToken;

  it('is replaced with the code that was mailed: the sessions end, the old password is refused, the new one works', async () => {
    const ada = await reader();
    const asked = await ask(ada.email.toUpperCase());
    expect([asked.status, asked.body]).toEqual([202, null]);
    const [code, ...more] = await codes(ada.id);
    expect(more).toEqual([]);
    expect(code).toEqual({
      userId: ada.id,
      email: ada.email,
      otp: expect.stringMatching(/^[0-9]{6}$/),
      expiresAt: expect.stringMatching(/Z$/),
      purpose: 'password_reset',
    });
    const life = Date.parse(code!.expiresAt) - Date.now();
    expect(life).toBeGreaterThan(590_000);
    expect(life).toBeLessThan(610_000);

    const verified = await verify(ada.email.toUpperCase(), code!.otp);
    expect(verified).toMatchObject({
      status: 200,
      body: { resetToken: expect.stringMatching(/^[\w-]{43}$/), expiresIn: 900 },
      headers: { 'cache-control': 'no-store' },
    });
    expect((await reset(verified.body.resetToken)).status).toBe(204);

    expect((await app.get('/auth/me', ada.accessToken)).status).toBe(401);
    expect((await app.post('/auth/refresh', { refreshToken: ada.refreshToken })).status).toBe(401);
    expect(await login(ada.username, PASSWORD)).toBe(401);
    expect(await login(ada.username, NEW_PASSWORD)).toBe(200);
  });

  describe('asked for', () => {
    it('makes a code for active accounts only, with the same answer and the same hashing for all', async () => {
      const ada = await reader();
      const gone = await reader();
      await app.patch(`/users/${gone.id}`, { isActive: false }, await app.admin());
      const hash = jest.spyOn(app.nest.get(PasswordHashing), 'hash');
      const answers = [];
      for (const email of [ada.email, gone.email, UNKNOWN, 'no address', ada.username]) answers.push(await ask(email));
      expect(answers.map(({ status, body }) => [status, body])).toEqual(times(5, () => [202, null]));
      expect(hash).toHaveBeenCalledTimes(5);
      hash.mockRestore();
      expect(await codes(ada.id)).toHaveLength(1);
      expect(await codes(gone.id)).toEqual([]);
    });

    it('answers no sooner where there was nothing to do', async () => {
      const ada = await reader();
      const { otp } = (await ask(ada.email), await codes(ada.id))[0]!;
      const calls = [
        () => ask(ada.email),
        () => ask(UNKNOWN),
        () => verify(ada.email, wrong(otp)),
        () => verify(UNKNOWN, otp),
      ];
      for (const call of calls) {
        const begun = performance.now();
        await call();
        expect(performance.now() - begun).toBeGreaterThan(EVEN_ANSWER_MS - 2);
      }
    });

    it('again, kills the code that was sent before', async () => {
      const ada = await reader();
      const first = await codeOfReader(ada);
      const second = await codeOfReader(ada);
      expect(await verify(ada.email, first)).toMatchObject(CODE_REFUSED);
      expect((await verify(ada.email, second)).status).toBe(200);
    });

    it('by many at once, leaves one code that works', async () => {
      const ada = await reader();
      expect(new Set(statuses(await Promise.all(times(20, () => ask(ada.email)))))).toEqual(new Set([202]));
      const made = await codes(ada.id);
      expect(made).toHaveLength(20);
      expect((await verify(ada.email, made.at(-1)!.otp)).status).toBe(200);
    });
  });

  describe('a code', () => {
    it('dies after five wrong tries, and lives through four; the next one has five again', async () => {
      const ada = await reader();
      const otp = await codeOfReader(ada);
      for (let n = 0; n < 4; n++) expect(await verify(ada.email, wrong(otp))).toMatchObject(CODE_REFUSED);
      expect((await verify(ada.email, otp)).status).toBe(200);

      const next = await codeOfReader(ada);
      for (let n = 0; n < 5; n++) expect(await verify(ada.email, wrong(next))).toMatchObject(CODE_REFUSED);
      expect(await verify(ada.email, next)).toMatchObject(CODE_REFUSED);
      expect((await verify(ada.email, await codeOfReader(ada))).status).toBe(200);
    });

    it('is compared with five of fifty guesses at once, and is dead then', async () => {
      const ada = await reader();
      const otp = await codeOfReader(ada);
      const compare = jest.spyOn(app.nest.get(PasswordHashing), 'verify');
      const answers = await Promise.all(times(50, () => verify(ada.email, wrong(otp))));
      expect(compare.mock.calls.filter(([hash]) => hash !== null)).toHaveLength(5);
      expect(compare).toHaveBeenCalledTimes(50);
      compare.mockRestore();
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(answers[0]).toMatchObject(CODE_REFUSED);
      expect(await verify(ada.email, otp)).toMatchObject(CODE_REFUSED);
    });

    it('gives one token, however many bring it at once', async () => {
      const ada = await reader();
      const otp = await codeOfReader(ada);
      const answers = await Promise.all(times(50, () => verify(ada.email, otp)));
      expect(statuses(answers)).toEqual([200, ...times(49, () => 400)]);
      const { body } = answers.find(({ status }) => status === 200)!;
      expect((await reset(body.resetToken)).status).toBe(204);
    });

    it('is refused alike when it is used, expired, or for somebody else, and for an unknown account after the same work', async () => {
      const ada = await reader();
      const bob = await reader();
      const used = await codeOfReader(ada);
      await verify(ada.email, used);
      const forAda = await codeOfReader(ada);
      const expired = await codeOfReader(bob);
      await app.database.query('UPDATE identity.one_time_codes SET expires_at = now() WHERE user_id = $1', [bob.id]);
      const compare = jest.spyOn(app.nest.get(PasswordHashing), 'verify');
      const refusals = [
        await verify(ada.email, used),
        await verify(bob.email, expired),
        await verify(bob.email, forAda),
        await verify(UNKNOWN, forAda),
        await verify('no address', forAda),
        await verify(ada.username, forAda),
      ];
      expect(compare).toHaveBeenCalledTimes(refusals.length);
      compare.mockRestore();
      for (const refusal of refusals) expect(refusal).toMatchObject(CODE_REFUSED);
      expect(new Set(refusals.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect((await verify(ada.email, forAda)).status).toBe(200);
    });

    it.each([
      ['is replaced', (ada: Reader) => ask(ada.email)],
      [
        'has its account deactivated',
        (ada: Reader) => app.database.query('UPDATE identity.users SET is_active = false WHERE id = $1', [ada.id]),
      ],
    ])('that %s while it is compared is refused', async (_, happens) => {
      const ada = await reader();
      const otp = await codeOfReader(ada);
      const compare = jest.spyOn(app.nest.get(PasswordHashing), 'verify').mockImplementationOnce(async () => {
        await happens(ada);
        return true;
      });
      expect(await verify(ada.email, otp)).toMatchObject(CODE_REFUSED);
      compare.mockRestore();
      expect(await app.database.query('SELECT FROM identity.password_resets WHERE user_id = $1', [ada.id])).toEqual([]);
    });

    it('is good for its purpose only', async () => {
      const ada = await reader();
      await ask(ada.email);
      const kept = app.nest.get(OneTimeCodes);
      expect(await kept.claimTry(ada.email, 'another' as CodePurpose)).toBeNull();
      expect(await kept.claimTry(ada.email, 'password_reset')).toMatchObject({ userId: ada.id });
    });

    it('is refused once the account has another address, under either of them', async () => {
      const ada = await reader();
      const otp = await codeOfReader(ada);
      const elsewhere = `${ada.username}@elsewhere.example`;
      await app.database.query('UPDATE identity.users SET email = $2 WHERE id = $1', [ada.id, elsewhere]);
      expect(await verify(ada.email, otp)).toMatchObject(CODE_REFUSED);
      expect(await verify(elsewhere, otp)).toMatchObject(CODE_REFUSED);
    });

    it('is refused while the account is inactive', async () => {
      const ada = await reader();
      const otp = await codeOfReader(ada);
      await app.database.query('UPDATE identity.users SET is_active = false WHERE id = $1', [ada.id]);
      expect(await verify(ada.email, otp)).toMatchObject(CODE_REFUSED);
      expect(await app.nest.get(OneTimeCodes).claimTry(ada.email, 'password_reset')).toBeNull();
    });
  });

  describe('a reset token', () => {
    it('sets one password, however many bring it at once', async () => {
      const ada = await reader();
      const token = await tokenOf(ada);
      const answers = await Promise.all(times(50, (n) => reset(token, `${NEW_PASSWORD} ${n}`)));
      expect(statuses(answers)).toEqual([204, ...times(49, () => 400)]);
      for (const answer of answers.filter(({ status }) => status === 400)) expect(answer).toMatchObject(RESET_REFUSED);
      const winner = answers.findIndex(({ status }) => status === 204);
      expect(await login(ada.username, `${NEW_PASSWORD} ${winner}`)).toBe(200);
      expect(await reset(token)).toMatchObject(RESET_REFUSED);
    });

    it('is not spent by a weak password, nor by the name of the account', async () => {
      const ada = await reader();
      const token = await tokenOf(ada);
      for (const weak of ['short', 'password1234!', ada.email.toUpperCase(), 'x'.repeat(129)]) {
        expect(await reset(token, weak)).toMatchObject({
          status: 400,
          body: { type: '/problems/invalid-input', errors: [{ pointer: '/newPassword' }] },
        });
      }
      expect((await reset(token)).status).toBe(204);
    });

    it('is refused when it is unknown, expired, or replaced', async () => {
      const ada = await reader();
      const first = await tokenOf(ada);
      const second = await tokenOf(ada);
      for (const bad of ['', 'x', 'A'.repeat(43), first, ada.refreshToken, ada.accessToken]) {
        expect(await reset(bad)).toMatchObject(RESET_REFUSED);
      }
      await app.database.query('UPDATE identity.password_resets SET expires_at = now() WHERE user_id = $1', [ada.id]);
      expect(await reset(second)).toMatchObject(RESET_REFUSED);
      expect(await login(ada.username, PASSWORD)).toBe(200);
    });

    it('that ends while the password is hashed is refused', async () => {
      const ada = await reader();
      const token = await tokenOf(ada);
      const hashing = app.nest.get(PasswordHashing);
      const hash = jest.spyOn(hashing, 'hash').mockImplementationOnce(async () => {
        await app.database.query('UPDATE identity.password_resets SET expires_at = now() WHERE user_id = $1', [ada.id]);
        return 'never stored';
      });
      expect(await reset(token)).toMatchObject(RESET_REFUSED);
      hash.mockRestore();
      expect(await login(ada.username, PASSWORD)).toBe(200);
    });

    it('is refused while the account is inactive', async () => {
      const ada = await reader();
      const token = await tokenOf(ada);
      await app.database.query('UPDATE identity.users SET is_active = false WHERE id = $1', [ada.id]);
      expect(await reset(token)).toMatchObject(RESET_REFUSED);
    });

    it('ends the code that was asked for meanwhile, when it is used', async () => {
      const ada = await reader();
      const token = await tokenOf(ada);
      const otp = await codeOfReader(ada);
      expect((await reset(token)).status).toBe(204);
      expect(await verify(ada.email, otp)).toMatchObject(CODE_REFUSED);
    });
  });

  describe('codes and tokens that are under way', () => {
    /** A token that is open, and a newer code that could open another. */
    async function underWay(): Promise<{ ada: Reader; token: string; otp: string }> {
      const ada = await reader();
      return { ada, token: await tokenOf(ada), otp: await codeOfReader(ada) };
    }
    const change = async (id: string, changes: object) =>
      expect((await app.patch(`/users/${id}`, changes, await app.admin())).status).toBe(200);

    it('end with a change of password', async () => {
      const { ada, token, otp } = await underWay();
      const passwords = { currentPassword: PASSWORD, newPassword: 'quite another one' };
      expect((await app.post('/auth/change-password', passwords, ada.accessToken)).status).toBe(204);
      expect(await reset(token)).toMatchObject(RESET_REFUSED);
      expect(await verify(ada.email, otp)).toMatchObject(CODE_REFUSED);
      expect(await login(ada.username, 'quite another one')).toBe(200);
    });

    it('end with another address, also when the old one comes back', async () => {
      const { ada, token, otp } = await underWay();
      await change(ada.id, { email: `${ada.username}@elsewhere.example` });
      await change(ada.id, { email: ada.email });
      expect(await reset(token)).toMatchObject(RESET_REFUSED);
      expect(await verify(ada.email, otp)).toMatchObject(CODE_REFUSED);
    });

    it('end with a deactivation, also when the account comes back', async () => {
      const { ada, token, otp } = await underWay();
      await change(ada.id, { isActive: false });
      await change(ada.id, { isActive: true });
      expect(await reset(token)).toMatchObject(RESET_REFUSED);
      expect(await verify(ada.email, otp)).toMatchObject(CODE_REFUSED);
    });

    it('stay with a change that has nothing to do with them', async () => {
      const { ada, token, otp } = await underWay();
      await change(ada.id, { role: 'author' });
      expect((await verify(ada.email, otp)).status).toBe(200);
      expect(await reset(token)).toMatchObject(RESET_REFUSED);
    });

    it('go with the account', async () => {
      const { ada, token, otp } = await underWay();
      expect((await app.delete(`/users/${ada.id}`, ada.accessToken)).status).toBe(204);
      expect(await reset(token)).toMatchObject(RESET_REFUSED);
      expect(await verify(ada.email, otp)).toMatchObject(CODE_REFUSED);
    });
  });
});
