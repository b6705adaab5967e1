import { Authenticator, Clock } from '@holdfast/platform';
import { IdentityApp, type SignedIn } from '../../testing/identity-app.js';

class MovableClock extends Clock {
  ahead = 0;

  now(): Date {
    return new Date(Date.now() + this.ahead);
  }
}

describe('The actors behind many tokens', () => {
  const clock = new MovableClock();
  let app: IdentityApp;
  let readers: SignedIn[];

  beforeAll(async () => {
    app = await IdentityApp.start({}, clock);
    readers = [];
    for (let n = 0; n < 4; n++) readers.push(await app.customer());
  });
  afterAll(() => app?.close());
  afterEach(() => void (clock.ahead = 0));

  const actorsOf = async (tokens: string[]): Promise<(string | undefined)[]> => {
    const actors = await app.nest.get(Authenticator).authenticateAll(tokens);
    return tokens.map((token) => actors.get(token)?.userId);
  };

  it('are found by one statement, each as it is by itself', async () => {
    const statements = jest.spyOn(app.database, 'prepared');
    const tokens = [...readers.map(({ accessToken }) => accessToken), 'no token', ''];
    expect(await actorsOf(tokens)).toEqual([...readers.map(({ id }) => id), undefined, undefined]);
    expect(statements).toHaveBeenCalledTimes(1);
    statements.mockRestore();
    const one = readers[0]?.accessToken ?? '';
    const actors = await app.nest.get(Authenticator).authenticateAll([one]);
    expect(actors.get(one)).toEqual(await app.nest.get(Authenticator).authenticate(one));
  });

  it('are none where the session has ended, the account is inactive or the token is over', async () => {
    const [out, inactive, another, untouched] = readers;
    await app.post('/auth/logout', undefined, out?.accessToken);
    await app.patch(`/users/${inactive?.id}`, { isActive: false }, await app.admin());
    await app.patch(`/users/${another?.id}`, { role: 'editor' }, await app.admin());
    const tokens = readers.map(({ accessToken }) => accessToken);
    expect(await actorsOf(tokens)).toEqual([undefined, undefined, another?.id, untouched?.id]);
    const actors = await app.nest.get(Authenticator).authenticateAll(tokens);
    expect(actors.get(another?.accessToken ?? '')?.role).toBe('editor');
    clock.ahead = 3_600_000;
    expect(await actorsOf(tokens)).toEqual([undefined, undefined, undefined, undefined]);
    expect(await actorsOf([])).toEqual([]);
  });
});
