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

  /** One statement for all; what is remembered of their sessions is not asked. */
  override async authenticateAll(accessTokens: readonly string[]): Promise<ReadonlyMap<string, Actor>> {
    const now = this.clock.now().getTime();
    const known: [token: string, claims: AccessClaims][] = [];
    for (const token of accessTokens) {
      const claims = this.verified.get(token) ?? (await this.verify(token));
      if (claims && claims.expiresAt * 1000 > now) known.push([token, claims]);
    }
    const roles = await this.sessions.rolesIn(known.map(([, claims]) => claims));
    return new Map(
      known.flatMap(([token, { userId, sessionId }]) => {
        const role = roles.get(sessionId);
        return role ? [[token, { userId, sessionId, role }]] : [];
      }),
    );
  }

  private async verify(accessToken: string): Promise<AccessClaims | null> {
    const claims = await this.tokens.verify(accessToken);
    if (claims) this.verified.set(accessToken, claims);
    return claims;
  }
}
