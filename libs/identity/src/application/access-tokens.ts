import type { Role } from '../domain/user.js';

export interface AccessClaims {
  userId: string;
  sessionId: string;
  /** From this second since 1970 on the token is no longer good. */
  expiresAt: number;
}

/** A public key as in a JWK set (RFC 7517). */
export type PublicJwk = Record<string, unknown>;

/** Signed access tokens: JWT after RFC 9068 (`typ: at+jwt`). */
export abstract class AccessTokens {
  /** Life of a token, in seconds. */
  abstract readonly lifetime: number;
  abstract issue(session: { userId: string; sessionId: string; role: Role }): Promise<string>;
  /** Null when it is not one of ours, or expired. Whether its session still stands is not looked at here. */
  abstract verify(token: string): Promise<AccessClaims | null>;
  /** The keys whose tokens count, the signing one first. */
  abstract publicKeys(): PublicJwk[];
}
