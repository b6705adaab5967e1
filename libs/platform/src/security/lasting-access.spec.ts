import type { FastifyRequest } from 'fastify';
import { type Actor, Authenticator } from './actor.js';
import { LastingAccess } from './lasting-access.js';
import type { Role } from './permissions.js';

const actorOf = (role: Role): Actor => ({ userId: 'ada', role, sessionId: 's' });

/** Whether who came as an editor is still let in, when the token now is that of `now`. */
const holds = (now: Actor | null, authorization: string | undefined = 'Bearer token') => {
  const authenticator = new (class extends Authenticator {
    authenticate = (): Promise<Actor | null> => Promise.resolve(now);
  })();
  const request = { headers: { authorization }, actor: actorOf('editor') } as unknown as FastifyRequest;
  return new LastingAccess(authenticator).holds(request);
};

describe('Access that lasts', () => {
  it('holds while the token is good and the role is the same', async () => {
    expect(await holds(actorOf('editor'))).toBe(true);
  });

  it.each<[string, Actor | null]>([
    ['the token has expired or was revoked', null],
    ['the account has another role', actorOf('customer')],
    ['even a higher one', actorOf('admin')],
  ])('ends when %s', async (_what, now) => {
    expect(await holds(now)).toBe(false);
  });

  it('never was without a token', async () => {
    expect(await holds(actorOf('editor'), '')).toBe(false);
  });
});
