import { IdentityApp, PASSWORD } from '../../testing/identity-app.js';

describe('The OAuth2 token endpoint', () => {
  let app: IdentityApp;
  beforeAll(async () => {
    app = await IdentityApp.start();
  });
  afterAll(() => app.close());

  const FORM = 'application/x-www-form-urlencoded';
  const post = async (payload: string, contentType = FORM, on = app, authorization?: string) => {
    const answer = await on.nest.inject({
      method: 'POST',
      url: '/api/auth/token',
      headers: { 'content-type': contentType, ...(authorization ? { authorization } : {}) },
      payload,
    });
    return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(answer.body) };
  };
  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

  /** The characters that RFC 6749, section 5.2, lets into it. */
  const DESCRIPTION = expect.stringMatching(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);

  it('signs in with the password grant and refreshes', async () => {
    const account = app.newAccount();
    await app.post('/auth/register', account);
    const tokens = await post(
      form({ grant_type: 'password', username: account.email, password: PASSWORD, scope: '', client_id: 'swagger' }),
    );
    expect(tokens.status).toBe(200);
    expect(tokens.headers['cache-control']).toBe('no-store');
    expect(tokens.body).toEqual({
      access_token: expect.stringMatching(/^ey/),
      token_type: 'Bearer',
      expires_in: 900,
      refresh_token: expect.any(String),
      scope: 'customer',
    });
    const next = await post(form({ grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token }));
    expect(next.status).toBe(200);
    expect((await app.get('/auth/me', next.body.access_token)).body.username).toBe(account.username);
  });

  it.each([
    ['no field', '', 'invalid_request'],
    ['no grant type', 'username=a&password=b', 'invalid_request'],
    ['an empty grant type', 'grant_type=', 'invalid_request'],
    ['another grant type', 'grant_type=client_credentials', 'unsupported_grant_type'],
    ['no password', 'grant_type=password&username=admin', 'invalid_request'],
    ['a field twice', 'grant_type=password&username=a&username=b&password=c', 'invalid_request'],
    [
      'a field twice that is not looked at',
      'grant_type=refresh_token&refresh_token=x&scope=a&scope=b',
      'invalid_request',
    ],
    ['the grant type twice', 'grant_type=password&grant_type=password&username=a&password=c', 'invalid_request'],
    ['a grant type in another case', 'grant_type=Password&username=a&password=c', 'unsupported_grant_type'],
    ['an over-long name', `grant_type=password&username=${'x'.repeat(1001)}&password=c`, 'invalid_request'],
    ['U+0000', 'grant_type=password&username=%00&password=c', 'invalid_request'],
    ['no refresh token', 'grant_type=refresh_token', 'invalid_request'],
    ['a wrong password', 'grant_type=password&username=admin&password=wrong', 'invalid_grant'],
    ['an unknown account', 'grant_type=password&username=nobody&password=wrong', 'invalid_grant'],
    ['an unknown refresh token', 'grant_type=refresh_token&refresh_token=x', 'invalid_grant'],
  ])('answers %s in the form of RFC 6749', async (_, payload, error) => {
    const answer = await post(payload);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error, error_description: DESCRIPTION });
    expect([answer.headers['cache-control'], answer.headers.pragma]).toEqual(['no-store', 'no-cache']);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });

  it('refuses an inactive account and, where that is asked for, an unverified one as a grant', async () => {
    const [inactive, unverified] = [await app.customer(), await app.customer()];
    await app.patch(`/users/${inactive.id}`, { isActive: false }, await app.admin());
    const strict = await app.beside({ REQUIRE_VERIFIED_EMAIL: 'true' });
    for (const { username } of [inactive, unverified]) {
      const answer = await post(form({ grant_type: 'password', username, password: PASSWORD }), FORM, strict);
      expect([answer.status, answer.body]).toEqual([
        400,
        { error: 'invalid_grant', error_description: expect.stringMatching(/inactive|not verified/) },
      ]);
    }
    await strict.close();
  });

  it('answers too many failed tries with 429 in the same form, for unknown accounts alike', async () => {
    const { username } = await app.customer();
    const limited = await app.beside({ SIGN_IN_TRIES_PER_ACCOUNT: '2' });
    const seen = [];
    for (const name of [username, 'nobody-at-all']) {
      const tries = [];
      for (let attempt = 0; attempt < 3; attempt++) {
        tries.push(await post(form({ grant_type: 'password', username: name, password: 'wrong' }), FORM, limited));
      }
      expect(tries.map(({ status }) => status)).toEqual([400, 400, 429]);
      const { body, headers } = tries[2]!;
      expect(body).toEqual({ error: 'temporarily_unavailable', error_description: DESCRIPTION });
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-type': expect.stringMatching(/^application\/json/),
        'retry-after': expect.stringMatching(/^\d+$/),
        'ratelimit-policy': expect.stringContaining('"sign-in-account";q=2;w=600'),
        ratelimit: expect.stringContaining('"sign-in-account";r=0;'),
      });
      seen.push(tries.map(({ status, body }) => [status, String(body.error_description).replace(/\d+/, '…')]));
    }
    expect(seen[0]).toEqual(seen[1]);
    const login = await limited.post('/auth/login', { login: username, password: PASSWORD });
    expect(login.status).toBe(429);
    await limited.close();
  });

  it('does not look at what a client says of itself, as Swagger UI does with every request', async () => {
    const { username } = await app.customer();
    const fields = form({ grant_type: 'password', username, password: PASSWORD, scope: 'admin', client_secret: 'x' });
    for (const header of [`Basic ${btoa('undefined:undefined')}`, 'Basic ???', 'Bearer x']) {
      const answer = await post(fields, `${FORM}; charset=UTF-8`, app, header);
      expect([answer.status, answer.body.scope]).toEqual([200, 'customer']);
    }
  });

  it('takes no JSON, and no other route takes a form', async () => {
    const json = await post('{"grant_type":"password"}', 'application/json');
    expect([json.status, json.body]).toEqual([415, { error: 'invalid_request', error_description: DESCRIPTION }]);
    const login = await app.nest.inject({
      method: 'POST',
      url: '/api/auth/login',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'login=admin&password=x',
    });
    expect(login.statusCode).toBe(415);
  });
});
