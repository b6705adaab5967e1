import {
  BOUNDARY,
  chunked,
  CRLF,
  END,
  field,
  filePart,
  type HostileUpload,
  repeated,
  uploadLarge,
} from './hostile-upload.js';

const MIB = 1024 * 1024;
const HEADER = 'title,price\n';
const megabyte = (piece: string): Buffer => Buffer.from(piece.repeat(MIB / piece.length));
const around = (first: string, middle: string, megabytes: number, last = ''): HostileUpload[1] =>
  uploadLarge(function* () {
    yield first;
    yield* repeated(megabyte(middle), megabytes);
    yield last;
  });
/** 100 MiB of letters somewhere in a form. */
const form =
  (before: (string | Buffer)[], after: (string | Buffer)[]): HostileUpload[1] =>
  (authorization) =>
    chunked(authorization, function* () {
      yield* before;
      yield* repeated(megabyte('x'), 100);
      yield* after;
    });
const FILE = filePart(`${HEADER}Emma,1\n`);
/** A part without its end. */
const open = (whole: Buffer): Buffer => whole.subarray(0, -CRLF.length);
const rowsOfBadCells = (rows: number): HostileUpload[1] =>
  uploadLarge(function* () {
    yield `title${Array.from({ length: 999 }, (_, at) => `,c${at}`).join('')}\n`;
    yield* repeated(`${'\u0001,'.repeat(999)}\u0001\n`, rows);
  });

/** What is large, and sent piece by piece: nobody needs to hold it. At most 101 MiB are taken here. */
export const LARGE: HostileUpload[] = [
  [
    'a cell of 100 MiB',
    around(`${HEADER}Emma,1\n`, 'xxxxxxxx', 100, ',1\nEvelina,2\n'),
    ['completed: 2 inserted, 1 failed', '3 : The record is longer than 1 MiB.'],
  ],
  [
    'a cell of 20 MiB in quotes',
    around(`${HEADER}Emma,1\n"`, 'xxxxxxxx', 20, '",1\nEvelina,2\n'),
    'failed: Line 3: The record is longer than 1 MiB. A quote that is opened in it is not closed.',
  ],
  [
    'a quote that is never closed, and 20 MiB behind it',
    around(`${HEADER}Emma,1\n"`, 'title,1\n', 20),
    'failed: Line 3: The record is longer than 1 MiB. A quote that is opened in it is not closed.',
  ],
  [
    '20 MiB of quotes',
    around(HEADER, '""""""""', 20),
    'failed: Line 2: The record is longer than 1 MiB. A quote that is opened in it is not closed.',
  ],
  ['a header of 20 MiB', around('title,', 'columns,', 20), 'failed: Line 1: The record is longer than 1 MiB.'],
  [
    '20 MiB of delimiters',
    around(HEADER, ',,,,,,,,', 20, '\nEmma,1\n'),
    ['completed: 1 inserted, 1 failed', '2 : The record is longer than 1 MiB.'],
  ],
  ['20 MiB of NULs', around('', '\0\0\0\0\0\0\0\0', 20), 'failed: Line 1: The record is longer than 1 MiB.'],
  [
    '1,048,576 empty lines before the header',
    around('', '\n', 1, `${HEADER}Emma,-1\n`),
    ['completed: 1 failed', '1048578 price: The price is negative.'],
  ],
  [
    '1,048,576 empty lines behind the header',
    around(HEADER, '\n', 1, 'Emma,-1\n'),
    ['completed: 1 failed', '1048578 price: The price is negative.'],
  ],
  [
    '262,144 lines of white space',
    around('', ' \t\r\n', 1, `${HEADER}Emma,-1\n`),
    ['completed: 1 failed', '262146 price: The price is negative.'],
  ],
  [
    '5 MiB of white space without an end of line',
    around('', '        ', 5, `${HEADER}Emma,-1\n`),
    'failed: Line 1: The record is longer than 1 MiB.',
  ],
  [
    '300 rows of 1,000 bad cells',
    rowsOfBadCells(300),
    [
      'completed: 300 failed',
      '2,3,4,5,6,7,8,9,10,11 title: The cell has control characters.',
      '2,3,4,5,6,7,8,9,10 c0: The cell has control characters.',
      '2,3,4,5,6,7,8,9,10 c1: The cell has control characters.',
      '2,3,4,5,6,7,8,9,10 c2: The cell has control characters.',
      '2,3,4,5,6,7,8,9,10 c3: The cell has control characters.',
      '2,3,4,5,6,7,8,9,10 c4: The cell has control characters.',
      '2,3,4,5,6,7,8,9,10 c5: The cell has control characters.',
      '2,3,4,5,6,7,8,9,10 c6: The cell has control characters.',
      '2,3,4,5,6,7,8,9,10 c7: The cell has control characters.',
      '2,3,4,5,6,7,8,9,10 c8: The cell has control characters.',
      '2,3,4,5,6,7,8,9,10 : And more is wrong.',
    ],
  ],
  [
    'a file of more bytes than are taken',
    around(HEADER, 'xxxxxxxx', 102),
    '413 /problems/payload-too-large: The file is larger than the limit of this installation.',
  ],
  [
    'a preamble of 100 MiB',
    form([], [FILE, END]),
    '400 /problems/malformed-request: The form cannot be read: it does not begin with its boundary.',
  ],
  [
    'an epilogue of 100 MiB',
    form([FILE, END], []),
    '400 /problems/malformed-request: The form cannot be read: something follows its last boundary.',
  ],
  [
    'a field of 100 MiB',
    form([open(field('mapping', ''))], [CRLF, END]),
    '400 /problems/invalid-input: /mapping is too long',
  ],
  [
    'a field of 100 MiB that there is not',
    form([open(field('colour', ''))], [CRLF, END]),
    '400 /problems/invalid-input: /colour is not a known field',
  ],
  [
    'a header of a part of 100 MiB',
    form([`--${BOUNDARY}${CRLF}X: `], [CRLF, CRLF, FILE, END]),
    '400 /problems/malformed-request: The form cannot be read: the header of a part is longer than 16384 bytes.',
  ],
];
