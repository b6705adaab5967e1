import { Broadcast, Database, type Role, UnitOfWork } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { AccessClaims } from '../application/access-tokens.js';

/** How long the database's word on a session counts: with the way to the database and back, less than a second. */
const FRESH_MS = 900;
const SESSIONS = 10_000;
const CHANNEL = 'identity.sessions';

/** What the database says about a session: null when it does not stand. */
interface Word {
  /** On this process's own clock, which never jumps. */
  askedAt: number;
  role: Promise<Role | null>;
}

/**
 * Which sessions stand, and in which role: the database's word, remembered for less than a second. What ends a session or
 * changes a role says `forget`: from its commit on this process asks again, and so do the others as soon as they are told.
 *
 * Whatever goes wrong with the telling (Redis is away, a process dies between its commit and its message, a message waits
 * behind a busy event loop), a word is too old after `FRESH_MS`. Its age is looked at when it is used and counts from before
 * the question was sent, so neither a slow query nor a stalled process makes it last longer. No process compares its clock
 * with another's.
 */
@Injectable()
export class RecentSessions {
  /** Also those that are asked for at the moment: who comes meanwhile shares the answer. */
  private readonly words = new LRUCache<string, Word>({ max: SESSIONS });
  /** When which account was forgotten, the longest ago first; kept while a word from before it could be fresh. */
  private readonly forgotten = new Map<string, number>();
  private allForgotten = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
    private readonly broadcast: Broadcast,
  ) {
    const forgetAll = (): void => void (this.allForgotten = performance.now());
    broadcast.listen(CHANNEL, (userId) => this.forgetHere(userId), forgetAll);
  }

  /** The role of the user in this session; null when the session does not stand, or is not the user's. */
  roleIn(claims: Pick<AccessClaims, 'sessionId' | 'userId'>): Promise<Role | null> {
    const key = `${claims.userId} ${claims.sessionId}`;
    const known = this.words.get(key);
    if (known && this.counts(known, claims.userId)) return known.role;
    const word = { askedAt: performance.now(), role: this.ask(claims) };
    this.words.set(key, word);
    const drop = (): void => {
      if (this.words.peek(key) === word) this.words.delete(key);
    };
    word.role.then((role) => role ?? drop(), drop);
    return word.role;
  }

  /** The roles of the users in those of the sessions that stand, by session: the database's word of now. */
  async rolesIn(claims: readonly Pick<AccessClaims, 'sessionId' | 'userId'>[]): Promise<ReadonlyMap<string, Role>> {
    if (claims.length === 0) return new Map();
    const rows = await this.database.prepared<{ id: string; role: Role }>(
      'identity_authenticate_all',
      `SELECT s.id, u.role
         FROM unnest($1::uuid[], $2::uuid[]) AS asked (session_id, user_id)
         JOIN identity.sessions s ON s.id = asked.session_id AND s.user_id = asked.user_id
         JOIN identity.users u ON u.id = s.user_id
        WHERE s.revoked_at IS NULL AND s.expires_at > now() AND u.is_active`,
      [claims.map(({ sessionId }) => sessionId), claims.map(({ userId }) => userId)],
    );
    return new Map(rows.map(({ id, role }) => [id, role]));
  }

  /** From the commit of the present transaction on nobody is let in by what was known of the user before. */
  forget(userId: string): void {
    this.unitOfWork.afterCommit(() => {
      this.forgetHere(userId);
      return this.broadcast.tell(CHANNEL, userId);
    });
  }

  private counts({ askedAt }: Word, userId: string): boolean {
    const forgottenAt = Math.max(this.allForgotten, this.forgotten.get(userId) ?? -Infinity);
    return askedAt > forgottenAt && askedAt > performance.now() - FRESH_MS;
  }

  private async ask({ sessionId, userId }: Pick<AccessClaims, 'sessionId' | 'userId'>): Promise<Role | null> {
    const [account] = await this.database.prepared<{ role: Role }>(
      'identity_authenticate',
      `SELECT u.role FROM identity.sessions s JOIN identity.users u ON u.id = s.user_id
        WHERE s.id = $1 AND u.id = $2 AND s.revoked_at IS NULL AND s.expires_at > now() AND u.is_active`,
      [sessionId, userId],
    );
    return account?.role ?? null;
  }

  private forgetHere(userId: string): void {
    const now = performance.now();
    this.forgotten.delete(userId);
    this.forgotten.set(userId, now);
    for (const [other, at] of this.forgotten) {
      if (at > now - FRESH_MS) break;
      this.forgotten.delete(other);
    }
  }
}
