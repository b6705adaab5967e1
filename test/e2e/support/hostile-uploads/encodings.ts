import { type HostileUpload, upload } from './hostile-upload.js';

const HEADER = 'title,price\n';
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');
const utf32 = (text: string, mark = ''): Buffer =>
  Buffer.concat(
    [...`${mark}${text}`].map((character) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(character.codePointAt(0) ?? 0);
      return bytes;
    }),
  );
const bytes = (...pieces: (string | number[])[]): Buffer =>
  Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));

/** Characters that no text has, and bytes that are no characters. */
export const HOSTILE_ENCODINGS: HostileUpload[] = [
  [
    'nothing but NULs',
    upload(Buffer.alloc(4096)),
    'failed: Line 1: The first line has NUL characters: this is no text. Save it as CSV.',
  ],
  [
    'a NUL between all letters of the first line only',
    upload(bytes('t\0i\0t\0l\0e\0\n', 'Emma\n')),
    'failed: Line 1: The first line has NUL characters: this is no text. Save it as CSV.',
  ],
  [
    'NULs in the header',
    upload('tit\0le,price\nEmma,1\n'),
    'failed: Line 1: The first line has NUL characters: this is no text. Save it as CSV.',
  ],
  [
    'NULs in another column of the header',
    upload('title,price,no\0te\nEmma,1,x\n'),
    'failed: Line 1: The first line has NUL characters: this is no text. Save it as CSV.',
  ],
  [
    'NULs in cells',
    upload(`${HEADER}Em\0ma,1\nEvelina,\0\nCecilia,3\n`),
    [
      'completed: 1 inserted, 2 failed',
      '2 title: The cell has control characters.',
      '3 price: The cell has control characters.',
    ],
  ],
  [
    'NULs at the end',
    upload(bytes(`${HEADER}Emma,1\n`, Array<number>(4096).fill(0))),
    ['completed: 1 inserted, 1 failed', '3 : The header has 2 columns, this row has 1.'],
  ],
  [
    'control characters of all kinds',
    upload(`${HEADER}${Array.from({ length: 31 }, (_, at) => `"E${String.fromCharCode(at + 1)}a",1\n`).join('')}`),
    [
      'completed: 1 inserted, 2 skipped, 28 failed',
      '2,3,4,5,6,7,8,9,13,14,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34 title: The cell has control characters.',
      '~11,15 : The same book as line 10; left out.',
    ],
  ],
  [
    'vertical tab, form feed, NEL',
    upload(`${HEADER}"E\u000Ba",1\n"E\u000Ca",1\n"E\u0085a",1\n`),
    ['completed: 3 failed', '2,3,4 title: The cell has control characters.'],
  ],
  ['separators of lines and paragraphs', upload(`${HEADER}Em\u2028ma,1\nEve\u2029lina,2\n`), 'completed: 2 inserted'],
  [
    'a mark of the byte order in the middle',
    upload(`${HEADER}\uFEFFEmma,1\nEve\uFEFFlina,2\n`),
    'completed: 2 inserted',
  ],
  ['two marks of the byte order', upload(`\uFEFF\uFEFF${HEADER}Emma,1\n`), 'completed: 1 inserted'],
  [
    'overlong UTF-8',
    upload(bytes(HEADER, 'Brontë,1\n', [0xc0, 0xaf], ',2\n', [0xe0, 0x80, 0xaf], ',3\n')),
    ['completed: 1 inserted, 2 failed', '3,4 : There are bytes that are not utf-8.'],
  ],
  [
    'surrogates in UTF-8',
    upload(bytes(HEADER, 'Brontë,1\nÉmile,1\n', [0xed, 0xa0, 0x80], ',2\n')),
    ['completed: 2 inserted, 1 failed', '4 : There are bytes that are not utf-8.'],
  ],
  [
    'UTF-8 beyond Unicode',
    upload(bytes(HEADER, 'Brontë,1\n', [0xf4, 0x90, 0x80, 0x80], ',2\n')),
    ['completed: 1 inserted, 1 failed', '3 : There are bytes that are not utf-8.'],
  ],
  [
    'UTF-8 cut off',
    upload(Buffer.from(`${HEADER}Emma,1\nBrontë`).subarray(0, -1)),
    ['completed: 1 inserted, 1 failed', '3 : The header has 2 columns, this row has 1.'],
  ],
  ['UTF-7', upload(`${HEADER}+AGI-ook,1\n+ADw-script+AD4-,2\n`), 'completed: 2 inserted'],
  [
    'UTF-16 with a byte too many',
    upload(Buffer.concat([utf16(`${HEADER}Emma,1\nEvelina,2`), Buffer.from([0x41])])),
    ['completed: 1 inserted, 1 failed', '3 : There are bytes that are not utf-16le.'],
  ],
  [
    'UTF-16 with halves of pairs',
    upload(utf16(`${HEADER}Em\ud800ma,1\nEve\udc00lina,2\nCecilia,3\n`)),
    ['completed: 1 inserted, 2 failed', '2,3 : There are bytes that are not utf-16le.'],
  ],
  [
    'UTF-16 that turns into UTF-8',
    upload(Buffer.concat([utf16(`${HEADER}Emma,1\n`), Buffer.from('Evelina,2\nCecilia,3\n')])),
    ['completed: 1 inserted, 1 failed', '3 : The header has 2 columns, this row has 1.'],
  ],
  [
    'UTF-8 that turns into UTF-16',
    upload(Buffer.concat([Buffer.from(`${HEADER}Emma,1\n`), Buffer.from('Evelina,2\n', 'utf16le')])),
    [
      'completed: 1 inserted, 2 failed',
      '3 title: The cell has control characters.',
      '3 price: The cell has control characters.',
      '4 : The header has 2 columns, this row has 1.',
    ],
  ],
  [
    'UTF-8 and Latin-1 in turn',
    upload(Buffer.concat([Buffer.from(`${HEADER}Brontë,1\nÉmile,2\n`), latin1('Brontë,3\n'), Buffer.from('Emma,4\n')])),
    ['completed: 3 inserted, 1 failed', '4 : There are bytes that are not utf-8.'],
  ],
  [
    'UTF-32 with a mark',
    upload(utf32(`${HEADER}Emma,1\n`, '\uFEFF')),
    'failed: Line 1: UTF-32 is not read; save the file as UTF-8.',
  ],
  [
    'UTF-32 without a mark',
    upload(utf32(`${HEADER}Emma,1\n`)),
    'failed: Line 1: The first line has NUL characters: this is no text. Save it as CSV.',
  ],
  [
    'EBCDIC',
    upload(Buffer.from('a389a3938540d7999983850a', 'hex')),
    'failed: Line 1: title: There is no column "title"; the file has: £‰£“…@×™™ƒ…',
  ],
];
