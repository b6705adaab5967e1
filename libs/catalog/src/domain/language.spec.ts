import { normaliseLanguage } from './language.js';

/** ISO 639-1: its two letters, and those of ISO 639-2, terminological and, where it is another, bibliographic. */
const ISO_639_1 = Object.fromEntries(
  (
    'aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul ' +
    'bi:bis bm:bam bn:ben bo:bod/tib br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces/cze cu:chu cv:chv ' +
    'cy:cym/wel da:dan de:deu/ger dv:div dz:dzo ee:ewe el:ell/gre en:eng eo:epo es:spa et:est eu:eus/baq ' +
    'fa:fas/per ff:ful fi:fin fj:fij fo:fao fr:fra/fre fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau ' +
    'he:heb hi:hin ho:hmo hr:hrv ht:hat hu:hun hy:hye/arm hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido ' +
    'is:isl/ice it:ita iu:iku ja:jpn jv:jav ka:kat/geo kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor ' +
    'kr:kau ks:kas ku:kur kv:kom kw:cor ky:kir la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav ' +
    'mg:mlg mh:mah mi:mri/mao mk:mkd/mac ml:mal mn:mon mr:mar ms:msa/may mt:mlt my:mya/bur na:nau nb:nob nd:nde ' +
    'ne:nep ng:ndo nl:nld/dut nn:nno no:nor nr:nbl nv:nav ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli ' +
    'pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron/rum ru:rus rw:kin sa:san sc:srd sd:snd se:sme sg:sag si:sin ' +
    'sk:slk/slo sl:slv sm:smo sn:sna so:som sq:sqi/alb sr:srp ss:ssw st:sot su:sun sv:swe sw:swa ta:tam te:tel ' +
    'tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd ' +
    'uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid yo:yor za:zha zh:zho/chi zu:zul '
  )
    .trim()
    .split(' ')
    .map((row) => {
      const [two = '', codes = ''] = row.split(':');
      return [two, codes.split('/')];
    }),
);
/** All others of ISO 639-2, groups of languages among them. */
const WITHOUT_TWO_LETTERS = (
  'ace ach ada ady afa afh ain akk ale alg alt ang anp apa arc arn arp art arw ast ath aus awa bad bai bal ban ' +
  'bas bat bej bem ber bho bik bin bla bnt bra btk bua bug byn cad cai car cau ceb cel chb chg chk chm chn cho ' +
  'chp chr chy cmc cnr cop cpe cpf cpp crh crp csb cus dak dar day del den dgr din doi dra dsb dua dum dyu efi ' +
  'egy eka elx enm ewo fan fat fil fiu fon frm fro frr frs fur gaa gay gba gem gez gil gmh goh gon gor got grb ' +
  'grc gsw gwi hai haw hil him hit hmn hsb hup iba ijo ilo inc ine inh ira iro jbo jpr jrb kaa kab kac kam kar ' +
  'kaw kbd kha khi kho kmb kok kos kpe krc krl kro kru kum kut lad lah lam lez lol loz lua lui lun luo lus mad ' +
  'mag mai mak man map mas mdf mdr men mga mic min mis mkh mnc mni mno moh mos mul mun mus mwl mwr myn myv nah ' +
  'nai nap nds new nia nic niu nog non nqo nso nub nwc nym nyn nyo nzi osa ota oto paa pag pal pam pap pau peo ' +
  'phi phn pon pra pro raj rap rar roa rom rup sad sah sai sal sam sas sat scn sco sel sem sga sgn shn sid sio ' +
  'sit sla sma smi smj smn sms snk sog son srn srr ssa suk sus sux syc syr tai tem ter tet tig tiv tkl tlh tli ' +
  'tmh tog tpi tsi tum tup tut tvl tyv udm uga umb und vai vot wak wal war was wen xal yao yap ypk zap zbl zen ' +
  'zgh znd zun zxx zza '
)
  .trim()
  .split(' ');

function tagOf(code: string): string {
  const language = normaliseLanguage(code);
  return language.ok ? language.value : language.reason;
}

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

  it('is the code of ISO 639-1 where there is one, else that of ISO 639-2', () => {
    const wrong = Object.entries(ISO_639_1).flatMap(([two, codes]) =>
      [two, ...codes].filter((code) => normaliseLanguage(code.toUpperCase()).ok === false || tagOf(code) !== two),
    );
    expect(wrong).toEqual([]);
    expect(Object.keys(ISO_639_1)).toHaveLength(183);
    expect(WITHOUT_TWO_LETTERS.filter((code) => tagOf(code) !== code)).toEqual([]);
  });

  it('keeps its region and script', () => {
    expect(['tgl_PH', 'tl-Latn-ph', 'SRP-cyrl', 'por_br', 'zho-TW', 'nob-NO'].map(tagOf)).toEqual([
      ...['tl-PH', 'tl-Latn-PH', 'sr-Cyrl', 'pt-BR', 'zh-TW', 'nb-NO'],
    ]);
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
    'und-US',
    'roa-FR-x-mine',
    'a'.repeat(99),
  ])('%j is refused with a reason', (text) => {
    const refusal = { ok: false, reason: 'The language is not a known ISO 639 code or BCP 47 tag.' };
    expect(normaliseLanguage(text)).toEqual(refusal);
    expect(normaliseLanguage(text)).toEqual(refusal);
  });

  it('in canonical form stays as it is', () => {
    for (const text of ['twi', 'hbs', 'roa', 'tgl-PH', 'eng', 'en_us', 'fre', 'tgl', 'iw', 'sh', 'cmn', 'mul']) {
      const first = normaliseLanguage(text);
      if (!first.ok) throw new Error(`${text} is a language.`);
      expect(normaliseLanguage(first.value)).toEqual(first);
    }
  });
});
