import { OffsetPageQuery, Omittable, type Role, roles } from '@holdfast/platform';
import { ApiProperty } from '@nestjs/swagger';
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

/** Which part of a list of accounts. */
export class AccountListQuery extends OffsetPageQuery {
  /** Part of the username or address (of a customer: or of the name), in any case. */
  @IsOptional()
  @IsString()
  @MaxLength(254)
  search?: string;
}
