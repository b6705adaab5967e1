import { type Actor, Authenticator, Database, type Role } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { AccessTokens } from '../application/access-tokens.js';

/**
 * The token says who; the database says whether still, and in which role: so a sign-out, a deactivation or another role
 * counts with the next request, on every instance. One prepared statement, by primary keys.
 */
@Injectable()
export class SessionAuthenticator extends Authenticator {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly database: Database,
  ) {
    super();
  }

  async authenticate(accessToken: string): Promise<Actor | null> {
    const claims = await this.tokens.verify(accessToken);
    if (!claims) return null;
    const [account] = await this.database.prepared<{ role: Role }>(
      'identity_authenticate',
      `SELECT u.role FROM identity.sessions s JOIN identity.users u ON u.id = s.user_id
        WHERE s.id = $1 AND u.id = $2 AND s.revoked_at IS NULL AND s.expires_at > now() AND u.is_active`,
      [claims.sessionId, claims.userId],
    );
    return account ? { ...claims, role: account.role } : null;
  }
}
