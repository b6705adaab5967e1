import { variable, whole, yesNo } from './variable.js';

/** Books and their import. */
export const catalogueVariables = {
  cataloguePublic: variable('CATALOGUE_PUBLIC', yesNo(true), 'false: the catalogue is shown to signed-in users only.'),
  uploadMaxBytes: variable(
    'UPLOAD_MAX_BYTES',
    whole(200 * 1024 * 1024, 1024, 10 * 1024 ** 3),
    'Largest CSV file that is taken, in bytes.',
  ),
  importChunkRows: variable(
    'IMPORT_CHUNK_ROWS',
    whole(2000, 1, 20_000),
    'Rows of an import that are committed together. Fewer: others wait less for the books; more: a little quicker.',
  ),
  uploadRetentionDays: variable(
    'UPLOAD_RETENTION_DAYS',
    whole(30, 1, 36_500),
    'How long an upload and its report are kept after its end, in days.',
  ),
  uploadOrphanMinutes: variable(
    'UPLOAD_ORPHAN_MINUTES',
    whole(60, 10, 10_080),
    'When a file of an upload that was cut off by a crash is removed, in minutes since the last byte.',
  ),
  uploadLeaseSeconds: variable(
    'UPLOAD_LEASE_SECONDS',
    whole(15, 1, 600),
    'How long a worker may be silent before another one takes its import, in seconds.',
  ),
  uploadPatienceSeconds: variable(
    'UPLOAD_PATIENCE_SECONDS',
    whole(30, 1, 3600),
    'How long an upload may keep us waiting for its bytes, in seconds; each KiB that has come adds one. Then 408.',
  ),
};
