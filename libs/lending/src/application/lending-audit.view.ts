import { ApiProperty } from '@nestjs/swagger';

/** An invariant that does not hold. */
export class LendingViolationView {
  /**
   * Its stable name.
   * @example reserved-are-active
   */
  invariant!: string;
  /**
   * What must hold.
   * @example "reserved units are the active reservations"
   */
  says!: string;
  /**
   * How often it does not.
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  count!: number;
  /**
   * What breaks it, with ids: the first hundred.
   * @example ["0199a1b2-0000-7000-8000-0000000000bb at 0199a1b2-0000-7000-8000-0000000000dd: 2 reserved, 1 active"]
   */
  @ApiProperty({ maxItems: 100 })
  examples!: string[];
}

/** Whether lending keeps what it promises: it does when there are no violations. */
export class LendingAuditView {
  /** @example "2026-11-22T10:00:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  checkedAt!: string;
  violations!: LendingViolationView[];
}
