import { type Role, roles } from '@holdfast/platform';
import { ApiProperty } from '@nestjs/swagger';

/** An account, without its password. */
export class UserView {
  /** @example 0199f3c2-7a40-7b51-8e0a-3f6f8c1f2b10 */
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /** @example ada */
  username!: string;

  /** @example ada@example.org */
  email!: string;

  /** Whether the link that was mailed to the address has been opened. @example true */
  emailVerified!: boolean;

  @ApiProperty({ enum: roles, enumName: 'Role' })
  role!: Role;

  /** An inactive account cannot sign in, and its tokens do not count. @example true */
  isActive!: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;

  /** Grows with every change; the ETag is made of it. */
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;
}
