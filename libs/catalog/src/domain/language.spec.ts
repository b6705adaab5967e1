import { normaliseLanguage } from './language.js';

describe('the language of a book', () => {
  it.each([
    ['eng', 'en'],
    ['EN', 'en'],
    [' en ', 'en'],
    ['en-US', 'en-US'],
    ['en_gb', 'en-GB'],
    ['spa', 'es'],
    ['nl', 'nl'],
    ['fre', 'fr'],
    ['fra', 'fr'],
    ['ger', 'de'],
    ['dut', 'nl'],
    ['rum', 'ro'],
    ['per', 'fa'],
    ['chi', 'zh'],
    ['cze', 'cs'],
    ['gre', 'el'],
    ['ara', 'ar'],
    ['jpn', 'ja'],
    ['nor', 'no'],
    ['fil', 'fil'],
    ['grc', 'grc'],
    ['mul', 'mul'],
    ['und', 'und'],
    ['zxx', 'zxx'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['es-419', 'es-419'],
    ['ca-valencia', 'ca-valencia'],
  ])('%j is %s', (text, tag) => {
    expect(normaliseLanguage(text)).toEqual({ ok: true, value: tag });
  });

  it.each([
    '',
    'English',
    'xx',
    'qqq',
    'en-XQ',
    'e',
    '--',
    'en us',
    'en-x-mine',
    'en-u-ca-buddhist',
    '英語',
    'a'.repeat(99),
  ])('%j is refused with a reason', (text) => {
    const refusal = { ok: false, reason: 'The language is not a known ISO 639 code or BCP 47 tag.' };
    expect(normaliseLanguage(text)).toEqual(refusal);
    expect(normaliseLanguage(text)).toEqual(refusal);
  });

  it('in canonical form stays as it is', () => {
    for (const text of ['eng', 'en_us', 'fre', 'tgl', 'iw', 'sh', 'cmn', 'mul']) {
      const first = normaliseLanguage(text);
      if (!first.ok) throw new Error(`${text} is a language.`);
      expect(normaliseLanguage(first.value)).toEqual(first);
    }
  });
});
