import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import type { ClaimedCode } from '../application/one-time-codes.js';
import { PasswordResets } from '../application/password-resets.js';
import { RESET_SECONDS } from '../domain/one-time-code.js';
import { hashOf, newToken } from './secret-token.js';

@Injectable()
export class PostgresPasswordResets extends PasswordResets {
  constructor(private readonly database: Database) {
    super();
  }

  async open({ userId, purpose, codeHash }: ClaimedCode): Promise<string | null> {
    const token = newToken();
    // The account is locked first, as by all who change it. The deletion decides between two who have the same code.
    const opened = await this.database.execute(
      `WITH account AS (
         SELECT id FROM identity.users WHERE id = $1 AND is_active FOR NO KEY UPDATE
       ), spent AS (
         DELETE FROM identity.one_time_codes code USING account
          WHERE code.user_id = account.id AND code.purpose = $2 AND code.code_hash = $3
         RETURNING code.user_id
       )
       INSERT INTO identity.password_resets (user_id, token_hash, expires_at)
       SELECT user_id, $4::bytea, now() + make_interval(secs => $5) FROM spent
       ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at`,
      [userId, purpose, codeHash, hashOf(token), RESET_SECONDS],
    );
    return opened === 1 ? token : null;
  }

  async ownerOf(token: string): Promise<string | null> {
    const reset = await this.database.maybeOne<{ user_id: string }>(
      'SELECT user_id FROM identity.password_resets WHERE token_hash = $1 AND expires_at > clock_timestamp()',
      [hashOf(token)],
    );
    return reset?.user_id ?? null;
  }

  async spend(token: string): Promise<boolean> {
    this.database.requireTransaction('PasswordResets.spend');
    const spent = await this.database.execute(
      'DELETE FROM identity.password_resets WHERE token_hash = $1 AND expires_at > clock_timestamp()',
      [hashOf(token)],
    );
    return spent === 1;
  }

  async cancel(userId: string): Promise<void> {
    await this.database.execute('DELETE FROM identity.one_time_codes WHERE user_id = $1', [userId]);
    await this.database.execute('DELETE FROM identity.password_resets WHERE user_id = $1', [userId]);
  }
}
