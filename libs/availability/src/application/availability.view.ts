import { ApiProperty } from '@nestjs/swagger';
import { type Silence, silences } from '../domain/library-answer.js';

/** What one library says. */
export class LibraryAnswerView {
  /**
   * Its name.
   * @example "Main Library"
   */
  library!: string;
  /**
   * Whether it has a copy free; null: it did not answer, and `error` says why.
   * @example true
   */
  @ApiProperty({ type: Boolean, nullable: true })
  available!: boolean | null;
  /**
   * local: its copies are kept here; external: it was asked at its status URL.
   * @example "local"
   */
  @ApiProperty({ enum: ['local', 'external'] })
  source!: 'local' | 'external';
  /**
   * How long its answer took, in milliseconds.
   * @example 12
   */
  @ApiProperty({ type: 'integer' })
  latencyMs!: number;
  /** Why there is no answer. */
  @ApiProperty({ enum: Object.keys(silences), required: false, example: 'timeout' })
  error?: Silence;
}

/** What all libraries of the network say of a book, as far as they answer. */
export class BookStatusView {
  /** @example "0199a1b2-0000-7000-8000-000000000001" */
  @ApiProperty({ format: 'uuid' })
  bookId!: string;
  /** By name of the library; null where it did not answer. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'boolean', nullable: true },
    example: { 'Main Library': true, Quay: false, 'City Library': null },
  })
  availability!: Record<string, boolean | null>;
  /** The same with all that is known, in the order of the names. */
  details!: LibraryAnswerView[];
  /** @example "2026-11-22T10:00:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  checkedAt!: string;
}
