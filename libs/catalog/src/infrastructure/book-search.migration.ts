import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What lets indexes answer every search, whatever is typed (docs/search.md). */
export class BookSearch1763770200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SIGNS);
    await runner.query(MATCHING);
    await runner.query(WORDS);
    await runner.query(LISTS);
    await runner.query('DROP FUNCTION catalog.books_like');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION catalog.books_like(typed text) RETURNS SETOF uuid LANGUAGE sql STABLE
      SET pg_trgm.word_similarity_threshold = 0.4 AS $$
        SELECT id FROM catalog.books
         WHERE platform.fold(typed) OPERATOR(public.<%) search_text
         ORDER BY public.word_similarity(platform.fold(typed), search_text) DESC, id
         LIMIT 1000
      $$;
      DROP INDEX catalog.books_language;
      ALTER TABLE catalog.books ALTER search_text SET STATISTICS -1;
      DROP TRIGGER books_added ON catalog.books;
      DROP TRIGGER books_changed ON catalog.books;
      DROP FUNCTION catalog.learn_added, catalog.learn_changed, catalog.learn, catalog.words_like,
        catalog.letters;
      DROP TABLE catalog.words;
      DROP FUNCTION catalog.mentions, catalog.begins_word;
      DROP INDEX catalog.books_signs;
      DROP FUNCTION catalog.signs;
    `);
  }
}

/** Scripts without spaces between words, or with endings stuck to them: there one character can be a word. */
const JOINED = String.raw`\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u2E80-\u9FFF\uAC00-\uD7FF\uF900-\uFAFF\U00020000-\U0003FFFF`;

const SIGNS = String.raw`
  -- What trigrams do not hold: signs, and the characters of the scripts that do not part words by spaces; both in pairs too.
  CREATE FUNCTION catalog.signs(folded text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
    DECLARE
      rest text := regexp_replace(folded, '[a-z0-9[:space:]]+', ' ', 'g');
    BEGIN
      IF rest IN ('', ' ') THEN RETURN '{}'; END IF;
      RETURN coalesce((
        SELECT array_agg(DISTINCT gram)
          FROM (SELECT c, c || lead(c) OVER (ORDER BY place) AS pair
                  FROM string_to_table(rest, NULL) WITH ORDINALITY AS s (c, place)) AS characters,
               unnest(ARRAY[c, pair]) AS gram
         WHERE gram ~ '^([^[:alnum:][:space:]]{1,2}|[${JOINED}]{1,2})$'), '{}');
    END
  $$;
  CREATE INDEX books_signs ON catalog.books USING gin (catalog.signs(search_text));
`;

const MATCHING = String.raw`
  -- Whether a word of the text begins so: the text itself, or what follows a space. No word begins with a sign.
  CREATE FUNCTION catalog.begins_word(search_text text, word text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN platform.fold(word) ~ '^[[:alnum:]]'
    THEN search_text LIKE substr(catalog.containing(word), 2) OR search_text LIKE '% ' || substr(catalog.containing(word), 2)
    ELSE false
  END;

  -- Whether a text has the word: anywhere when it has three letters or digits in a row, for then trigrams find it; signs
  -- and the scripts without spaces anywhere too; one or two letters, with points and commas, only where a word begins. Inlined into a statement,
  -- with the word known the planner sees only the branch that counts.
  CREATE FUNCTION catalog.mentions(search_text text, word text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN platform.fold(word) ~ '[[:alnum:]]{3}' THEN search_text LIKE catalog.containing(word)
    WHEN platform.fold(word) ~ '^[^[:alnum:]]|[^[:alnum:].,:;''()/-]|[${JOINED}]'
      THEN search_text LIKE catalog.containing(word) AND catalog.signs(search_text) @> catalog.signs(platform.fold(word))
    ELSE catalog.begins_word(search_text, word)
  END;
`;

const WORDS = `
  -- Every word that a book has or had, to guess what a mistyped one was meant to be. A word may stand here twice: with a
  -- unique index, writers of the same new word would wait for each other.
  CREATE TABLE catalog.words (word text COLLATE "C" NOT NULL);

  CREATE FUNCTION catalog.learn(texts text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO catalog.words (word)
    SELECT DISTINCT said.word COLLATE "C"
      FROM unnest(texts) AS heard, regexp_split_to_table(heard, '[^[:alnum:]]+') AS said (word)
     WHERE char_length(said.word) BETWEEN 3 AND 60 AND said.word !~ '^[0-9]+$'
       AND NOT EXISTS (SELECT FROM catalog.words known WHERE known.word = said.word COLLATE "C")
  $$;
  SELECT catalog.learn(array_agg(search_text)) FROM catalog.books;
  CREATE INDEX words_word ON catalog.words (word);
  CREATE INDEX words_likeness ON catalog.words USING gin (word public.gin_trgm_ops);
  ANALYZE catalog.words;

  CREATE FUNCTION catalog.learn_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM catalog.learn(array_agg(search_text)) FROM added;
      RETURN NULL;
    END
  $$;
  CREATE FUNCTION catalog.learn_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM catalog.learn(array_agg(now.search_text))
         FROM changed now JOIN present was USING (id) WHERE now.search_text <> was.search_text;
      RETURN NULL;
    END
  $$;
  CREATE TRIGGER books_added AFTER INSERT ON catalog.books REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.learn_added();
  CREATE TRIGGER books_changed AFTER UPDATE ON catalog.books REFERENCING OLD TABLE AS present NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.learn_changed();

  CREATE FUNCTION catalog.letters(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg(letter, '' ORDER BY letter COLLATE "C") FROM string_to_table(word, NULL) AS letter
  $$;

  -- The words most like a mistyped one, best first; the word itself when it is known. Swapped letters, which change most of
  -- a short word's trigrams, count as a lesser error than they do.
  CREATE FUNCTION catalog.words_like(typed text) RETURNS SETOF text LANGUAGE sql STABLE
  SET pg_trgm.similarity_threshold = 0.25 AS $$
    SELECT word
      FROM (SELECT DISTINCT word, public.similarity(word, platform.fold(typed))
                     + CASE WHEN char_length(word) = char_length(platform.fold(typed))
                             AND catalog.letters(word) = catalog.letters(platform.fold(typed)) THEN 0.5 ELSE 0 END AS likeness
              FROM catalog.words WHERE word OPERATOR(public.%) platform.fold(typed)) AS alike
     ORDER BY likeness DESC, word LIMIT 5
  $$;
`;

const LISTS = `
  -- Finds \`en\` and \`en-GB\`; the default collation would serve equality only.
  CREATE INDEX books_language ON catalog.books (language text_pattern_ops);

  -- A hundred samples, the default, take a word of one book in a thousand for one in fifty every now and then.
  ALTER TABLE catalog.books ALTER search_text SET STATISTICS 500;
  ANALYZE catalog.books (search_text);
`;
