import { Logger } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type ExpectedVersions, UnitOfWork } from '@holdfast/platform';
import { ImportNews } from './import-news.js';
import { UploadFiles } from './upload-files.js';
import { Uploads } from './uploads.js';

/**
 * Ends an upload that has not ended; the chunk that is under way is undone, what was committed stays.
 * @throws CatalogError `upload-not-found`, `upload-ended`; PreconditionFailed
 */
export class CancelUpload extends Command<void> {
  constructor(
    readonly id: string,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(CancelUpload)
export class CancelUploadHandler implements ICommandHandler<CancelUpload> {
  private readonly logger = new Logger('Imports');

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly uploads: Uploads,
    private readonly news: ImportNews,
    private readonly files: UploadFiles,
  ) {}

  async execute({ id, expected }: CancelUpload): Promise<void> {
    await this.unitOfWork.run(async () => {
      const { dryRun, counts, ...upload } = await this.uploads.cancel(id, expected);
      if (counts && !dryRun) await this.news.ended({ id, ...upload }, 'cancelled', counts);
    });
    await this.files.remove(id).catch((error: unknown) => {
      this.logger.warn({ err: error, uploadId: id }, 'the file of a cancelled upload is left to the sweep');
    });
  }
}
