import { IdentityApp, PASSWORD } from '../../testing/identity-app.js';

describe('The OAuth2 token endpoint', () => {
  let app: IdentityApp;
  beforeAll(async () => {
    app = await IdentityApp.start();
  });
  afterAll(() => app.close());

  const post = async (payload: string, contentType = 'application/x-www-form-urlencoded') => {
    const answer = await app.nest.inject({
      method: 'POST',
      url: '/api/auth/token',
      headers: { 'content-type': contentType },
      payload,
    });
    return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(answer.body) };
  };
  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

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
    ['U+0000', 'grant_type=password&username=%00&password=c', 'invalid_request'],
    ['no refresh token', 'grant_type=refresh_token', 'invalid_request'],
    ['a wrong password', 'grant_type=password&username=admin&password=wrong', 'invalid_grant'],
    ['an unknown account', 'grant_type=password&username=nobody&password=wrong', 'invalid_grant'],
    ['an unknown refresh token', 'grant_type=refresh_token&refresh_token=x', 'invalid_grant'],
  ])('answers %s in the form of RFC 6749', async (_, payload, error) => {
    const answer = await post(payload);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error, error_description: expect.any(String) });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });

  it('refuses an inactive account as a grant', async () => {
    const reader = await app.customer();
    await app.patch(`/users/${reader.id}`, { isActive: false }, await app.admin());
    const answer = await post(form({ grant_type: 'password', username: reader.username, password: PASSWORD }));
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant']);
  });

  it('takes no JSON, and no other route takes a form', async () => {
    expect((await post('{"grant_type":"password"}', 'application/json')).status).toBe(415);
    const login = await app.nest.inject({
      method: 'POST',
      url: '/api/auth/login',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'login=admin&password=x',
    });
    expect(login.statusCode).toBe(415);
  });
});
