import { Omittable, PageQuery, type Role, roles } from '@holdfast/platform';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { USERNAME } from '../domain/account-policies.js';
import { RegisterInput } from './account.dto.js';

export class NewUserInput extends RegisterInput {
  @ApiProperty({ enum: roles, enumName: 'Role' })
  @IsIn(roles)
  role!: Role;
}

/** A merge patch of a user. */
export class UserChangesInput {
  /** @example ada */
  @ApiProperty({ required: false, minLength: 3, maxLength: 40, pattern: USERNAME.source })
  @Omittable()
  @IsString()
  username?: string;

  /**
   * A new address has to be verified.
   * @example ada@example.org
   */
  @ApiProperty({ required: false, format: 'email', maxLength: 254 })
  @Omittable()
  @IsString()
  email?: string;

  @ApiProperty({ enum: roles, enumName: 'Role', required: false })
  @Omittable()
  @IsIn(roles)
  role?: Role;

  /** false: the account cannot sign in, and its sessions end. @example true */
  @Omittable()
  @IsBoolean()
  isActive?: boolean;
}

/** White space at the ends does not count, and any amount of it within counts as one space. */
const Squeezed = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.trim().replace(/\s+/g, ' ') || undefined : value,
  );

/** Which part of a list of accounts. */
export class AccountListQuery extends PageQuery {
  /**
   * Part of the username or address (of a customer: or of the name); case and accents do not count. One or two characters
   * are looked for at the beginning of words only.
   */
  @ApiProperty({ required: false, type: String, maxLength: 254, example: 'ada' })
  @Squeezed()
  @IsOptional()
  @IsString()
  @MaxLength(254)
  search?: string;
}

export class UserListQuery extends AccountListQuery {
  /** Those with this role. */
  @ApiProperty({ required: false, enum: roles, enumName: 'Role' })
  @IsOptional()
  @IsIn(roles)
  role?: Role;

  /** Those that may sign in, or those that may not. */
  @ApiProperty({ required: false, type: Boolean, example: true })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  isActive?: boolean;
}
