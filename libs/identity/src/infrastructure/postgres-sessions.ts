import { createHmac, randomBytes } from 'node:crypto';
import { newId } from '@holdfast/kernel';
import { Database, Settings, tellLimits, TooManyRequests } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { type Device, type OpenSession, Sessions } from '../application/sessions.js';
import { refreshDecision, ROTATIONS, ROTATIONS_WINDOW_SECONDS } from '../domain/refresh-policies.js';
import type { Role, User } from '../domain/user.js';
import { RecentSessions } from './recent-sessions.js';
import { hashOf, newToken } from './secret-token.js';

interface TokenRow {
  role: Role;
  is_live: boolean;
  spent_seconds_ago: number | null;
  /** Rotations of its session in the window that ends now, and when the first of them falls out of it. */
  rotations: number;
  reset_seconds: number | null;
  successor_seed: Buffer | null;
}

const LIMIT = { name: 'refreshes', quota: ROTATIONS, windowSeconds: ROTATIONS_WINDOW_SECONDS };

/**
 * The successor of a refresh token must be given twice within the grace, yet only hashes are kept. So it is made of the
 * spent token and a random seed that is kept beside its hash: successor = HMAC-SHA-256(key: token, message: seed).
 * Only the client has the one and only the database has the other; no secret of the server is needed, so none can be lost
 * or rotated at the wrong moment.
 */
const successorOf = (token: string, seed: Buffer): string =>
  createHmac('sha256', token).update(seed).digest('base64url');

/** Times are the database's, so that processes whose clocks differ agree. */
@Injectable()
export class PostgresSessions extends Sessions {
  constructor(
    private readonly database: Database,
    private readonly settings: Settings,
    private readonly recent: RecentSessions,
  ) {
    super();
  }

  async open({ id, passwordHash }: User, { userAgent, address }: Device): Promise<OpenSession | null> {
    const sessionId = newId();
    const refreshToken = newToken();
    const { jwtRefreshSeconds, sessionSeconds } = this.settings;
    // The lock waits for a change of the account that is under way, and then sees the account as it is.
    const account = await this.database.maybeOne<{ role: Role }>(
      `WITH account AS (
         SELECT id, role FROM identity.users WHERE id = $1 AND password_hash = $2 AND is_active FOR SHARE
       ), session AS (
         INSERT INTO identity.sessions (id, user_id, expires_at, user_agent, address)
         SELECT $3::uuid, id, now() + make_interval(secs => $4), $5, $6 FROM account RETURNING id
       ), token AS (
         INSERT INTO identity.refresh_tokens (token_hash, session_id) SELECT $7::bytea, id FROM session
       )
       SELECT role FROM account`,
      [
        id,
        passwordHash,
        sessionId,
        Math.min(jwtRefreshSeconds, sessionSeconds),
        userAgent,
        address,
        hashOf(refreshToken),
      ],
    );
    return account && { sessionId, userId: id, role: account.role, refreshToken };
  }

  async continue(refreshToken: string): Promise<OpenSession | null> {
    this.database.requireTransaction('Sessions.continue');
    // The locking read comes first and alone: what follows is read after the wait, so it is true until the commit.
    const session = await this.database.maybeOne<{ id: string; user_id: string }>(
      `SELECT id, user_id FROM identity.sessions
        WHERE id = (SELECT session_id FROM identity.refresh_tokens WHERE token_hash = $1) FOR NO KEY UPDATE`,
      [hashOf(refreshToken)],
    );
    const token = session && (await this.tokenRow(refreshToken));
    if (!session || !token) return null;
    const open = { sessionId: session.id, userId: session.user_id, role: token.role };
    const { is_live: isLive, spent_seconds_ago: spentSecondsAgo, rotations, reset_seconds: resetSeconds } = token;
    const waitSeconds = rotations < ROTATIONS ? null : resetSeconds;
    const told = { limit: LIMIT, resetSeconds: Math.ceil(resetSeconds ?? ROTATIONS_WINDOW_SECONDS) };
    switch (refreshDecision({ isLive, spentSecondsAgo, waitSeconds })) {
      case 'rotate':
        tellLimits({ ...told, used: rotations + 1 });
        return { ...open, refreshToken: await this.rotate(refreshToken, session.id) };
      case 'wait':
        tellLimits({ ...told, used: rotations });
        throw new TooManyRequests(Math.ceil(waitSeconds ?? 1));
      case 'repeat':
        return token.successor_seed && { ...open, refreshToken: successorOf(refreshToken, token.successor_seed) };
      case 'end-session':
        await this.end(session.user_id, session.id);
        return null;
      case 'refuse':
        return null;
    }
  }

  async end(userId: string, sessionId: string): Promise<boolean> {
    this.database.requireTransaction('Sessions.end');
    const ended = await this.database.execute(
      `UPDATE identity.sessions SET revoked_at = now()
        WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > now()`,
      [sessionId, userId],
    );
    if (ended === 1) this.recent.forget(userId);
    return ended === 1;
  }

  async endAll(userId: string, exceptSessionId?: string): Promise<void> {
    this.database.requireTransaction('Sessions.endAll');
    await this.database.execute(
      'UPDATE identity.sessions SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $2::uuid',
      [userId, exceptSessionId ?? null],
    );
    this.recent.forget(userId);
  }

  private tokenRow(refreshToken: string): Promise<TokenRow | null> {
    return this.database.maybeOne<TokenRow>(
      `SELECT u.role,
              s.revoked_at IS NULL AND u.is_active AND s.expires_at > clock_timestamp()
                AND s.created_at + make_interval(secs => $2) > clock_timestamp() AS is_live,
              extract(epoch FROM clock_timestamp() - t.spent_at)::float8 AS spent_seconds_ago, t.successor_seed,
              recent.rotations, recent.reset_seconds
         FROM identity.refresh_tokens t
         JOIN identity.sessions s ON s.id = t.session_id
         JOIN identity.users u ON u.id = s.user_id
        CROSS JOIN LATERAL (
          SELECT count(*)::int AS rotations,
                 $3 - extract(epoch FROM clock_timestamp() - min(spent.spent_at))::float8 AS reset_seconds
            FROM identity.refresh_tokens spent
           WHERE spent.session_id = s.id AND spent.spent_at > clock_timestamp() - make_interval(secs => $3)
        ) AS recent
        WHERE t.token_hash = $1`,
      [hashOf(refreshToken), this.settings.sessionSeconds, ROTATIONS_WINDOW_SECONDS],
    );
  }

  private async rotate(spent: string, sessionId: string): Promise<string> {
    const seed = randomBytes(32);
    const successor = successorOf(spent, seed);
    await this.database.execute(
      'UPDATE identity.refresh_tokens SET spent_at = clock_timestamp(), successor_seed = $2 WHERE token_hash = $1',
      [hashOf(spent), seed],
    );
    await this.database.execute('INSERT INTO identity.refresh_tokens (token_hash, session_id) VALUES ($1, $2)', [
      hashOf(successor),
      sessionId,
    ]);
    await this.database.execute(
      `UPDATE identity.sessions
          SET last_used_at = clock_timestamp(),
              expires_at = least(clock_timestamp() + make_interval(secs => $2), created_at + make_interval(secs => $3))
        WHERE id = $1`,
      [sessionId, this.settings.jwtRefreshSeconds, this.settings.sessionSeconds],
    );
    return successor;
  }
}
