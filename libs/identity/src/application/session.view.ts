import { ApiProperty } from '@nestjs/swagger';

/** A sign-in that still stands. */
export class SessionView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  /** The sign-in or the latest refresh. */
  @ApiProperty({ format: 'date-time' })
  lastUsedAt!: string;

  /** When it ends if it is not refreshed. */
  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({ type: String, nullable: true, example: 'Mozilla/5.0' })
  userAgent!: string | null;

  /** The address that signed in. */
  @ApiProperty({ type: String, nullable: true, example: '192.0.2.7' })
  address!: string | null;

  /** The session that asks. @example true */
  current!: boolean;
}
