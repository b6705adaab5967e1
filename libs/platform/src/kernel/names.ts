/** White space, and what takes room or marks a place to break without being seen: none of it belongs at the end of a name. */
const EDGE = /[\s\u00AD\u115F\u1160\u180E\u200B\u2060\u2800\u3164\uFFA0]/;
const UNTIDY = new RegExp(`[^\\S ]| {2}|^${EDGE.source}|${EDGE.source}$`);
/** More marks on one letter than any script needs (UAX #15 takes 30 for safe). */
const PILE_OF_MARKS = /\p{M}{31}/u;
/**
 * Something to see: no mark alone, which needs a letter to stand on, and nothing that is drawn as nothing. U+2800 is a
 * symbol and U+FFF9 to U+FFFB are controls to Unicode, but all of them are blank.
 */
const VISIBLE = /[^\s\p{M}\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800\uFFF9-\uFFFB]/u;

/**
 * The text in NFC. One with a pile of marks stays as it is: to sort them takes the square of their number, for a megabyte
 * of them a quarter of an hour.
 */
export function toNfc(text: string): string {
  return text.length > 30 && PILE_OF_MARKS.test(text) ? text : text.normalize('NFC');
}

/**
 * The name as it is kept: in NFC, every run of white space one space, nothing invisible at its ends. Empty when there is
 * nothing to see in it at all. Joiners, marks of direction and variation selectors stay where they are, also at an end:
 * scripts and emoji need them.
 */
export function tidyName(text: string): string {
  const name = toNfc(text);
  const tidy = UNTIDY.test(name) ? withoutEdges(name.replace(/\s+/g, ' ')) : name;
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

/** By hand, since an expression that looks for the end of the text begins anew at each character. */
function withoutEdges(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && EDGE.test(text.charAt(from))) from++;
  while (to > from && EDGE.test(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}
