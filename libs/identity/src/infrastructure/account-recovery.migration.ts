import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One-time codes and what they open, who changed what, and what searches and clean-ups need. */
export class AccountRecovery1763770100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- One code per user and purpose: a newer one replaces it, and it goes with its use. Hashed with argon2id, since a
      -- million codes are soon tried.
      CREATE TABLE identity.one_time_codes (
        user_id    uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
        purpose    text NOT NULL CHECK (purpose IN ('password_reset')),
        email      text NOT NULL,
        code_hash  text NOT NULL CHECK (code_hash LIKE '$argon2id$%'),
        expires_at timestamptz NOT NULL,
        tries      integer NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
        PRIMARY KEY (user_id, purpose)
      );

      -- What a right code gives: one token per user, kept as its SHA-256 hash. It goes with its use.
      CREATE TABLE identity.password_resets (
        user_id    uuid PRIMARY KEY REFERENCES identity.users ON DELETE CASCADE,
        token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
        expires_at timestamptz NOT NULL
      );

      -- Who changed which account, and what. No references: it outlives the accounts.
      CREATE TABLE identity.audit (
        id         uuid PRIMARY KEY,
        at         timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        user_id    uuid NOT NULL,
        actor_id   uuid,
        action     text NOT NULL,
        changes    jsonb NOT NULL,
        request_id text
      );
      CREATE INDEX audit_at ON identity.audit (at, id);
      CREATE INDEX audit_of_user ON identity.audit (user_id, at, id);
      CREATE INDEX audit_by_actor ON identity.audit (actor_id, at, id) WHERE actor_id IS NOT NULL;
      CREATE INDEX audit_of_action ON identity.audit (action, at, id);

      -- What searches look through. The space before each part is where a word begins, see identity.containing.
      CREATE FUNCTION identity.search_text(username text, email text, full_name text DEFAULT NULL) RETURNS text
      LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN platform.fold(' ' || username || ' ' || email || coalesce(' ' || regexp_replace(full_name, '\\s+', ' ', 'g'), ''));
      -- An index of an expression: a column of it would rewrite the table, and nobody could sign in meanwhile.
      CREATE INDEX users_search ON identity.users USING gin (identity.search_text(username, email) public.gin_trgm_ops);
      -- With the username and the address, so that one index serves a list of customers. Written with every save.
      ALTER TABLE identity.customers ADD search_text text NOT NULL DEFAULT '';
      UPDATE identity.customers c SET search_text = identity.search_text(u.username, u.email, c.full_name)
        FROM identity.users u WHERE u.id = c.user_id;
      CREATE INDEX customers_search ON identity.customers USING gin (search_text public.gin_trgm_ops);
      -- Lists by role or state, in the order of age. The index of admins is a part of the first one.
      CREATE INDEX users_by_role ON identity.users (role, id);
      CREATE INDEX users_inactive ON identity.users (id) WHERE NOT is_active;
      DROP INDEX identity.users_admins;

      -- A pattern that finds what was typed anywhere; one or two characters only where a word begins, for the index
      -- knows nothing shorter than three. Escaped after folding, which may make a % or a _ of another character.
      CREATE FUNCTION identity.containing(typed text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN '%' || CASE WHEN length(platform.fold(typed)) < 3 THEN ' ' ELSE '' END
        || replace(replace(replace(platform.fold(typed), '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%';

      -- The rotations of a session lately, and what of all sessions was spent long ago.
      CREATE INDEX refresh_tokens_spent_of_session ON identity.refresh_tokens (session_id, spent_at);
      CREATE INDEX refresh_tokens_spent ON identity.refresh_tokens (spent_at) WHERE spent_at IS NOT NULL;
      DROP INDEX identity.refresh_tokens_of_session;

      CREATE INDEX sessions_over ON identity.sessions (least(expires_at, revoked_at));
      CREATE INDEX email_verifications_unopened ON identity.email_verifications (expires_at) WHERE used_at IS NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX refresh_tokens_of_session ON identity.refresh_tokens (session_id);
      DROP INDEX identity.refresh_tokens_spent, identity.refresh_tokens_spent_of_session;
      DROP INDEX identity.sessions_over, identity.email_verifications_unopened, identity.users_by_role, identity.users_inactive;
      CREATE INDEX users_admins ON identity.users (id) WHERE role = 'admin';
      DROP FUNCTION identity.containing;
      ALTER TABLE identity.customers DROP search_text;
      DROP INDEX identity.users_search;
      DROP FUNCTION identity.search_text;
      DROP TABLE identity.audit, identity.password_resets, identity.one_time_codes;
    `);
  }
}
