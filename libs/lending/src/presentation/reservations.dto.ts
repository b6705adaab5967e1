import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Length,
  MaxLength,
  Validate,
  type ValidatorConstraintInterface,
  ValidatorConstraint,
} from 'class-validator';
import { IsId, Nullable, Omittable, PageQuery } from '@holdfast/platform';
import { parseLoanEnd } from '../domain/loan-terms.js';

/** What the document says of it; days that are not in the calendar are refused too. */
const LOAN_END = {
  maxLength: 35,
  pattern: '^\\d{4}-\\d{2}-\\d{2}([Tt]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?([Zz]|[+-]\\d{2}:\\d{2}))?$',
};

@ValidatorConstraint()
class IsLoanEnd implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && parseLoanEnd(value) !== null;
  }

  defaultMessage(): string {
    return 'must be an RFC 3339 time or a date YYYY-MM-DD';
  }
}

/** A wish for a copy. */
export class ReserveBookDto {
  @ApiProperty({ format: 'uuid' })
  @IsId()
  bookId!: string;

  /**
   * A time, or a date: its end in UTC.
   * @example 2030-01-31
   */
  @Validate(IsLoanEnd)
  @ApiProperty(LOAN_END)
  reservedUntil!: string;

  /**
   * Name or id of the library that shall give the copy; left out: any.
   * @example "Main Library"
   */
  @Nullable()
  @IsString()
  @Length(1, 200)
  library?: string | null;

  /** For staff: the customer to reserve for. */
  @ApiProperty({ required: false, format: 'uuid' })
  @Omittable()
  @IsId()
  customerId?: string;
}

/** A wish for more time. */
export class RenewReservationDto {
  /**
   * A time, or a date: its end in UTC.
   * @example 2030-02-28
   */
  @Validate(IsLoanEnd)
  @ApiProperty(LOAN_END)
  reservedUntil!: string;
}

/** Which reservations. */
export class ReservationsQuery extends PageQuery {
  /** Those that are so. @example active */
  @IsOptional()
  @IsIn(['pending', 'active', 'completed', 'cancelled'])
  status?: 'pending' | 'active' | 'completed' | 'cancelled';

  /** Those of this book. */
  @ApiProperty({ required: false, format: 'uuid' })
  @IsOptional()
  @IsId()
  bookId?: string;

  /** Those of this customer. */
  @ApiProperty({ required: false, format: 'uuid' })
  @IsOptional()
  @IsId()
  customerId?: string;

  /** Name or id. @example "Main Library" */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  library?: string;

  /** Those whose end has passed while they are active, or all others. @example true */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  overdue?: boolean;
}
