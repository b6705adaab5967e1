import { parsed, refused, type Parsed } from './parsed.js';

const LANGUAGE_NAMES = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
const REGION_NAMES = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
/** Codes of ISO 639-2 that stand for no one language: several, none, not coded, not determined. */
const SPECIAL = new Set(['mul', 'zxx', 'mis', 'und']);
/** Codes of ISO 639-2 for groups of languages (ISO 639-5), which cataloguers use and CLDR does not name. */
const GROUPS = new Set(
  (
    'afa alg alv apa art ath aus bad bai bat ber bih bnt btk cai cau cel cmc cpe cpf cpp crp cus day dra fiu gem gme gmq ' +
    'gmw ijo inc ine ira iro kar khi kro map mkh mno mun myn nah nai nic nub oto paa phi pra roa sai sal sem sgn sio ' +
    'sit sla smi son ssa tai tup tut wak wen ypk zle zls zlw znd'
  ).split(' '),
);
/** Languages of ISO 639 that CLDR makes others of: Tagalog Filipino, Twi and Fante Akan, Montenegrin and Serbo-Croatian Serbian. */
const OWN: Readonly<Record<string, string>> = {
  ...{ tl: 'tl', tgl: 'tl', tw: 'tw', twi: 'tw', fat: 'fat', cnr: 'cnr', sh: 'sh', hbs: 'sh', him: 'him' },
};
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
    const [language = '', ...rest] = text.toLowerCase().split(/[-_]/);
    const own = Object.hasOwn(OWN, language) ? OWN[language] : undefined;
    const locale = new Intl.Locale([own ? 'und' : language, ...rest].join('-'));
    const isPlain = locale.toString() === locale.baseName;
    if (!isPlain || !isKnown(locale, own !== undefined)) return null;
    return own ? locale.baseName.replace('und', own) : locale.baseName;
  } catch {
    return null; // RangeError: not of the form of a tag
  }
}

function isKnown(locale: Intl.Locale, isOwn: boolean): boolean {
  if (SPECIAL.has(locale.baseName) || GROUPS.has(locale.baseName)) return true;
  const knowsRegion = locale.region === undefined || REGION_NAMES.of(locale.region) !== undefined;
  return knowsRegion && (isOwn || LANGUAGE_NAMES.of(locale.language) !== undefined);
}
