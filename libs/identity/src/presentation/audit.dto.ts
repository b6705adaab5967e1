import { IsId, IsTimeOrDate, PageQuery, TIME_OR_DATE } from '@holdfast/platform';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { type AccountAction, accountActions } from '../domain/account-changes.js';

/** Which lines of the audit trail. */
export class AuditQuery extends PageQuery {
  /** The account that was changed. */
  @ApiProperty({ required: false, format: 'uuid' })
  @IsOptional()
  @IsId()
  userId?: string;

  /** The account that made the change. */
  @ApiProperty({ required: false, format: 'uuid' })
  @IsOptional()
  @IsId()
  actorId?: string;

  /** What was done. */
  @ApiProperty({ required: false, enum: accountActions, enumName: 'AccountAction' })
  @IsOptional()
  @IsIn(accountActions)
  action?: AccountAction;

  /** A time, or a date (its beginning in UTC): lines from then on. */
  @ApiProperty({ required: false, ...TIME_OR_DATE, example: '2026-01-01' })
  @IsOptional()
  @IsTimeOrDate()
  from?: string;

  /** Lines before that time, or before the beginning of that date. */
  @ApiProperty({ required: false, ...TIME_OR_DATE, example: '2026-02-01T00:00:00Z' })
  @IsOptional()
  @IsTimeOrDate()
  to?: string;
}
