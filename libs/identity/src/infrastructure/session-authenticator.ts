import { type Actor, Authenticator, Clock } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type AccessClaims, AccessTokens } from '../application/access-tokens.js';
import { RecentSessions } from './recent-sessions.js';

/** Of ours, some 600 characters each. */
const TOKENS = 10_000;

/**
 * The token says who; the database says whether still, and in which role: so a sign-out, a deactivation or another role
 * counts at once here and within a second on every instance. A signature is checked once, the token's end at every use.
 */
@Injectable()
export class SessionAuthenticator extends Authenticator {
  /** Those that were found good: the keys stay the same while the process runs. */
  private readonly verified = new LRUCache<string, AccessClaims>({ max: TOKENS });

  constructor(
    private readonly tokens: AccessTokens,
    private readonly sessions: RecentSessions,
    private readonly clock: Clock,
  ) {
    super();
  }

  async authenticate(accessToken: string): Promise<Actor | null> {
    const claims = this.verified.get(accessToken) ?? (await this.verify(accessToken));
    if (!claims || claims.expiresAt * 1000 <= this.clock.now().getTime()) return null;
    const role = await this.sessions.roleIn(claims);
    return role && { userId: claims.userId, sessionId: claims.sessionId, role };
  }

  private async verify(accessToken: string): Promise<AccessClaims | null> {
    const claims = await this.tokens.verify(accessToken);
    if (claims) this.verified.set(accessToken, claims);
    return claims;
  }
}
