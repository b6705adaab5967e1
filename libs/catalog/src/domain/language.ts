import { parsed, refused, type Parsed } from './parsed.js';

const LANGUAGE_NAMES = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
const REGION_NAMES = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
/** Codes of ISO 639-2 that stand for no one language: several, none, not coded, not determined. */
const SPECIAL = new Set(['mul', 'zxx', 'mis', 'und']);
const LONGEST_TAG = 35;
const MEMORY = 2_000;

const known = new Map<string, Parsed<string>>();

/**
 * The language of a book as a canonical BCP 47 tag (RFC 5646): two letters of ISO 639-1 where they exist, else three;
 * script, region and variant are kept. `eng` and `EN` are `en`, `en_us` is `en-US`, the bibliographic `fre`, `ger` and
 * `dut` are `fr`, `de` and `nl`; `mul` stays. Names of languages (`English`), private tags and codes that CLDR does not
 * know are refused.
 */
export function normaliseLanguage(text: string): Parsed<string> {
  const trimmed = text.trim();
  const remembered = known.get(trimmed);
  if (remembered) return remembered;
  const tag = canonicalTag(trimmed);
  const result = tag === null ? refused('The language is not a known ISO 639 code or BCP 47 tag.') : parsed(tag);
  // An import asks for the same few codes a million times; the limit keeps hostile columns out of memory.
  if (known.size < MEMORY && trimmed.length <= LONGEST_TAG) known.set(trimmed, result);
  return result;
}

function canonicalTag(text: string): string | null {
  if (text.length > LONGEST_TAG) return null;
  try {
    const locale = new Intl.Locale(text.replaceAll('_', '-'));
    const isPlain = locale.toString() === locale.baseName;
    return isPlain && isKnown(locale) ? locale.baseName : null;
  } catch {
    return null; // RangeError: not of the form of a tag
  }
}

function isKnown(locale: Intl.Locale): boolean {
  if (SPECIAL.has(locale.baseName)) return true;
  const knowsRegion = locale.region === undefined || REGION_NAMES.of(locale.region) !== undefined;
  return knowsRegion && LANGUAGE_NAMES.of(locale.language) !== undefined;
}
