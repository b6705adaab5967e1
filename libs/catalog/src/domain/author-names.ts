import { tidyName, toNfc } from '@holdfast/kernel';

/** A `;` that ends an HTML entity (`Smith &amp; Sons`) parts nothing. */
const STRONG_SEPARATOR = /(?<!&(?:[a-z][a-z0-9]{1,30}|#\d{1,7}|#x[0-9a-f]{1,6}));|\|/i;
const WEAK_SEPARATOR = /,\s+/;

/**
 * The authors named in one field, in order: a JSON list of names, else parted by `;` or `|`, and only where neither
 * occurs by `, `. So `Tolkien, J.R.R.;` is one author. Names are tidied, blank ones dropped and so is a name that came
 * before (in any case).
 */
export function partAuthors(field: string): string[] {
  // NFC first: it makes the Greek question mark a semicolon.
  const text = toNfc(field);
  const listed = listOf(text);
  if (listed) return [...new Set(listed.map(tidyName))].filter((name) => name !== '');
  return distinctAuthors(text.split(STRONG_SEPARATOR.test(text) ? STRONG_SEPARATOR : WEAK_SEPARATOR));
}

/** The field that `partAuthors` parts into these tidy names again: by `;`, or a JSON list where that would not do. */
export function joinAuthors(names: readonly string[]): string {
  const joined = names.join(';');
  const field = names.length === 1 && WEAK_SEPARATOR.test(joined) ? `${joined};` : joined;
  const found = partAuthors(field);
  const isFound = found.length === names.length && found.every((name, place) => name === names[place]);
  return isFound ? field : JSON.stringify(names);
}

function listOf(text: string): string[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((name) => typeof name === 'string') ? list : null;
  } catch {
    return null;
  }
}

/** The names tidied, without blank ones and doubles, in their order. */
export function distinctAuthors(names: readonly string[]): string[] {
  const distinct = new Map<string, string>();
  for (const name of names.map(tidyName)) {
    const key = name.toLowerCase();
    if (name !== '' && !distinct.has(key)) distinct.set(key, name);
  }
  return [...distinct.values()];
}
