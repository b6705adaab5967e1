import type { MigrationClass } from '@holdfast/platform';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { BookDocuments1763770300000, ShownBooks1763770300001 } from './book-documents.migration.js';
import { BookSearch1763770200000 } from './book-search.migration.js';
import { Composition1763770500000 } from './composition.migration.js';
import { ImportSchema1763769950000 } from './import-schema.migration.js';
import { LikelyWords1763770330000 } from './likely-words.migration.js';
import { MetadataIndexes1763770320000 } from './metadata-indexes.migration.js';

export class CatalogSchema1763769900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(HEADINGS);
    await runner.query(BOOKS);
    await runner.query(METADATA);
    await runner.query(READING);
    await runner.query(SEARCH);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA catalog CASCADE');
  }
}

export const catalogMigrations: MigrationClass[] = [
  CatalogSchema1763769900000,
  ImportSchema1763769950000,
  BookSearch1763770200000,
  BookDocuments1763770300000,
  ShownBooks1763770300001,
  MetadataIndexes1763770320000,
  LikelyWords1763770330000,
  Composition1763770500000,
];

const HEADINGS = `
  CREATE SCHEMA catalog;

  CREATE TABLE catalog.genres (
    id         uuid PRIMARY KEY,
    name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    folded     text COLLATE "C" NOT NULL GENERATED ALWAYS AS (platform.fold(name)) STORED,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT genres_name UNIQUE (folded)
  );

  CREATE TABLE catalog.authors (
    id         uuid PRIMARY KEY,
    name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    folded     text COLLATE "C" NOT NULL GENERATED ALWAYS AS (platform.fold(name)) STORED,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT authors_name UNIQUE (folded)
  );
`;

const BOOKS = `
  CREATE TABLE catalog.books (
    id               uuid PRIMARY KEY,
    title            text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 500),
    -- Cut, for an entry of a B-tree has at most 2,700 bytes.
    title_sort       text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(platform.fold(title), 200)) STORED,
    isbn             text CHECK (isbn ~ '^97[89][0-9]{10}$'),
    genre_id         uuid REFERENCES catalog.genres,
    price_cents      integer NOT NULL CHECK (price_cents >= 0),
    description      text,
    publication_date text,
    -- PublicationDate.sortKey: year * 10,000 + month * 100 + day.
    publication_sort integer,
    language         text,
    created_by       uuid,
    version          integer NOT NULL DEFAULT 1,
    created_at       timestamptz(3) NOT NULL DEFAULT now(),
    updated_at       timestamptz(3) NOT NULL DEFAULT now(),
    -- Of catalog.search_text: title, ISBN and authors, folded.
    search_text      text NOT NULL,
    CONSTRAINT books_isbn UNIQUE (isbn),
    CHECK ((publication_date IS NULL) = (publication_sort IS NULL))
  );
  -- One index for each sort of the list, in both directions; books without a date come last in both.
  CREATE INDEX books_by_title ON catalog.books (title_sort, id);
  CREATE INDEX books_by_price ON catalog.books (price_cents, id);
  CREATE INDEX books_by_date ON catalog.books ((coalesce(publication_sort, 1000000000)), id);
  CREATE INDEX books_by_date_down ON catalog.books ((coalesce(publication_sort, -1000000000)), id);
  CREATE INDEX books_by_creation ON catalog.books (created_at, id);
  CREATE INDEX books_genre ON catalog.books (genre_id);
  CREATE INDEX books_search ON catalog.books USING gin (search_text public.gin_trgm_ops);

  CREATE TABLE catalog.book_authors (
    book_id   uuid NOT NULL REFERENCES catalog.books ON DELETE CASCADE,
    author_id uuid NOT NULL REFERENCES catalog.authors,
    -- From 1, in the order that the book names them.
    place     smallint NOT NULL,
    PRIMARY KEY (book_id, author_id)
  );
  CREATE INDEX book_authors_author ON catalog.book_authors (author_id, book_id);
`;

const METADATA = `
  -- Where the metadata is when there is no MongoDB. No foreign key: a book's last word is removed with it by the port.
  CREATE TABLE catalog.book_metadata (
    book_id uuid PRIMARY KEY,
    version integer NOT NULL,
    data    jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object')
  );
  CREATE INDEX book_metadata_search ON catalog.book_metadata USING gin (data jsonb_path_ops);

  -- What MongoDB must still be told (docs/adr/0004): the newest metadata of a book, null when the book is gone.
  CREATE TABLE catalog.metadata_intents (
    book_id  uuid PRIMARY KEY,
    version  integer NOT NULL,
    data     jsonb CHECK (jsonb_typeof(data) = 'object'),
    tried_at timestamptz
  );
`;

const READING = `
  -- The book as the API shows it: the one source for answers, lists and events. json, not jsonb: it keeps the order.
  CREATE FUNCTION catalog.book_json(book catalog.books) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
      'id', book.id,
      'title', book.title,
      'isbn', book.isbn,
      'authors', coalesce((
        SELECT json_agg(json_build_object('id', a.id, 'name', a.name) ORDER BY ba.place)
          FROM catalog.book_authors ba JOIN catalog.authors a ON a.id = ba.author_id
         WHERE ba.book_id = book.id), '[]'),
      'genre', (SELECT json_build_object('id', g.id, 'name', g.name) FROM catalog.genres g WHERE g.id = book.genre_id),
      'price', trim_scale(book.price_cents / 100.0),
      'description', book.description,
      'publicationDate', book.publication_date,
      'language', book.language,
      'units', copies.units,
      'reservedUnits', copies.reserved,
      'availableUnits', copies.units - copies.reserved,
      'queueLength', coalesce((SELECT t.waiting FROM inventory.titles t WHERE t.book_id = book.id), 0),
      'version', book.version,
      'createdBy', book.created_by,
      'createdAt', platform.rfc3339(book.created_at),
      'updatedAt', platform.rfc3339(book.updated_at))
    FROM (SELECT coalesce(sum(h.units), 0) AS units, coalesce(sum(h.reserved), 0) AS reserved
            FROM inventory.holdings h WHERE h.book_id = book.id) AS copies
  $$;
`;

const SEARCH = `
  -- What a search looks through. Whoever changes a title, an ISBN, the authors or an author's name writes it anew.
  CREATE FUNCTION catalog.search_text(title text, isbn text, author_ids uuid[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT platform.fold(concat_ws(' ', title, isbn, (
      SELECT string_agg(a.name, ' ' ORDER BY listed.place)
        FROM unnest(author_ids) WITH ORDINALITY AS listed (id, place) JOIN catalog.authors a ON a.id = listed.id)))
  $$;

  -- A word as a pattern that finds it anywhere. Escaped after folding, which may make a % or a _ of another character.
  CREATE FUNCTION catalog.containing(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN '%' || replace(replace(replace(platform.fold(word), '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%';

  -- The 1,000 books most like what was mistyped. The setting is what the operator <% compares with.
  CREATE FUNCTION catalog.books_like(typed text) RETURNS SETOF uuid LANGUAGE sql STABLE
  SET pg_trgm.word_similarity_threshold = 0.4 AS $$
    SELECT id FROM catalog.books
     WHERE platform.fold(typed) OPERATOR(public.<%) search_text
     ORDER BY public.word_similarity(platform.fold(typed), search_text) DESC, id
     LIMIT 1000
  $$;
`;
