import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';
import { USERNAME } from '../domain/account-policies.js';
import { PASSWORD_MAX, PASSWORD_MIN } from '../domain/password-policies.js';

const password = { minLength: PASSWORD_MIN, maxLength: PASSWORD_MAX, format: 'password' };

/** What an account needs. */
export class RegisterInput {
  /** @example ada */
  @ApiProperty({ minLength: 3, maxLength: 40, pattern: USERNAME.source })
  @IsString()
  @Matches(USERNAME, { message: 'must be 3 to 40 letters (a to z), digits, dots, dashes or underscores' })
  username!: string;

  /** @example ada@example.org */
  @ApiProperty({ format: 'email' })
  @IsString()
  @MaxLength(254)
  email!: string;

  /** Any characters; none of the commonest passwords, not the username or e-mail. */
  @ApiProperty({ ...password, example: 'notes on the engine' })
  @IsString()
  password!: string;
}

export class ResendVerificationInput {
  /** @example ada@example.org */
  @ApiProperty({ format: 'email' })
  @IsString()
  @MaxLength(254)
  email!: string;
}

export class ChangePasswordInput {
  @ApiProperty({ format: 'password', example: 'notes on the engine' })
  @IsString()
  @MaxLength(1000)
  currentPassword!: string;

  /** The same rules as at registration. */
  @ApiProperty({ ...password, example: 'a brass cog turning' })
  @IsString()
  newPassword!: string;
}
