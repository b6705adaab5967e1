import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { IsTimeOrDate, TIME_OR_DATE } from '../http/input-rules.js';
import { PageQuery } from '../http/page.js';
import type { LogLevel } from './kept-lines.js';
import { logLevels } from './log-line.view.js';

/** As `X-Request-Id` is taken from a client. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;
const SOME_REQUEST = '5e3f6b0a-1f0e-4a57-9a51-3b3d0e2d8a11';
const PROGRAM = /^[a-z-]{1,50}$/;

/** Which lines of the log. */
export class LogsQuery extends PageQuery {
  /** At least so severe. What is less severe than a warning is not kept. */
  @ApiProperty({ required: false, enum: logLevels, example: 'warn' })
  @IsOptional()
  @IsIn(logLevels)
  level?: LogLevel;

  /** A time, or a date (its beginning in UTC): lines from then on. */
  @ApiProperty({ required: false, ...TIME_OR_DATE, example: '2026-01-01' })
  @IsOptional()
  @IsTimeOrDate()
  from?: string;

  /** Lines before that time, or before the beginning of that date. */
  @ApiProperty({ required: false, ...TIME_OR_DATE, example: '2036-02-01T00:00:00Z' })
  @IsOptional()
  @IsTimeOrDate()
  to?: string;

  /** A part of the message, in whatever case. */
  @ApiProperty({ required: false, minLength: 1, maxLength: 200, example: 'mail' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  search?: string;

  /** The X-Request-Id of the request that they go back to. */
  @ApiProperty({ required: false, pattern: REQUEST_ID.source, maxLength: 128, example: SOME_REQUEST })
  @IsOptional()
  @Matches(REQUEST_ID, { message: 'must be 1 to 128 letters, digits and any of . : _ -' })
  requestId?: string;

  /** The program: api, worker or holdfast. */
  @ApiProperty({ required: false, pattern: PROGRAM.source, maxLength: 50, example: 'api' })
  @IsOptional()
  @Matches(PROGRAM, { message: 'must be 1 to 50 small letters and hyphens' })
  app?: string;
}
