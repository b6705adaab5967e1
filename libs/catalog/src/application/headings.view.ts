import { ApiProperty } from '@nestjs/swagger';

/** An author or a genre. */
export class HeadingView {
  /** @example "0199a1b2-0000-7000-8000-000000000002" */
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** @example "Ursula K. Le Guin" */
  name!: string;
  /**
   * Counts its changes.
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  version!: number;
  /** @example "2026-11-22T10:00:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  /** @example "2026-11-22T10:00:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}
