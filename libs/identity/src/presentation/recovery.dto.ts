import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';
import { CODE } from '../domain/one-time-code.js';
import { PASSWORD_MAX, PASSWORD_MIN } from '../domain/password-policies.js';

export class ForgotPasswordInput {
  /** @example ada@example.org */
  @ApiProperty({ format: 'email' })
  @IsString()
  @MaxLength(254)
  email!: string;
}

export class VerifyOtpInput {
  /**
   * The address that the code was mailed to.
   * @example ada@example.org
   */
  @ApiProperty({ format: 'email' })
  @IsString()
  @MaxLength(254)
  email!: string;

  /** The six digits of the mail. */
  @ApiProperty({ pattern: CODE.source, maxLength: 6, example: '042117' })
  @IsString()
  @Matches(CODE, { message: 'must be six digits' })
  otp!: string;
}

export class ResetPasswordInput {
  /** What a right code gave. */
  @ApiProperty({ example: 'u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc' })
  @IsString()
  @MaxLength(1000)
  resetToken!: string;

  /** The same rules as at registration. */
  @ApiProperty({ minLength: PASSWORD_MIN, maxLength: PASSWORD_MAX, format: 'password', example: 'a brass cog turning' })
  @IsString()
  newPassword!: string;
}
