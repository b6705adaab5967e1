import { type HostileUpload, upload } from './hostile-upload.js';

const MIB = 1024 * 1024;
const HEADER = 'title,price\n';

const UNCLOSED = 'failed: Line 1: The quote that is opened here is never closed.';

/** Quotes, columns, delimiters and lines that are not as they should be. */
export const BROKEN_CSV: HostileUpload[] = [
  ['a quote that is never closed, at the start', upload(`"${HEADER}Emma,1\n`), UNCLOSED],
  ['a quote that is never closed, in the header', upload('title,"price\nEmma,1\n'), UNCLOSED],
  [
    'a quote that is never closed, in the middle',
    upload(`${HEADER}Emma,1\n"Evelina,2\nCecilia,3\n`),
    'failed: Line 3: The quote that is opened here is never closed.',
  ],
  [
    'a quote that is never closed, in the last byte',
    upload(`${HEADER}Emma,1\n"`),
    'failed: Line 3: The quote that is opened here is never closed.',
  ],
  [
    'a quote that is never closed, after 1 MiB',
    upload(`${HEADER}Emma,1\n"${'x,1\n'.repeat(MIB / 2)}`),
    'failed: Line 3: The record is longer than 1 MiB. A quote that is opened in it is not closed.',
  ],
  [
    'a quote that is closed too late',
    upload(`${HEADER}"Emma,1\nEvelina,2\n"Cecilia",3\nCamilla,4\n`),
    [
      'completed: 1 inserted, 1 failed',
      '2 : There is text after a closing quote; a quote inside quotes is written twice. The quoted text runs over 3 lines, all of which are left out.',
    ],
  ],
  [
    'text after a closing quote',
    upload(`${HEADER}"Emma"x,1\nEvelina,2\n`),
    [
      'completed: 1 inserted, 1 failed',
      '2 : There is text after a closing quote; a quote inside quotes is written twice.',
    ],
  ],
  ['only quotes', upload('"'.repeat(10_001)), UNCLOSED],
  [
    'only pairs of quotes',
    upload('""\n'.repeat(1000)),
    'failed: Line 1: title: There is no column "title"; the file has: (no name)',
  ],
  ['one quote', upload('"'), UNCLOSED],
  [
    '1 MiB of quotes in a cell',
    upload(`${HEADER}"${'""'.repeat(MIB / 2 - 10)}",1\n`),
    ['completed: 1 failed', '2 title: Longer than 500 characters.'],
  ],
  [
    'backslashes before quotes',
    upload(`${HEADER}"Em\\"ma",1\nEvelina,2\n`),
    [
      'completed: 1 inserted, 1 failed',
      '2 : There is text after a closing quote; a quote inside quotes is written twice.',
    ],
  ],
  [
    '100,000 columns in the header',
    upload(`title${',c'.repeat(99_999)}\nEmma\n`),
    'failed: Line 1: The header has 100000 columns; at most 1000 are read.',
  ],
  [
    '100,000 cells in a row',
    upload(`${HEADER}Emma${',1'.repeat(99_999)}\nEvelina,2\n`),
    ['completed: 1 inserted, 1 failed', '2 : The header has 2 columns, this row has 100000.'],
  ],
  [
    '1,000 columns, each with a control character',
    upload(`title${Array.from({ length: 999 }, (_, at) => `,c${at}`).join('')}\n${'\u0001,'.repeat(999)}\u0001\n`),
    [
      'completed: 1 failed',
      '2 title: The cell has control characters.',
      '2 c0: The cell has control characters.',
      '2 c1: The cell has control characters.',
      '2 c2: The cell has control characters.',
      '2 c3: The cell has control characters.',
      '2 c4: The cell has control characters.',
      '2 c5: The cell has control characters.',
      '2 c6: The cell has control characters.',
      '2 c7: The cell has control characters.',
      '2 c8: The cell has control characters.',
      '2 : And more is wrong.',
    ],
  ],
  [
    '999 columns of one name',
    upload(`title${',note'.repeat(999)}\nEmma\n`),
    'failed: Line 1: note: The header has this column more than once.',
  ],
  [
    'two columns of one meaning',
    upload('title,author,authors\nEmma,a,b\n'),
    'failed: Line 1: authors: Columns "author" and "authors" mean the same; map one to another name.',
  ],
  [
    'a column twice',
    upload('title,price,price\nEmma,1,2\n'),
    'failed: Line 1: price: The header has this column more than once.',
  ],
  [
    'columns that differ by case',
    upload('title,TITLE,price\nEmma,Evelina,1\n'),
    'failed: Line 1: TITLE: Columns "title" and "TITLE" mean the same; map one to another name.',
  ],
  ['columns without a name', upload('title,,,price\nEmma,a,b,1\n'), 'completed: 1 inserted'],
  [
    'no column with a name',
    upload(',,,\nEmma,a,b,1\n'),
    'failed: Line 1: title: There is no column "title"; the file has: (no name), (no name), (no name), (no name)',
  ],
  [
    'no title',
    upload('name,price\nEmma,1\n'),
    'failed: Line 1: title: There is no column "title"; the file has: name, price',
  ],
  [
    'a title in look-alike letters',
    upload('tіtle,price\nEmma,1\n'),
    'failed: Line 1: title: There is no column "title"; the file has: tіtle, price',
  ],
  [
    'a title with a zero-width space in its name',
    upload('ti\u200Btle,price\nEmma,1\n'),
    'failed: Line 1: title: There is no column "title"; the file has: ti\u200Btle, price',
  ],
  [
    'no header',
    upload('Emma,1\nEvelina,2\n'),
    'failed: Line 1: title: There is no column "title"; the file has: Emma, 1',
  ],
  [
    'a column __proto__',
    upload('title,__proto__\nEmma,polluted\n'),
    'failed: Line 1: __proto__: "__proto__" cannot be a metadata key. Give the column another name with the mapping.',
  ],
  [
    'a column constructor',
    upload('title,constructor\nEmma,polluted\n'),
    'failed: Line 1: constructor: "constructor" cannot be a metadata key. Give the column another name with the mapping.',
  ],
  [
    'a column prototype in the metadata',
    upload('title,metadata.prototype\nEmma,polluted\n'),
    'failed: Line 1: metadata.prototype: "prototype" cannot be a metadata key. Give the column another name with the mapping.',
  ],
  [
    'columns toString and hasOwnProperty',
    upload('title,price,toString,hasOwnProperty\nEmma,1,a,b\n'),
    'completed: 1 inserted',
  ],
  [
    'a column that is an operator of a store',
    upload('title,price,$where,a.b.c\nEmma,1,x,y\n'),
    [
      'completed: 1 inserted',
      '~1 $where: Kept in the metadata as "_where": a metadata key has no dot, no control character and no leading $.',
      '~1 a.b.c: Kept in the metadata as "a_b_c": a metadata key has no dot, no control character and no leading $.',
    ],
  ],
  [
    'a column whose name is 10 kB long',
    upload(`title,${'c'.repeat(10_000)}\nEmma,1\n`),
    'failed: Line 1: cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc: A metadata key has at most 200 characters. Give the column another name with the mapping.',
  ],
  ['a column whose name is a formula', upload('title,price,=1+1\nEmma,1,2\n'), 'completed: 1 inserted'],
  [
    'a line of nothing but delimiters',
    upload(`${HEADER},\nEmma,1\n`),
    ['completed: 1 inserted, 1 failed', '2 title: The title is missing.'],
  ],
  [
    'nothing but delimiters',
    upload(`${','.repeat(5000)}\n`.repeat(3)),
    'failed: Line 1: The header has 5001 columns; at most 1000 are read.',
  ],
  ['nothing but line breaks', upload('\r\n'.repeat(5000)), 'failed: Line 5001: The file is empty.'],
  ['nothing but white space', upload(' \t\u00a0\u2003\n'.repeat(50)), 'failed: Line 51: The file is empty.'],
  ['nothing but a mark of the byte order', upload('\uFEFF'), 'failed: Line 1: The file is empty.'],
  [
    'mixed ends of lines',
    upload('title,price\rEmma,1\r\nEvelina,2\nCecilia,-3\r\rCamilla,-4\n\rBelinda,-5'),
    ['completed: 2 inserted, 3 failed', '4,6,8 price: The price is negative.'],
  ],
  [
    'lone CRs',
    upload('title,price\rEmma,1\rEvelina,-2\r'),
    ['completed: 1 inserted, 1 failed', '3 price: The price is negative.'],
  ],
  [
    'a record of more than 1 MiB',
    upload(`${HEADER}${'x'.repeat(MIB + 1)},1\nEmma,2\n`),
    ['completed: 1 inserted, 1 failed', '2 : The record is longer than 1 MiB.'],
  ],
  [
    'a header of more than 1 MiB',
    upload(`title,${'x'.repeat(MIB + 1)}\nEmma,2\n`),
    'failed: Line 1: The record is longer than 1 MiB.',
  ],
];
