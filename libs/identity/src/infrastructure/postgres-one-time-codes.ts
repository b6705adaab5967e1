import { Database, Outbox } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { otpGenerated } from '../application/events.js';
import { type ClaimedCode, OneTimeCodes } from '../application/one-time-codes.js';
import { CODE_SECONDS, CODE_TRIES, type CodePurpose } from '../domain/one-time-code.js';
import type { User } from '../domain/user.js';

@Injectable()
export class PostgresOneTimeCodes extends OneTimeCodes {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {
    super();
  }

  async issue({ id: userId, email }: User, purpose: CodePurpose, code: { plain: string; hash: string }): Promise<void> {
    this.database.requireTransaction('OneTimeCodes.issue');
    const { expiresAt } = await this.database.one<{ expiresAt: string }>(
      `INSERT INTO identity.one_time_codes (user_id, purpose, email, code_hash, expires_at)
       VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
       ON CONFLICT (user_id, purpose) DO UPDATE
          SET email = excluded.email, code_hash = excluded.code_hash, expires_at = excluded.expires_at, tries = 0
       RETURNING platform.rfc3339(expires_at) AS "expiresAt"`,
      [userId, purpose, email, code.hash, CODE_SECONDS],
    );
    await this.outbox.append(otpGenerated({ userId, email, otp: code.plain, expiresAt, purpose }));
  }

  async claimTry(email: string, purpose: CodePurpose): Promise<ClaimedCode | null> {
    const code = await this.database.maybeOne<{ userId: string; codeHash: string }>(
      `UPDATE identity.one_time_codes code SET tries = tries + 1
         FROM identity.users u
        WHERE lower(u.email COLLATE "C") = lower($1 COLLATE "C") AND u.is_active
          AND code.user_id = u.id AND code.purpose = $2 AND code.email = u.email
          AND code.tries < $3 AND code.expires_at > clock_timestamp()
       RETURNING code.user_id AS "userId", code.code_hash AS "codeHash"`,
      [email, purpose, CODE_TRIES],
    );
    return code && { ...code, purpose };
  }
}
