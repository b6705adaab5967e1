import { ApiProperty } from '@nestjs/swagger';
import type { SignedIn } from '../application/sign-in.js';

/** A session's tokens. */
export class TokensView {
  /** JWT for `Authorization: Bearer`. @example eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiIwMTk5In0.c2ln */
  accessToken!: string;

  /** Works once; a refresh gives the next one. @example u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc */
  refreshToken!: string;

  @ApiProperty({ enum: ['Bearer'] })
  tokenType!: 'Bearer';

  /**
   * Life of the access token, in seconds.
   * @example 900
   */
  @ApiProperty({ type: 'integer' })
  expiresIn!: number;
}

/** The same in the form of RFC 6749, section 5.1. */
export class OAuthTokensView {
  /** @example eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiIwMTk5In0.c2ln */
  access_token!: string;

  @ApiProperty({ enum: ['Bearer'] })
  token_type!: 'Bearer';

  /** @example 900 */
  @ApiProperty({ type: 'integer' })
  expires_in!: number;

  /** @example u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc */
  refresh_token!: string;

  /**
   * The role.
   * @example customer
   */
  scope!: string;
}

/** RFC 6749, section 5.2. */
export class OAuthErrorView {
  @ApiProperty({ enum: ['invalid_request', 'invalid_grant', 'unsupported_grant_type', 'temporarily_unavailable'] })
  error!: string;

  /** @example "The refresh token is not valid, or no longer." */
  error_description!: string;
}

export const tokensView = ({ accessToken, refreshToken, expiresIn }: SignedIn): TokensView => ({
  accessToken,
  refreshToken,
  tokenType: 'Bearer',
  expiresIn,
});

export const oauthTokensView = ({ accessToken, refreshToken, expiresIn, role }: SignedIn): OAuthTokensView => ({
  access_token: accessToken,
  token_type: 'Bearer',
  expires_in: expiresIn,
  refresh_token: refreshToken,
  scope: role,
});
