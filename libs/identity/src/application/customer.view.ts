import { ApiProperty } from '@nestjs/swagger';

/** Which notices a customer wants. */
export class NotificationsView {
  /** Notices of reservations by e-mail. @example true */
  email!: boolean;
}

/** A user with the role customer, and the profile. */
export class CustomerView {
  /** The id of the user. */
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /** @example ada */
  username!: string;

  /** @example ada@example.org */
  email!: string;

  /** @example "Ada Lovelace" */
  @ApiProperty({ type: String, nullable: true })
  fullName!: string | null;

  /** @example "+44 20 7946 0958" */
  @ApiProperty({ type: String, nullable: true })
  phone!: string | null;

  /** The library where the customer likes to fetch books. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  homeLibraryId!: string | null;

  notifications!: NotificationsView;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;

  /** Grows with every change of the profile or the account; the ETag is made of it. */
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;
}
