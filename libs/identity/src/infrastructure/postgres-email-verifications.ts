import { Database, Outbox } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { EmailVerifications } from '../application/email-verifications.js';
import { emailVerificationRequested } from '../application/events.js';
import type { User } from '../domain/user.js';
import { hashOf, newToken } from './secret-token.js';

@Injectable()
export class PostgresEmailVerifications extends EmailVerifications {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {
    super();
  }

  async request({ id: userId, email }: User): Promise<void> {
    this.database.requireTransaction('EmailVerifications.request');
    const token = newToken();
    const { expiresAt } = await this.database.one<{ expiresAt: string }>(
      `INSERT INTO identity.email_verifications (user_id, token_hash, email, expires_at)
       VALUES ($1, $2, $3, now() + interval '24 hours')
       ON CONFLICT (user_id) DO UPDATE
          SET token_hash = excluded.token_hash, email = excluded.email, expires_at = excluded.expires_at, used_at = NULL
       RETURNING platform.rfc3339(expires_at) AS "expiresAt"`,
      [userId, hashOf(token), email],
    );
    await this.outbox.append(emailVerificationRequested({ userId, email, token, expiresAt }));
  }

  async ownerOf(token: string): Promise<string | null> {
    const link = await this.database.maybeOne<{ user_id: string }>(
      'SELECT user_id FROM identity.email_verifications WHERE token_hash = $1',
      [hashOf(token)],
    );
    return link?.user_id ?? null;
  }

  async open(token: string): Promise<string | null> {
    const link = await this.database.maybeOne<{ email: string }>(
      `UPDATE identity.email_verifications SET used_at = coalesce(used_at, now())
        WHERE token_hash = $1 AND (used_at IS NOT NULL OR expires_at > now())
        RETURNING email`,
      [hashOf(token)],
    );
    return link?.email ?? null;
  }
}
