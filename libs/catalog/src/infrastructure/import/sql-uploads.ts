import { Injectable } from '@nestjs/common';
import { Database, type ExpectedVersions, requireVersion, Settings } from '@holdfast/platform';
import { type ChunkRecord, type ClaimedUpload, LeaseLost, Uploads } from '../../application/import/uploads.js';
import type { WrittenBook } from '../../application/import/book-import.js';
import type { Finding } from '../../domain/csv-columns.js';
import { CatalogError, uploadNotFound } from '../../domain/errors.js';
import { countsOf, type RowCounts, type UploadOptions, type UploadStatus, versionOf } from '../../domain/upload.js';

/** Nobody works on it, and somebody may. */
const IS_DUE = `status IN ('queued', 'processing') AND coalesce(lease_until < clock_timestamp(), true)`;
/** Errors are all kept; of warnings only what is shown. */
const KEPT_WARNINGS = 100;
const COUNTS = `json_build_object('inserted', inserted_rows, 'updated', updated_rows, 'unchanged', unchanged_rows,
  'skipped', skipped_rows, 'failed', failed_rows, 'warned', warned_rows)`;
/** Rows that one statement removes. */
const BATCH = 5000;

type PlacedFinding = Finding & { line: number };

@Injectable()
export class SqlUploads extends Uploads {
  readonly leaseSeconds: number;
  private readonly leased: string;

  constructor(
    private readonly database: Database,
    { uploadLeaseSeconds }: Settings,
  ) {
    super();
    this.leaseSeconds = uploadLeaseSeconds;
    this.leased = `clock_timestamp() + interval '${uploadLeaseSeconds} seconds'`;
  }

  async add(upload: { id: string; fileName: string; uploadedBy: string; options: UploadOptions }): Promise<void> {
    await this.database.execute(
      'INSERT INTO catalog.uploads (id, file_name, uploaded_by, options) VALUES ($1, $2, $3, $4)',
      [upload.id, upload.fileName, upload.uploadedBy, JSON.stringify(upload.options)],
    );
  }

  claim(lease: string): Promise<ClaimedUpload | null> {
    return this.database.maybeOne<ClaimedUpload>(
      `UPDATE catalog.uploads
          SET status = 'processing', lease = $1, lease_until = ${this.leased}, started_at = coalesce(started_at, now())
        WHERE id = (SELECT id FROM catalog.uploads
                     WHERE ${IS_DUE}
                     ORDER BY coalesce(lease_until, created_at), id LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, lease, uploaded_by AS "uploadedBy", file_name AS "fileName", options, total_rows AS "totalRows",
                processed_rows AS "processedRows", faults`,
      [lease],
    );
  }

  async renew({ id, lease }: ClaimedUpload): Promise<void> {
    await this.change(`lease_until = ${this.leased}`, [id, lease]);
  }

  async isTurnOver({ id, lease, processedRows }: ClaimedUpload): Promise<boolean> {
    const row = await this.database.maybeOne<{ over: boolean }>(
      `SELECT processed_rows > $3 AND EXISTS (SELECT FROM catalog.uploads WHERE ${IS_DUE}) AS over
         FROM catalog.uploads WHERE id = $1 AND lease = $2`,
      [id, lease, processedRows],
    );
    return row?.over ?? false;
  }

  async setTotal({ id, lease }: ClaimedUpload, totalRows: number): Promise<void> {
    await this.change('total_rows = $3', [id, lease, totalRows]);
  }

  async release({ id, lease }: ClaimedUpload, pauseSeconds: number, isFault: boolean): Promise<void> {
    await this.database.execute(
      `UPDATE catalog.uploads
          SET lease = NULL, lease_until = clock_timestamp() + make_interval(secs => $3), faults = faults + $4
        WHERE id = $1 AND lease = $2`,
      [id, lease, pauseSeconds, isFault ? 1 : 0],
    );
  }

  async record(upload: ClaimedUpload, { results, books, headerWarnings, end }: ChunkRecord): Promise<RowCounts> {
    this.database.requireTransaction('Uploads.record');
    const { inserted, updated, unchanged, skipped, failed, warned } = countsOf(results);
    const counts = await this.change(
      `processed_rows = processed_rows + $3, inserted_rows = inserted_rows + $4, updated_rows = updated_rows + $5,
       unchanged_rows = unchanged_rows + $6, skipped_rows = skipped_rows + $7, failed_rows = failed_rows + $8,
       warned_rows = warned_rows + $9, faults = 0, lease_until = ${this.leased}, status = coalesce($10, status),
       lease = CASE WHEN $10::text IS NULL THEN lease END,
       failure = $11, finished_at = CASE WHEN $10::text IS NOT NULL THEN clock_timestamp() END,
       total_rows = CASE WHEN $10 = 'completed' THEN processed_rows + $3 ELSE total_rows END`,
      [
        upload.id,
        upload.lease,
        ...[results.length, inserted, updated, unchanged, skipped, failed, warned],
        end?.status ?? null,
        end?.status === 'failed' ? end.failure : null,
      ],
    );
    const placed = (of: 'errors' | 'warnings'): PlacedFinding[] =>
      results.flatMap((result) => result[of].map((found) => ({ ...found, line: result.line })));
    await this.addFindings(upload.id, 'error', placed('errors'), null);
    await this.addFindings(upload.id, 'warning', [...headerWarnings, ...placed('warnings')], KEPT_WARNINGS);
    await this.addBooks(upload.id, books);
    return counts;
  }

