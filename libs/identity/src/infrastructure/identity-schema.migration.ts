import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IdentitySchema1763769700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA identity;

      CREATE TABLE identity.users (
        id             uuid PRIMARY KEY,
        username       text NOT NULL CHECK (username ~ '^[A-Za-z0-9._-]{3,40}$'),
        email          text NOT NULL CHECK (length(email) <= 254 AND email LIKE '_%@_%'),
        password_hash  text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
        role           text NOT NULL CHECK (role IN ('admin', 'librarian', 'editor', 'author', 'customer')),
        is_active      boolean NOT NULL,
        email_verified boolean NOT NULL,
        version        integer NOT NULL CHECK (version > 0),
        created_at     timestamptz NOT NULL,
        updated_at     timestamptz NOT NULL
      );
      -- Both are ASCII: COLLATE "C" folds them alike in every locale, also a Turkish one.
      CREATE UNIQUE INDEX users_username_unique ON identity.users (lower(username COLLATE "C"));
      CREATE UNIQUE INDEX users_email_unique ON identity.users (lower(email COLLATE "C"));
      CREATE INDEX users_admins ON identity.users (id) WHERE role = 'admin';

      CREATE TABLE identity.customers (
        user_id         uuid PRIMARY KEY REFERENCES identity.users ON DELETE CASCADE,
        full_name       text CHECK (length(full_name) BETWEEN 1 AND 200),
        phone           text CHECK (length(phone) BETWEEN 1 AND 40),
        home_library_id uuid,
        notify_by_email boolean NOT NULL DEFAULT true
      );

      CREATE TABLE identity.sessions (
        id           uuid PRIMARY KEY,
        user_id      uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
        created_at   timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now(),
        expires_at   timestamptz NOT NULL,
        revoked_at   timestamptz,
        user_agent   text,
        address      text
      );
      CREATE INDEX sessions_of_user ON identity.sessions (user_id, id);

      -- Only hashes (SHA-256): who reads this table can use none of them. The seed makes the successor, see sessions.
      CREATE TABLE identity.refresh_tokens (
        token_hash     bytea PRIMARY KEY CHECK (length(token_hash) = 32),
        session_id     uuid NOT NULL REFERENCES identity.sessions ON DELETE CASCADE,
        created_at     timestamptz NOT NULL DEFAULT now(),
        spent_at       timestamptz,
        successor_seed bytea CHECK (length(successor_seed) = 32),
        CONSTRAINT spent_has_successor CHECK ((spent_at IS NULL) = (successor_seed IS NULL))
      );
      CREATE UNIQUE INDEX refresh_tokens_one_unspent ON identity.refresh_tokens (session_id) WHERE spent_at IS NULL;
      CREATE INDEX refresh_tokens_of_session ON identity.refresh_tokens (session_id);

      -- One link per user: a newer one replaces it.
      CREATE TABLE identity.email_verifications (
        user_id    uuid PRIMARY KEY REFERENCES identity.users ON DELETE CASCADE,
        token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
        email      text NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at    timestamptz
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA identity CASCADE');
  }
}
