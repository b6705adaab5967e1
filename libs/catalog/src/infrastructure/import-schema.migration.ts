import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ImportSchema1763769950000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE catalog.uploads (
        id             uuid PRIMARY KEY,
        file_name      text NOT NULL,
        uploaded_by    uuid NOT NULL,
        -- UploadOptions: mapping, dryRun, onExisting.
        options        jsonb NOT NULL,
        status         text NOT NULL DEFAULT 'queued'
                       CHECK (status IN ('queued', 'processing', 'completed', 'failed', 'cancelled')),
        -- Null until the records of the file were counted.
        total_rows     integer,
        -- Also where to go on after a restart: this many records of the file have their outcome.
        processed_rows integer NOT NULL DEFAULT 0,
        inserted_rows  integer NOT NULL DEFAULT 0,
        updated_rows   integer NOT NULL DEFAULT 0,
        unchanged_rows integer NOT NULL DEFAULT 0,
        skipped_rows   integer NOT NULL DEFAULT 0,
        failed_rows    integer NOT NULL DEFAULT 0,
        warned_rows    integer NOT NULL DEFAULT 0,
        failure        text,
        -- Who works on it (a random id of one attempt), and until when nobody else may take it.
        lease          uuid,
        lease_until    timestamptz,
        -- Attempts since the last chunk that ended in an error of ours.
        faults         integer NOT NULL DEFAULT 0,
        created_at     timestamptz NOT NULL DEFAULT now(),
        started_at     timestamptz,
        finished_at    timestamptz,
        CONSTRAINT every_row_has_one_outcome
          CHECK (processed_rows = inserted_rows + updated_rows + unchanged_rows + skipped_rows + failed_rows),
        CONSTRAINT completed_is_all CHECK (status <> 'completed' OR processed_rows = total_rows),
        CONSTRAINT only_work_is_leased CHECK (lease IS NULL OR status = 'processing')
      );
      CREATE INDEX uploads_open ON catalog.uploads (id) WHERE status IN ('queued', 'processing');

      CREATE TABLE catalog.upload_findings (
        upload_id uuid NOT NULL REFERENCES catalog.uploads ON DELETE CASCADE,
        severity  text NOT NULL CHECK (severity IN ('error', 'warning')),
        position  bigint GENERATED ALWAYS AS IDENTITY,
        line      integer NOT NULL,
        "column"  text NOT NULL,
        value     text NOT NULL,
        reason    text NOT NULL,
        PRIMARY KEY (upload_id, severity, position)
      );

      -- Which line of an upload that is under way has said what a book is, and how a later line would mean the same one.
      -- In a dry run the book may be one that is not there.
      CREATE TABLE catalog.upload_books (
        upload_id uuid NOT NULL REFERENCES catalog.uploads ON DELETE CASCADE,
        book_id   uuid NOT NULL,
        line      integer NOT NULL,
        isbn      text,
        title_key uuid,
        PRIMARY KEY (upload_id, book_id),
        CHECK ((isbn IS NULL) <> (title_key IS NULL))
      );
      CREATE INDEX upload_books_isbn ON catalog.upload_books (upload_id, isbn) WHERE isbn IS NOT NULL;
      CREATE INDEX upload_books_title ON catalog.upload_books (upload_id, title_key) WHERE title_key IS NOT NULL;

      -- What tells books without an ISBN apart: title and first author, case and accents folded.
      CREATE FUNCTION catalog.title_key(title text, author text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN md5(platform.fold(title) || E'\\x1f' || coalesce(platform.fold(author), ''))::uuid;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE catalog.upload_books, catalog.upload_findings, catalog.uploads;
      DROP FUNCTION catalog.title_key;
    `);
  }
}
