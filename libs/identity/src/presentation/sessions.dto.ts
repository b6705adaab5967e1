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
  /** @example u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc */
  @IsString()
  @MaxLength(1000)
  refreshToken!: string;
}

/** The form of RFC 6749, sections 4.3.2 and 6. What else is in it is ignored, as the RFC says. */
export class OAuthTokenForm {
  @ApiProperty({ enum: ['password', 'refresh_token'] })
  grant_type!: string;

  /** Username or e-mail address; for `password`. @example ada */
  @ApiProperty({ maxLength: 1000 })
  username?: string;

  /** For `password`. @example "notes on the engine" */
  @ApiProperty({ format: 'password', maxLength: 1000 })
  password?: string;

  /** For `refresh_token`. @example u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc */
  @ApiProperty({ maxLength: 1000 })
  refresh_token?: string;
}
