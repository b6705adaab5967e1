import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { newId } from '@holdfast/kernel';
import { InvalidInput, Jobs, TemporarilyUnavailable, UnitOfWork } from '@holdfast/platform';
import type { UploadOptions } from '../../domain/upload.js';
import { IMPORTS } from './import-jobs.js';
import type { AcceptedUploadView } from './upload.view.js';
import { UploadFiles } from './upload-files.js';
import { Uploads } from './uploads.js';

/**
 * Takes a file in; the import itself is a job. When this returns, file and row are durable; when it throws, with
 * whatever `content` throws too, neither is there, but for a file that the sweep removes when the database was away.
 * @throws InvalidInput for an empty file; TemporarilyUnavailable when the disk does not take it
 */
export class AcceptUpload extends Command<AcceptedUploadView> {
  constructor(
    readonly fileName: string,
    readonly uploadedBy: string,
    readonly options: UploadOptions,
    readonly content: AsyncIterable<Uint8Array>,
  ) {
    super();
  }
}

@CommandHandler(AcceptUpload)
export class AcceptUploadHandler implements ICommandHandler<AcceptUpload> {
  constructor(
    private readonly files: UploadFiles,
    private readonly uploads: Uploads,
    private readonly jobs: Jobs,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  async execute({ fileName, uploadedBy, options, content }: AcceptUpload): Promise<AcceptedUploadView> {
    const id = newId();
    const bytes = await this.files.keep(id, content);
    try {
      if (bytes === 0) throw new InvalidInput([{ pointer: '/file', detail: 'is empty' }]);
      return await this.unitOfWork.run(async () => {
        await this.uploads.add({ id, fileName, uploadedBy, options });
        this.unitOfWork.afterCommit(() => this.jobs.request(IMPORTS));
        return { uploadId: id, status: 'queued' };
      });
    } catch (error) {
      // Cut off, the row may be there, and needs its file. What cannot be removed now is left to the sweep, which knows; what
      // went wrong is told.
      if (!(error instanceof TemporarilyUnavailable)) await this.files.remove(id).catch(() => undefined);
      throw error;
    }
  }
}
