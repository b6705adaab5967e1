import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A mistyped word is guessed from fewer words, which are likelier (docs/search.md). */
export class LikelyWords1763770330000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A word with each two of its neighbouring letters swapped.
      CREATE FUNCTION catalog.swapped(word text) RETURNS SETOF text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT left(word, n - 1) || substr(word, n + 1, 1) || substr(word, n, 1) || substr(word, n + 2)
          FROM generate_series(1, char_length(word) - 1) AS n
      $$;

      -- The words most like a mistyped one, best first, and none that are much less like it than the best. Swapped letters,
      -- which change most of a short word's trigrams, count as a lesser error than they do.
      CREATE OR REPLACE FUNCTION catalog.words_like(typed text) RETURNS SETOF text LANGUAGE sql STABLE
      SET pg_trgm.similarity_threshold = 0.25 AS $$
        WITH alike AS (
          SELECT w.word, public.similarity(w.word, folded)
                   + CASE WHEN char_length(w.word) = char_length(folded)
                           AND catalog.letters(w.word) = catalog.letters(folded) THEN 0.5 ELSE 0 END AS likeness
            FROM platform.fold(typed) AS folded,
                 LATERAL (SELECT word FROM catalog.words WHERE word OPERATOR(public.%) folded
                          UNION
                          SELECT word FROM catalog.words
                           WHERE word = ANY (ARRAY(SELECT catalog.swapped(folded) COLLATE "C"))) AS w)
        SELECT word FROM alike WHERE likeness >= 0.7 * (SELECT max(likeness) FROM alike) ORDER BY likeness DESC, word LIMIT 5
      $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION catalog.words_like(typed text) RETURNS SETOF text LANGUAGE sql STABLE
      SET pg_trgm.similarity_threshold = 0.25 AS $$
        SELECT word
          FROM (SELECT DISTINCT word, public.similarity(word, platform.fold(typed))
                         + CASE WHEN char_length(word) = char_length(platform.fold(typed))
                                 AND catalog.letters(word) = catalog.letters(platform.fold(typed)) THEN 0.5 ELSE 0 END AS likeness
                  FROM catalog.words WHERE word OPERATOR(public.%) platform.fold(typed)) AS alike
         ORDER BY likeness DESC, word LIMIT 5
      $$;
      DROP FUNCTION catalog.swapped;
    `);
  }
}
