import { IdentityApp, PASSWORD } from '../../testing/identity-app.js';

const NEW_PASSWORD = 'a brass cog turning';
const EMAIL = 'ada@example.org';

describe('What comes in to recover an account', () => {
  let app: IdentityApp;
  beforeAll(async () => {
    app = await IdentityApp.start();
    await app.post('/auth/register', { username: 'ada', email: EMAIL, password: PASSWORD });
    await app.post('/auth/register', { username: 'kay', email: 'k@example.org', password: PASSWORD });
    await app.post('/auth/forgot-password', { email: EMAIL });
  });
  afterAll(() => app.close());

  const long = 'x'.repeat(10_000);
  const noTexts: unknown[] = [undefined, null, 42, true, [], ['a@b.example'], {}, { $ne: 1 }, { toString: 'x' }, long];
  const email = EMAIL;
  const resetToken = 'A'.repeat(43);
  const noCodes = [
    '',
    '12345',
    '1234567',
    '12345a',
    ' 123456',
    '123456 ',
    '000000\n',
    '１２３４５６',
    '١٢٣٤٥٦',
    '-12345',
    '1e5000',
  ];
  const bodies: [string, unknown][] = [
    ...noTexts.map((bad): [string, unknown] => ['forgot-password', { email: bad }]),
    ...noTexts.map((bad): [string, unknown] => ['verify-otp', { email: bad, otp: '123456' }]),
    ...[...noTexts, ...noCodes, 123456, ['1', '2', '3', '4', '5', '6'], ['123456'], '\u0000'].map(
      (bad): [string, unknown] => ['verify-otp', { email, otp: bad }],
    ),
    ...noTexts.map((bad): [string, unknown] => ['reset-password', { resetToken: bad, newPassword: NEW_PASSWORD }]),
    ...noTexts.slice(0, -1).map((bad): [string, unknown] => ['reset-password', { resetToken, newPassword: bad }]),
    ['forgot-password', []],
    ['forgot-password', { email, purpose: 'password_reset' }],
    ['verify-otp', { email, otp: '123456', userId: 'x' }],
    ['reset-password', { resetToken, newPassword: NEW_PASSWORD, email }],
    ['forgot-password', { email: 'a\u0000@example.org' }],
    ['verify-otp', { email: 'a\u0000@example.org', otp: '123456' }],
    ['forgot-password', { email: '\ud800@example.org' }],
    ['reset-password', { resetToken: '\u0000', newPassword: NEW_PASSWORD }],
  ];

  it(`is refused with 400 when it is not as agreed, and neither makes nor tries a code (${bodies.length} bodies)`, async () => {
    const codes = () => app.database.query('SELECT user_id, code_hash, tries FROM identity.one_time_codes');
    const before = await codes();
    expect(before).toHaveLength(1);
    for (const [route, body] of bodies) {
      const { status } = await app.post(`/auth/${route}`, body as object);
      expect([route, body, status]).toEqual([route, body, 400]);
    }
    expect(await codes()).toEqual(before);
  });

  it.each(['\u212A@example.org', "'; DROP TABLE identity.users; --@x", '%@%', 'a@b'])(
    'finds nobody under %j',
    async (strange) => {
      const codesMade = () => app.database.query('SELECT FROM identity.one_time_codes');
      const before = (await codesMade()).length;
      expect((await app.post('/auth/forgot-password', { email: strange })).status).toBe(202);
      expect(await codesMade()).toHaveLength(before);
      expect(await app.post('/auth/verify-otp', { email: strange, otp: '000000' })).toMatchObject({
        status: 400,
        body: { type: '/problems/code-refused' },
      });
    },
  );
});
