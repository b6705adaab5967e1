import type { Provider } from '@nestjs/common';
import { BookImport } from '../../application/import/book-import.js';
import { UploadFiles } from '../../application/import/upload-files.js';
import { Uploads } from '../../application/import/uploads.js';
import { BookRows } from './book-rows.js';
import { DiskUploadFiles } from './disk-upload-files.js';
import { RowHeadingIds } from './row-headings.js';
import { RowMatching } from './row-matching.js';
import { SqlBookImport } from './sql-book-import.js';
import { SqlUploads } from './sql-uploads.js';
import { WantedCopies } from './wanted-copies.js';

export const importAdapters: Provider[] = [
  { provide: BookImport, useClass: SqlBookImport },
  { provide: UploadFiles, useClass: DiskUploadFiles },
  { provide: Uploads, useClass: SqlUploads },
  BookRows,
  RowHeadingIds,
  RowMatching,
  WantedCopies,
];
