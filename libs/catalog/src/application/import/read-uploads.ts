import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Database, decodeCursor, encodeCursor, type Page, Settings } from '@holdfast/platform';
import { uploadNotFound } from '../../domain/errors.js';
import type { UploadStatus } from '../../domain/upload.js';
import type { FindingView, UploadView } from './upload.view.js';

const SHOWN_FINDINGS = 100;
const FINDINGS_AT_ONCE = 1000;
const COUNTED = 10_000;

/** One that is old enough is gone at once, with all of its findings, though the sweep needs its time to remove them. */
const isKept = (days: string): string =>
  `(u.finished_at IS NULL OR u.finished_at > now() - make_interval(days => ${days}))`;

const findings = (severity: 'error' | 'warning'): string => `
  coalesce((SELECT json_agg(json_build_object('line', f.line, 'column', f."column", 'value', f.value, 'reason', f.reason)
                            ORDER BY f.position)
              FROM (SELECT * FROM catalog.upload_findings
                     WHERE upload_id = u.id AND severity = '${severity}' ORDER BY position LIMIT ${SHOWN_FINDINGS}) AS f), '[]')`;

const UPLOAD = `json_strip_nulls(json_build_object('failure', u.failure))::jsonb || jsonb_build_object(
  'uploadId', u.id,
  'fileName', u.file_name,
  'uploadedBy', u.uploaded_by,
  'uploadedByName', (SELECT username FROM identity.users WHERE id = u.uploaded_by),
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
  constructor(
    private readonly database: Database,
    private readonly settings: Settings,
  ) {}

  async execute({ id }: GetUpload): Promise<UploadView> {
    const row = await this.database.maybeOne<{ upload: UploadView }>(
      `SELECT ${UPLOAD} AS upload FROM catalog.uploads u WHERE u.id = $1 AND ${isKept('$2')}`,
      [id, this.settings.uploadRetentionDays],
    );
    if (!row) throw uploadNotFound();
    return row.upload;
  }
}

/** How far an upload is: while this is the same, everything that is shown of it is. */
export type UploadMark = Pick<UploadView, 'uploadId' | 'status' | 'processedRows' | 'totalRows'>;

/** Of these uploads, those that there are; in one cheap statement, for whoever looks often. */
export class ReadUploadMarks extends Query<UploadMark[]> {
  constructor(readonly ids: readonly string[]) {
    super();
  }
}

@QueryHandler(ReadUploadMarks)
export class ReadUploadMarksHandler implements IQueryHandler<ReadUploadMarks> {
  constructor(private readonly database: Database) {}

  execute({ ids }: ReadUploadMarks): Promise<UploadMark[]> {
    return this.database.query<UploadMark>(
      `SELECT id AS "uploadId", status, processed_rows AS "processedRows", total_rows AS "totalRows"
         FROM catalog.uploads WHERE id = ANY ($1::uuid[])`,
      [ids],
    );
  }
}

/** Those that are so in every respect. */
export interface UploadFilter {
  status?: UploadStatus;
  /** The id of an account, which may be there no more. */
  uploadedBy?: string;
}

/** Uploads, newest first. */
export class ListUploads extends Query<Page<UploadView>> {
  constructor(
    readonly filter: UploadFilter,
    readonly page: { limit: number; offset: number; cursor?: string },
  ) {
    super();
  }
}

@QueryHandler(ListUploads)
export class ListUploadsHandler implements IQueryHandler<ListUploads> {
  constructor(
    private readonly database: Database,
    private readonly settings: Settings,
  ) {}

  async execute({ filter: { status, uploadedBy }, page }: ListUploads): Promise<Page<UploadView>> {
    const { limit, cursor } = page;
    const before = cursor === undefined ? null : readCursor(cursor);
    const offset = cursor === undefined ? page.offset : 0;
    const filter = [this.settings.uploadRetentionDays, status ?? null, uploadedBy ?? null];
    const rows = await this.database.query<{ upload: UploadView }>(
      `SELECT ${UPLOAD} AS upload
         FROM (SELECT * FROM catalog.uploads u WHERE ${FITS} AND ($4::uuid IS NULL OR u.id < $4)
                ORDER BY u.id DESC LIMIT $5 OFFSET $6) AS u
        ORDER BY u.id DESC`,
      [...filter, before, limit + 1, offset],
    );
    const { total } = await this.database.one<{ total: number }>(
      `SELECT count(*)::int AS total FROM (SELECT FROM catalog.uploads u WHERE ${FITS} LIMIT ${COUNTED + 1}) AS counted`,
      filter,
    );
    const items = rows.slice(0, limit).map(({ upload }) => upload);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return {
      items,
      total: Math.min(total, COUNTED),
      ...(total > COUNTED ? { totalIsEstimate: true } : {}),
      limit,
      offset,
      nextCursor: last ? encodeCursor('uploads', [last.uploadId]) : null,
    };
  }
}

/** Retention keeps them few, so that no filter needs an index. */
const FITS = `${isKept('$1')} AND ($2::text IS NULL OR u.status = $2) AND ($3::uuid IS NULL OR u.uploaded_by = $3)`;

/** All errors of an upload in the order of the file, a thousand at a time. @throws CatalogError `upload-not-found` */
export class ReadUploadErrors extends Query<AsyncIterable<FindingView[]>> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(ReadUploadErrors)
export class ReadUploadErrorsHandler implements IQueryHandler<ReadUploadErrors> {
  constructor(
    private readonly database: Database,
    private readonly settings: Settings,
  ) {}

  async execute({ id }: ReadUploadErrors): Promise<AsyncIterable<FindingView[]>> {
    const found = await this.database.maybeOne(`SELECT FROM catalog.uploads u WHERE u.id = $1 AND ${isKept('$2')}`, [
      id,
      this.settings.uploadRetentionDays,
    ]);
    if (!found) throw uploadNotFound();
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
