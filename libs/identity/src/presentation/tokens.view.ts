import { ApiProperty } from '@nestjs/swagger';
import type { SignedIn } from '../application/sign-in.js';

/** A session's tokens. */
export class TokensView {
  /** JWT for `Authorization: Bearer`. */
  accessToken!: string;

  /** Works once; a refresh gives the next one. */
  refreshToken!: string;

  @ApiProperty({ enum: ['Bearer'] })
  tokenType!: 'Bearer';

  /**
   * Life of the access token, in seconds.
   * @example 900
   */
  expiresIn!: number;
}

/** The same in the form of RFC 6749, section 5.1. */
export class OAuthTokensView {
  access_token!: string;

  @ApiProperty({ enum: ['Bearer'] })
  token_type!: 'Bearer';

  /** @example 900 */
  expires_in!: number;

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
