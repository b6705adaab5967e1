import { CommandBus } from '@nestjs/cqrs';
import { UnitOfWork } from '@holdfast/platform';
import { AcceptUpload } from '../src/application/import/accept-upload.js';
import { ImportJobs } from '../src/application/import/import-jobs.js';
import { ImportNews } from '../src/application/import/import-news.js';
import { ImportUpload } from '../src/application/import/import-upload.js';
import type { UploadView } from '../src/application/import/upload.view.js';
import { UploadFiles } from '../src/application/import/upload-files.js';
import { Uploads } from '../src/application/import/uploads.js';
import type { ColumnMapping } from '../src/domain/csv-columns.js';
import { type CatalogApp, SOMEBODY } from './catalog-app.js';

/** Imports a file as an editor, to its end. The app needs a HOLDFAST_DATA_DIR of its own. */
export async function importBooks(
  catalog: CatalogApp,
  csv: string | Buffer,
  mapping: ColumnMapping = {},
): Promise<UploadView> {
  const { app } = catalog;
  const content = (async function* () {
    yield await Promise.resolve(Buffer.from(csv));
  })();
  const options = { mapping, dryRun: false, onExisting: 'update' as const };
  const command = new AcceptUpload('books.csv', SOMEBODY, options, content);
  const { uploadId } = await app.get(CommandBus).execute(command);
  const jobs = new ImportJobs(
    app.get(Uploads),
    app.get(UploadFiles),
    app.get(ImportUpload),
    app.get(ImportNews),
    app.get(UnitOfWork),
  );
  await jobs.work(new AbortController().signal);
  return (await catalog.call('GET', `/books/upload/${uploadId}`, { as: 'editor' })).body as UploadView;
}
