import { Injectable } from '@nestjs/common';
import { Outbox } from '@holdfast/platform';
import type { RowCounts } from '../../domain/upload.js';

/** Tells that an import has ended, in the transaction that ends it. */
@Injectable()
export class ImportNews {
  constructor(private readonly outbox: Outbox) {}

  async ended(uploadId: string, { inserted, updated, failed }: RowCounts): Promise<void> {
    const data = { uploadId, insertedRows: inserted, updatedRows: updated, failedRows: failed };
    await this.outbox.append({ type: 'books_imported', subject: `uploads/${uploadId}`, data });
  }
}
