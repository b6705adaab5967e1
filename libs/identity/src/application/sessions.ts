import type { Role, User } from '../domain/user.js';

/** Where a sign-in came from, to be recognised in the list of sessions. */
export interface Device {
  userAgent: string | null;
  address: string | null;
}

export interface OpenSession {
  sessionId: string;
  userId: string;
  role: Role;
  refreshToken: string;
}

/**
 * Sign-ins and their refresh tokens. A session lives JWT_REFRESH_SECONDS after its last refresh, and JWT_SESSION_SECONDS
 * after the sign-in at most. What ends one needs a transaction: with its commit the session's tokens stop working, at once
 * in this process, and in all others as soon as they hear of it, within a second in any case.
 */
export abstract class Sessions {
  /** Null when the account changed its password, was deactivated or deleted since it was read. */
  abstract open(user: User, device: Device): Promise<OpenSession | null>;
  /**
   * Spends a refresh token for its successor. Null when it is good for nothing; when it was spent long ago, its session
   * is ended by that, so let the transaction commit.
   * @throws TooManyRequests when the session was refreshed sixty times in the last ten minutes
   */
  abstract continue(refreshToken: string): Promise<OpenSession | null>;
  /** Tells whether there was such a session of the user. */
  abstract end(userId: string, sessionId: string): Promise<boolean>;
  /** Ends all sessions of the user but one. Lock the account first, so that no sign-in slips through. */
  abstract endAll(userId: string, exceptSessionId?: string): Promise<void>;
}
