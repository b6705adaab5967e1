/** White space, and what takes room or marks a place to break without being seen: none of it belongs at the end of a name. */
const EDGE = '[\\s\\u00AD\\u115F\\u1160\\u180E\\u200B\\u2060\\u2800\\u3164\\uFFA0]';
const UNTIDY = new RegExp(`[^\\S ]| {2}|^${EDGE}|${EDGE}$`);
const EDGES = new RegExp(`^${EDGE}+|${EDGE}+$`, 'g');
/**
 * Something to see: no mark alone, which needs a letter to stand on, and nothing that is drawn as nothing. U+2800 is a
 * symbol and U+FFF9 to U+FFFB are controls to Unicode, but all of them are blank.
 */
const VISIBLE = /[^\s\p{M}\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800\uFFF9-\uFFFB]/u;

/**
 * The name as it is kept: in NFC, every run of white space one space, nothing invisible at its ends. Empty when there is
 * nothing to see in it at all. Joiners, marks of direction and variation selectors stay where they are, also at an end:
 * scripts and emoji need them.
 */
export function tidyName(text: string): string {
  const name = text.normalize('NFC');
  const tidy = UNTIDY.test(name) ? name.replace(/\s+/g, ' ').replace(EDGES, '') : name;
  return VISIBLE.test(tidy) ? tidy : '';
}

/** Why the value cannot be the name of anything; null when it can. The limit counts UTF-16 code units of the tidy name. */
export function reasonAgainstName(value: unknown, limit: number): string | null {
  if (typeof value !== 'string') return 'must be a text';
  const name = tidyName(value);
  if (name === '') return `must have 1 to ${limit} characters, and something to see`;
  if (name.length > limit) return `must have 1 to ${limit} characters`;
  return /\p{Cc}|\p{Cs}/u.test(name) ? 'must not have control characters' : null;
}
