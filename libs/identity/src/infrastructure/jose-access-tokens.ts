import { isId, newId } from '@holdfast/kernel';
import { Clock, Settings } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { errors, jwtVerify, type JWTPayload, SignJWT } from 'jose';
import { type AccessClaims, AccessTokens, type PublicJwk } from '../application/access-tokens.js';
import type { Role } from '../domain/user.js';
import { SigningKeys } from './signing-keys.js';

const TYPE = 'at+jwt';
/** How far the clock of the process that issued a token may be ahead of ours. */
const CLOCK_LEEWAY_SECONDS = 60;

@Injectable()
export class JoseAccessTokens extends AccessTokens {
  readonly lifetime: number;

  constructor(
    private readonly keys: SigningKeys,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {
    super();
    this.lifetime = settings.jwtAccessSeconds;
  }

  issue({ userId, sessionId, role }: { userId: string; sessionId: string; role: Role }): Promise<string> {
    const { alg, kid } = this.keys.current;
    const now = Math.floor(this.clock.now().getTime() / 1000);
    return new SignJWT({ sid: sessionId, role })
      .setProtectedHeader({ alg, kid, typ: TYPE })
      .setIssuer(this.settings.jwtIssuer)
      .setAudience(this.settings.jwtAudience)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(now + this.lifetime)
      .setJti(newId())
      .sign(this.keys.privateKey);
  }

  async verify(token: string): Promise<AccessClaims | null> {
    if (!isCanonical(token)) return null;
    try {
      const { payload } = await jwtVerify(token, ({ kid, alg }) => this.keyFor(kid, alg), {
        algorithms: ['EdDSA', 'ES256'],
        typ: TYPE,
        issuer: this.settings.jwtIssuer,
        audience: this.settings.jwtAudience,
        requiredClaims: ['sub', 'sid', 'iat', 'exp', 'jti'],
        currentDate: this.clock.now(),
      });
      return this.claimsOf(payload);
    } catch {
      // Nothing here leaves the process: whatever jose stumbles over is a bad token.
      return null;
    }
  }

  publicKeys(): PublicJwk[] {
    return this.keys.all().map(({ jwk }) => ({ ...jwk }));
  }

  /**
   * What jose leaves open: the types of the rest, and the age. A token is good for JWT_ACCESS_SECONDS from its `iat`
   * whatever its `exp` says, so a lower setting counts at once.
   */
  private claimsOf({ sub, sid, jti, iat, exp }: JWTPayload): AccessClaims | null {
    if (!isId(sub) || !isId(sid) || !isId(jti)) return null;
    if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return null;
    const now = this.clock.now().getTime() / 1000;
    const expiresAt = Math.min(exp!, iat! + this.lifetime);
    return iat! <= now + CLOCK_LEEWAY_SECONDS && expiresAt > now ? { userId: sub, sessionId: sid, expiresAt } : null;
  }

  /** The key decides on the algorithm, not the token (RFC 8725, section 3.1); keys inside a token are never looked at. */
  private keyFor(kid: string | undefined, alg: string | undefined): SigningKeys['privateKey'] {
    const known = kid === undefined ? undefined : this.keys.find(kid);
    if (!known || known.alg !== alg) throw new errors.JWSInvalid('no key of ours signs like this');
    return known.key;
  }
}

/**
 * Three parts of base64url, each in the one spelling that its bytes have (RFC 7515, section 2; RFC 4648, section 3.5):
 * no padding, no line breaks, no stray bits.
 */
function isCanonical(token: string): boolean {
  const parts = token.split('.', 4);
  return parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}
