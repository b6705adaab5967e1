import { Injectable } from '@nestjs/common';
import { Outbox } from '@holdfast/platform';
import type { RowCounts, UploadStatus } from '../../domain/upload.js';

/** Tells that an import has ended, in the transaction that ends it. */
@Injectable()
export class ImportNews {
  constructor(private readonly outbox: Outbox) {}

  async ended(
    { id, uploadedBy, fileName }: { id: string; uploadedBy: string; fileName: string },
    status: Exclude<UploadStatus, 'queued' | 'processing'>,
    { inserted, updated, failed }: RowCounts,
  ): Promise<void> {
    const rows = { insertedRows: inserted, updatedRows: updated, failedRows: failed };
    const data = { uploadId: id, uploadedBy, fileName, status, ...rows };
    await this.outbox.append({ type: 'books_imported', subject: `uploads/${id}`, data });
  }
}
