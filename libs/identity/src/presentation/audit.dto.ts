import { OffsetPageQuery } from '@holdfast/platform';
import { ApiProperty } from '@nestjs/swagger';
import {
  IsIn,
  IsOptional,
  IsUUID,
  Validate,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { type AccountAction, accountActions } from '../domain/account-changes.js';

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2}))?$/i;

/** What the document says of it; days that are not in the calendar are refused too. */
const TIME_OR_DATE = {
  type: String,
  maxLength: 35,
  pattern: '^\\d{4}-\\d{2}-\\d{2}([Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2}))?$',
};

@ValidatorConstraint()
class IsTimeOrDate implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'string' || !TIME.test(value) || Number.isNaN(Date.parse(value))) return false;
    // Date rolls 31 February over into March: such a day is refused.
    return new Date(value.slice(0, 10)).getUTCDate() === Number(value.slice(8, 10));
  }

  defaultMessage(): string {
    return 'must be an RFC 3339 time, or a date YYYY-MM-DD (its beginning in UTC)';
  }
}

/** Which lines of the audit trail. */
export class AuditQuery extends OffsetPageQuery {
  /** The account that was changed. */
  @ApiProperty({ required: false, format: 'uuid' })
  @IsOptional()
  @IsUUID('all')
  userId?: string;

  /** The account that made the change. */
  @ApiProperty({ required: false, format: 'uuid' })
  @IsOptional()
  @IsUUID('all')
  actorId?: string;

  /** What was done. */
  @ApiProperty({ required: false, enum: accountActions, enumName: 'AccountAction' })
  @IsOptional()
  @IsIn(accountActions)
  action?: AccountAction;

  /** A time, or a date (its beginning in UTC): lines from then on. */
  @ApiProperty({ required: false, ...TIME_OR_DATE, example: '2026-01-01' })
  @IsOptional()
  @Validate(IsTimeOrDate)
  from?: string;

  /** Lines before that time, or before the beginning of that date. */
  @ApiProperty({ required: false, ...TIME_OR_DATE, example: '2026-02-01T00:00:00Z' })
  @IsOptional()
  @Validate(IsTimeOrDate)
  to?: string;
}
