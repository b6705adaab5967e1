import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Database, decodeCursor, encodeCursor, type Page } from '@holdfast/platform';
import { uploadNotFound } from '../../domain/errors.js';
import type { FindingView, UploadView } from './upload.view.js';

const SHOWN_FINDINGS = 100;
const FINDINGS_AT_ONCE = 1000;
const COUNTED = 10_000;

const findings = (severity: 'error' | 'warning'): string => `
  coalesce((SELECT json_agg(json_build_object('line', f.line, 'column', f."column", 'value', f.value, 'reason', f.reason)
                            ORDER BY f.position)
              FROM (SELECT * FROM catalog.upload_findings
                     WHERE upload_id = u.id AND severity = '${severity}' ORDER BY position LIMIT ${SHOWN_FINDINGS}) AS f), '[]')`;

const UPLOAD = `json_strip_nulls(json_build_object('failure', u.failure))::jsonb || jsonb_build_object(
  'uploadId', u.id,
  'fileName', u.file_name,
  'uploadedBy', u.uploaded_by,
  'dryRun', u.options->'dryRun',
  'status', u.status,
  'totalRows', u.total_rows,
  'processedRows', u.processed_rows,
  'insertedRows', u.inserted_rows,
  'updatedRows', u.updated_rows,
  'unchangedRows', u.unchanged_rows,
  'skippedRows', u.skipped_rows,
  'failedRows', u.failed_rows,
  'warnedRows', u.warned_rows,
  'progress', CASE WHEN u.status = 'completed' THEN 1
                   ELSE coalesce(round(u.processed_rows::numeric / nullif(u.total_rows, 0), 4), 0) END,
  'errors', ${findings('error')},
  'warnings', ${findings('warning')},
  'createdAt', platform.rfc3339(u.created_at),
  'startedAt', platform.rfc3339(u.started_at),
  'finishedAt', platform.rfc3339(u.finished_at))`;

/** @throws CatalogError `upload-not-found` */
export class GetUpload extends Query<UploadView> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(GetUpload)
export class GetUploadHandler implements IQueryHandler<GetUpload> {
  constructor(private readonly database: Database) {}

  async execute({ id }: GetUpload): Promise<UploadView> {
    const row = await this.database.maybeOne<{ upload: UploadView }>(
      `SELECT ${UPLOAD} AS upload FROM catalog.uploads u WHERE u.id = $1`,
      [id],
    );
    if (!row) throw uploadNotFound();
    return row.upload;
  }
}

/** Uploads, newest first. */
export class ListUploads extends Query<Page<UploadView>> {
  constructor(readonly page: { limit: number; offset: number; cursor?: string }) {
    super();
  }
}

@QueryHandler(ListUploads)
export class ListUploadsHandler implements IQueryHandler<ListUploads> {
  constructor(private readonly database: Database) {}

  async execute({ page: { limit, offset, cursor } }: ListUploads): Promise<Page<UploadView>> {
    const before = cursor === undefined ? null : readCursor(cursor);
    const skipped = cursor === undefined ? offset : 0;
    const rows = await this.database.query<{ upload: UploadView }>(
      `SELECT ${UPLOAD} AS upload
         FROM (SELECT * FROM catalog.uploads WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2 OFFSET $3) AS u
        ORDER BY u.id DESC`,
      [before, limit + 1, skipped],
    );
    const { total } = await this.database.one<{ total: number }>(
      `SELECT count(*)::int AS total FROM (SELECT FROM catalog.uploads LIMIT ${COUNTED + 1}) AS counted`,
    );
    const items = rows.slice(0, limit).map(({ upload }) => upload);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return {
      items,
      total: Math.min(total, COUNTED),
      ...(total > COUNTED ? { totalIsEstimate: true } : {}),
      limit,
      offset: skipped,
      nextCursor: last ? encodeCursor('uploads', [last.uploadId]) : null,
    };
  }
}

/** All errors of an upload in the order of the file, a thousand at a time. @throws CatalogError `upload-not-found` */
export class ReadUploadErrors extends Query<AsyncIterable<FindingView[]>> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(ReadUploadErrors)
export class ReadUploadErrorsHandler implements IQueryHandler<ReadUploadErrors> {
  constructor(private readonly database: Database) {}

  async execute({ id }: ReadUploadErrors): Promise<AsyncIterable<FindingView[]>> {
    if (!(await this.database.maybeOne('SELECT FROM catalog.uploads WHERE id = $1', [id]))) throw uploadNotFound();
    return this.pages(id);
  }

  private async *pages(id: string): AsyncGenerator<FindingView[], void, undefined> {
    for (let after = '0'; ;) {
      const rows = await this.database.query<FindingView & { position: string }>(
        `SELECT position, line, "column", value, reason FROM catalog.upload_findings
          WHERE upload_id = $1 AND severity = 'error' AND position > $2 ORDER BY position LIMIT ${FINDINGS_AT_ONCE}`,
        [id, after],
      );
      if (rows.length > 0) yield rows;
      if (rows.length < FINDINGS_AT_ONCE) return;
      after = rows.at(-1)?.position ?? after;
    }
  }
}

const readCursor = (cursor: string): string => decodeCursor(cursor, 'uploads', ['id'])[0] as string;
