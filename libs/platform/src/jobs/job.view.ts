import { ApiProperty } from '@nestjs/swagger';

/** A run that failed. The next one is not kept from beginning by it. */
export class FailedRunView {
  /** What it was asked for with; empty where it ran on its own. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: {} })
  payload!: Record<string, string>;

  /** @example "connect ECONNREFUSED 10.0.0.7:5432" */
  reason!: string;

  @ApiProperty({ format: 'date-time' })
  failedAt!: string;
}

/** Background work of one name, in all workers together. */
export class JobView {
  /** @example import */
  name!: string;

  /** Runs that were asked for and have not begun. */
  @ApiProperty({ type: 'integer', example: 0 })
  waiting!: number;

  /** Runs that have begun. */
  @ApiProperty({ type: 'integer', example: 1 })
  running!: number;

  /** How often it runs on its own; null: only when asked for. */
  @ApiProperty({ type: Number, nullable: true, example: 600 })
  everySeconds!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  nextAt!: string | null;

  /** The last ten runs that failed, the newest first. */
  @ApiProperty({ type: [FailedRunView], maxItems: 10 })
  failures!: FailedRunView[];
}

export class JobsView {
  items!: JobView[];
}
