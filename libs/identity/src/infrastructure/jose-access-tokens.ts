import { isId, newId } from '@holdfast/kernel';
import { Clock, Settings } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import { type AccessClaims, AccessTokens, type PublicJwk } from '../application/access-tokens.js';
import type { Role } from '../domain/user.js';
import { SigningKeys } from './signing-keys.js';

const TYPE = 'at+jwt';

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

  issue({ userId, sessionId, role }: AccessClaims & { role: Role }): Promise<string> {
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
    try {
      const { payload } = await jwtVerify(token, ({ kid, alg }) => this.keyFor(kid, alg), {
        algorithms: ['EdDSA', 'ES256'],
        typ: TYPE,
        issuer: this.settings.jwtIssuer,
        audience: this.settings.jwtAudience,
        requiredClaims: ['sub', 'sid', 'iat', 'exp', 'jti'],
        currentDate: this.clock.now(),
      });
      return isId(payload.sub) && isId(payload.sid) ? { userId: payload.sub, sessionId: payload.sid } : null;
    } catch {
      // Nothing here leaves the process: whatever jose stumbles over is a bad token.
      return null;
    }
  }

  publicKeys(): PublicJwk[] {
    return this.keys.all().map(({ jwk }) => ({ ...jwk }));
  }

  /** The key decides on the algorithm, not the token (RFC 8725, section 3.1); keys inside a token are never looked at. */
  private keyFor(kid: string | undefined, alg: string | undefined): SigningKeys['privateKey'] {
    const known = kid === undefined ? undefined : this.keys.find(kid);
    if (!known || known.alg !== alg) throw new errors.JWSInvalid('no key of ours signs like this');
    return known.key;
  }
}
