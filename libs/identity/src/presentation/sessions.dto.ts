import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';

export class SignInInput {
  /**
   * Username or e-mail address.
   * @example ada
   */
  @IsString()
  @MaxLength(254)
  login!: string;

  @ApiProperty({ format: 'password', example: 'notes on the engine' })
  @IsString()
  @MaxLength(1000)
  password!: string;
}

export class RefreshInput {
  @IsString()
  @MaxLength(1000)
  refreshToken!: string;
}

/** The form of RFC 6749, sections 4.3.2 and 6. What else is in it is ignored, as the RFC says. */
export class OAuthTokenForm {
  @ApiProperty({ enum: ['password', 'refresh_token'] })
  grant_type!: string;

  /** Username or e-mail address; for `password`. */
  username?: string;

  /** For `password`. */
  @ApiProperty({ format: 'password' })
  password?: string;

  /** For `refresh_token`. */
  refresh_token?: string;
}
