const deep = (levels: number, open: string, close: string): string => `${open.repeat(levels)}1${close.repeat(levels)}`;

/** Bodies that no JSON route may take, whatever it is for. */
export const UNREADABLE_BODIES: [string, string | Uint8Array][] = [
  ['half an object', '{'],
  ['text behind the object', '{} {}'],
  ['a bare word', 'title'],
  ['single quotes', "{'title': 'x'}"],
  ['NaN', '{"price": NaN}'],
  ['a list nested 100,000 deep', deep(100_000, '[', ']')],
  ['an object nested 5,000 deep', deep(5_000, '{"a":', '}')],
  ['__proto__', '{"__proto__": {"role": "admin"}}'],
  ['a nested __proto__', '{"a": [{"__proto__": {"role": "admin"}}]}'],
  ['constructor', '{"constructor": {"prototype": {"role": "admin"}}}'],
  ['a number beyond a double', '{"price": 1e999}'],
  ['U+0000', '{"title": "a\\u0000b"}'],
  ['U+0000 in a key', '{"a\\u0000b": 1}'],
  ['half of a surrogate pair', '{"title": "\\ud800"}'],
  ['the other half', '{"title": "\\udc00x"}'],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['UTF-16', Buffer.from('{"title": "x"}', 'utf16le')],
];

/** A body with one of them is none that we read, whatever is in it. */
export const ENCODINGS = ['gzip', 'br', 'deflate', 'zstd', 'x-nothing', 'GZIP', 'gzip, identity', '"'];

/** JSON that is not an object. */
export const NOT_OBJECTS: [string, string][] = [
  ['null', 'null'],
  ['a list', '[]'],
  ['a list of objects', '[{"title": "x", "price": 1}]'],
  ['a number', '1'],
  ['a text', '"x"'],
  ['true', 'true'],
];

export const OTHER_MEDIA_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/jsonp',
  'nonsense',
];

export const BAD_IDS = [
  'x',
  '1',
  '0',
  '-1',
  'null',
  'undefined',
  '%00',
  '%20',
  '*',
  "1'%20OR%20'1'='1",
  '01a201b9-ab8e-71ab-9ae6',
  '01a201b9ab8e71ab9ae6ae6de5756348',
  '{01a201b9-ab8e-71ab-9ae6-ae6de5756348}',
  '01a201b9-ab8e-71ab-9ae6-ae6de5756348%00',
  '01a201b9-ab8e-71ab-9ae6-ae6de575634g',
  'a'.repeat(900),
  '%F0%9F%92%A9',
];

export const BAD_ESCAPES = ['%', '%z', '%zz', '%E0%A4%A', '%FF', '%C0%AF', '%ED%A0%80'];

const cursor = (...parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

export const BAD_CURSORS = [
  'abc',
  '%00',
  '%F0%9F%92%A9',
  cursor(),
  cursor('title', null, null),
  cursor('title', { a: 1 }, ['x']),
  cursor('title', 'a\0b', '01a201b9-ab8e-71ab-9ae6-ae6de5756348'),
  cursor('createdAt', '2026-99-99T00:00:00.000Z', '01a201b9-ab8e-71ab-9ae6-ae6de5756348'),
  cursor('createdAt', '9'.repeat(400), 'x'),
  cursor('price', 1e300, '01a201b9-ab8e-71ab-9ae6-ae6de5756348'),
  cursor('__proto__', 1, 2),
  cursor("title'; DROP TABLE catalog.books; --", 'a', 'b'),
  Buffer.from('{"__proto__":1}').toString('base64url'),
  Buffer.from('"'.repeat(50)).toString('base64url'),
  'A'.repeat(3000),
];

/** What a query parameter of the name must refuse; U+0000 all of them. */
export const BAD_QUERIES: Record<string, string[]> = {
  limit: [
    '0',
    '-1',
    '101',
    'abc',
    '1.5',
    '5.0',
    '1e9',
    '1e1',
    '0x10',
    '%2010',
    '+5',
    'NaN',
    'Infinity',
    '99999999999999999999',
    '',
    '5&limit=6',
  ],
  offset: ['', '-1', '1.5', '1e2', '0x10', 'abc', '1000001', '99999999999999999999', 'NaN', '1&offset=2'],
  cursor: BAD_CURSORS,
  search: ['a'.repeat(10_000), 'a&search=b'],
  sort: ['nothing', '--title', 'title;', "title'", 'title,price', '__proto__', 'constructor', 'title&sort=price'],
  minPrice: ['', '1e1', '0x10', '.5', '5.', '%201', '1,5', 'abc', '-1', '1.005', '1e30', 'Infinity', '1&minPrice=2'],
  maxPrice: ['abc', '-1', '1.005', '1e30', 'NaN'],
  publishedFrom: ['abc', '2020-13', '2020-02-30', '99999', '2020-1-1'],
  publishedTo: ['abc', '2020-00', '2023-02-29', '2020-02-30T00:00:00Z'],
  isbn: ['123', '9780385474543', '0385474548', 'abc', '9780385474542&isbn=9780385474542'],
  available: ['maybe', '1', 'TRUE'],
  language: ['x', 'not a language'],
  status: ['open', 'ACTIVE', 'active,pending'],
  bookId: ['x', '01a201b9-ab8e-71ab-9ae6'],
  customerId: ['x', 'me'],
  overdue: ['maybe', 'true&overdue=false'],
  mode: ['wet'],
  onExisting: ['delete'],
  mapping: ['{', '[]', '1', 'null', '{"a":1}', '{"a":{}}'],
};

/** Where a text is asked for. */
export const NOT_TEXTS: unknown[] = [
  null,
  0,
  123456,
  true,
  [],
  {},
  ['ada@readers.example'],
  { $ne: null },
  { length: 6 },
];

/** Texts that are nobody's name, address, password, code or token. */
export const HOSTILE_TEXTS: string[] = [
  '',
  ' ',
  '@',
  'a@',
  '@a',
  'a@b@c',
  '\0',
  'ada\0',
  '\u{1f4a9}',
  '\u202eada',
  '\ufeffada',
  'İSTANBUL@readers.example',
  'ada@readers.example ',
  ' ada@readers.example',
  'ada@readers.example\r\nBcc: all@readers.example',
  'ada@readers.example,all@readers.example',
  '"ada"@readers.example',
  'ada@[127.0.0.1]',
  'ada+x@readers',
  `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}`,
  "' OR '1'='1",
  "'; DROP TABLE identity.users; --",
  '$argon2id$none',
  '%00',
  '%',
  '_',
  '*',
  '../../etc/passwd',
  '${7*7}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  'x'.repeat(10_000),
  'ä'.repeat(254),
];

/** Nobody's address, code or token, but a username as good as any. */
export const NAMES_OF_OBJECTS: string[] = ['__proto__', 'constructor', 'null', 'undefined'];

/** A code in other words: six digits to somebody, or the same to the eye, but not to us. */
export const misspelledCodes = (code: string): string[] => {
  const digitsFrom = (zero: number): string =>
    [...code].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
  return [
    code.slice(1),
    `${code}0`,
    `0${code}`,
    `${code}\n`,
    ` ${code}`,
    `${code} `,
    `${code.slice(0, 3)} ${code.slice(3)}`,
    `${code.slice(0, 3)},${code.slice(3)}`,
    `${code}.0`,
    `+${code}`,
    `-${code.slice(1)}`,
    `0x${code.slice(2)}`,
    '1e5000',
    `${code}\u200b`,
    `\u202e${code}`,
    digitsFrom(0xff10),
    digitsFrom(0x0660),
    digitsFrom(0x0966),
  ];
};
