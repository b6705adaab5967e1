import { IsId, IsName, Nullable, Omittable } from '@holdfast/platform';
import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsObject, IsString, Matches, ValidateNested } from 'class-validator';
import type { ProfileChanges } from '../domain/customer-profile.js';
import { RegisterInput } from './account.dto.js';

export class NotificationsInput {
  /** Notices of reservations by e-mail. @example true */
  @Omittable()
  @IsBoolean()
  email?: boolean;
}

/** A merge patch of a customer's profile: null removes a value. */
export class ProfileInput {
  /** @example "Ada Lovelace" */
  @ApiProperty({ type: String, nullable: true, required: false, minLength: 1, maxLength: 200 })
  @Nullable()
  @IsName(200)
  fullName?: string | null;

  /** @example "+44 20 7946 0958" */
  @ApiProperty({ type: String, nullable: true, required: false, minLength: 4, maxLength: 40 })
  @Nullable()
  @IsString()
  @Matches(/^[+(]?[0-9][0-9 ()./-]{2,37}$/, { message: 'must be a telephone number: digits, spaces and + ( ) . / -' })
  phone?: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, required: false })
  @Nullable()
  @IsId()
  homeLibraryId?: string | null;

  @ApiProperty({ type: NotificationsInput, required: false })
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => NotificationsInput)
  notifications?: NotificationsInput;
}

export class NewCustomerInput extends IntersectionType(RegisterInput, ProfileInput) {}

export const profileChanges = ({ fullName, phone, homeLibraryId, notifications }: ProfileInput): ProfileChanges => ({
  fullName,
  phone,
  homeLibraryId: homeLibraryId?.toLowerCase() ?? homeLibraryId,
  notifyByEmail: notifications?.email,
});