  async cancel(
    id: string,
    expected: ExpectedVersions,
  ): Promise<{ uploadedBy: string; fileName: string; dryRun: boolean; counts: RowCounts | null }> {
    const found = await this.database.maybeOne<{
      status: UploadStatus;
      uploadedBy: string;
      fileName: string;
      dryRun: boolean;
      counts: RowCounts;
    }>(
      `SELECT status, uploaded_by AS "uploadedBy", file_name AS "fileName", (options->>'dryRun')::boolean AS "dryRun", ${COUNTS} AS counts
         FROM catalog.uploads WHERE id = $1 FOR UPDATE`,
      [id],
    );
    if (!found) throw uploadNotFound();
    const { status, counts, ...upload } = found;
    requireVersion(versionOf(status), expected);
    if (status !== 'queued' && status !== 'processing') throw new CatalogError('upload-ended', `It is ${status}.`);
    await this.database.execute(
      `UPDATE catalog.uploads SET status = 'cancelled', lease = NULL, finished_at = clock_timestamp() WHERE id = $1`,
      [id],
    );
    return { ...upload, counts: status === 'queued' ? null : counts };
  }

  async statusesOf(ids: readonly string[]): Promise<Map<string, UploadStatus>> {
    const rows = await this.database.query<{ id: string; status: UploadStatus }>(
      'SELECT id, status FROM catalog.uploads WHERE id = ANY ($1::uuid[])',
      [ids],
    );
    return new Map(rows.map(({ id, status }) => [id, status]));
  }

  async forgetBooks(signal: AbortSignal): Promise<void> {
    await this.removeAll('upload_books', `u.status NOT IN ('queued', 'processing')`, [], signal);
  }

  /** The findings first, for the upload would take all of them with it at once. */
  async removeOld(days: number, signal: AbortSignal): Promise<void> {
    const isOld = 'u.finished_at < now() - make_interval(days => $1)';
    await this.removeAll('upload_findings', isOld, [days], signal);
    await this.database.execute(
      `DELETE FROM catalog.uploads u
        WHERE ${isOld} AND NOT EXISTS (SELECT FROM catalog.upload_findings f WHERE f.upload_id = u.id)
          AND NOT EXISTS (SELECT FROM catalog.upload_books b WHERE b.upload_id = u.id)`,
      [days],
    );
  }

  /** What uploads that are so have in the table. Passes over what another one is removing. */
  private async removeAll(table: string, isSo: string, values: readonly unknown[], signal: AbortSignal): Promise<void> {
    const sql = `DELETE FROM catalog.${table} WHERE ctid = ANY (ARRAY(
                   SELECT t.ctid FROM catalog.uploads u JOIN catalog.${table} t ON t.upload_id = u.id
                    WHERE ${isSo} LIMIT ${BATCH} FOR UPDATE OF t SKIP LOCKED))`;
    let removed = BATCH;
    while (removed === BATCH && !signal.aborted) removed = await this.database.execute(sql, values);
  }

  /** Changes an upload that is ours; `$1` is its id, `$2` the lease, which one that has ended has no more. */
  private async change(assignments: string, values: readonly unknown[]): Promise<RowCounts> {
    const row = await this.database.maybeOne<{ counts: RowCounts }>(
      `UPDATE catalog.uploads SET ${assignments}
        WHERE id = $1 AND lease = $2 RETURNING ${COUNTS} AS counts`,
      values,
    );
    if (!row) throw new LeaseLost('the upload is in other hands, or was cancelled');
    return row.counts;
  }

  /** `most`: no more than so many of the upload. */
  private async addFindings(
    id: string,
    severity: 'error' | 'warning',
    findings: readonly PlacedFinding[],
    most: number | null,
  ): Promise<void> {
    if (findings.length === 0) return;
    const added = most === null ? findings : findings.slice(0, most);
    await this.database.execute(
      `INSERT INTO catalog.upload_findings (upload_id, severity, line, "column", value, reason)
       SELECT $1, $2, line, "column", value, reason
         FROM unnest($3::int[], $4::text[], $5::text[], $6::text[])
              WITH ORDINALITY AS found (line, "column", value, reason, place)
        ORDER BY place
        LIMIT $7::int - (SELECT count(*) FROM catalog.upload_findings WHERE upload_id = $1 AND severity = $2)`,
      [
        id,
        severity,
        added.map(({ line }) => line),
        added.map(({ column }) => column),
        added.map(({ value }) => value),
        added.map(({ reason }) => reason),
        most,
      ],
    );
  }

  private async addBooks(id: string, books: readonly WrittenBook[]): Promise<void> {
    if (books.length === 0) return;
    const rows = books.map(({ bookId, line, isbn, titleKey }) => [id, bookId, line, isbn, titleKey]);
    await this.database.copy('catalog.upload_books', ['upload_id', 'book_id', 'line', 'isbn', 'title_key'], rows);
  }
}
