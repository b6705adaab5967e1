import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { newId } from '@holdfast/kernel';
import { InvalidInput, Jobs } from '@holdfast/platform';
import type { UploadOptions } from '../../domain/upload.js';
import { IMPORTS } from './import-jobs.js';
import { UploadFiles } from './upload-files.js';
import { Uploads } from './uploads.js';

/**
 * Takes a file in; the import itself is a job. When this returns, file and row are durable; when it throws, with
 * whatever `content` throws too, neither is there.
 * @throws InvalidInput for an empty file; TemporarilyUnavailable when the disk does not take it
 */
export class AcceptUpload extends Command<string> {
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
  ) {}

  async execute({ fileName, uploadedBy, options, content }: AcceptUpload): Promise<string> {
    const id = newId();
    const bytes = await this.files.keep(id, content);
    try {
      if (bytes === 0) throw new InvalidInput([{ pointer: '/file', detail: 'is empty' }]);
      await this.uploads.add({ id, fileName, uploadedBy, options });
    } catch (error) {
      // What cannot be removed now is left to the sweep; what went wrong is told.
      await this.files.remove(id).catch(() => undefined);
      throw error;
    }
    await this.jobs.request(IMPORTS);
    return id;
  }
}
