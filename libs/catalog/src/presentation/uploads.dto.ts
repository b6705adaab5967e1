import { ApiProperty } from '@nestjs/swagger';
import { IsId, Omittable, PageOf, PageQuery } from '@holdfast/platform';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { type UploadStatus, uploadStatuses } from '../domain/upload.js';
import { UploadView } from '../application/import/upload.view.js';

/** What the document says of a mapping. */
export const MAPPING = { type: 'string', maxLength: 65_536, pattern: '^\\s*\\{' } as const;

/** The options of an upload as query parameters; each may be a form field before the file instead. */
export class UploadQuery {
  /**
   * JSON: source column to known column, `metadata.<key>` or any other name.
   */
  @ApiProperty({ required: false, ...MAPPING, example: '{"original_publication_year": "publication_year"}' })
  @IsOptional()
  @IsString()
  mapping?: string;

  /** `dry-run` counts what would be, and changes nothing. */
  @ApiProperty({ required: false, enum: ['import', 'dry-run'], default: 'import' })
  @IsOptional()
  @IsIn(['import', 'dry-run'])
  mode?: string;

  /** What becomes of a book that is there already. */
  @ApiProperty({ required: false, enum: ['update', 'skip'], default: 'update' })
  @IsOptional()
  @IsIn(['update', 'skip'])
  onExisting?: string;
}

/** Which uploads. */
export class UploadListQuery extends PageQuery {
  /** Those that are there. */
  @ApiProperty({ required: false, enum: uploadStatuses })
  @Omittable()
  @IsIn(uploadStatuses)
  status?: UploadStatus;

  /**
   * The account that sent them.
   * @example "0199a1b2-0000-7000-8000-0000000000ee"
   */
  @ApiProperty({ required: false, format: 'uuid' })
  @Omittable()
  @IsId()
  uploadedBy?: string;
}

export class UploadPage extends PageOf(UploadView) {}
