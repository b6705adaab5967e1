import { OffsetPageQuery, Omittable, type Role, roles } from '@holdfast/platform';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { RegisterInput } from './account.dto.js';

export class NewUserInput extends RegisterInput {
  @ApiProperty({ enum: roles, enumName: 'Role' })
  @IsIn(roles)
  role!: Role;
}

/** A merge patch of a user. */
export class UserChangesInput {
  /** @example ada */
  @Omittable()
  @IsString()
  username?: string;

  /**
   * A new address has to be verified.
   * @example ada@example.org
   */
  @Omittable()
  @IsString()
  email?: string;

  @ApiProperty({ enum: roles, enumName: 'Role', required: false })
  @Omittable()
  @IsIn(roles)
  role?: Role;

  /** false: the account cannot sign in, and its sessions end. */
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
export class AccountListQuery extends OffsetPageQuery {
  /**
   * Part of the username or address (of a customer: or of the name); case and accents do not count. One or two characters
   * are looked for at the beginning of words only.
   */
  @ApiProperty({ required: false, type: String, maxLength: 254 })
  @Squeezed()
  @IsOptional()
  @IsString()
  @MaxLength(254)
  search?: string;
}

export class UserListQuery extends AccountListQuery {
  @ApiProperty({ required: false, enum: roles, enumName: 'Role' })
  @IsOptional()
  @IsIn(roles)
  role?: Role;

  @ApiProperty({ required: false, type: Boolean })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  isActive?: boolean;
}
