import { type HostileUpload, quoted, table, upload } from './hostile-upload.js';

/** An expression with a weakness takes the square of the length for one of these, or worse. */
const BOMBS = ['0', '\u200B', 'a\u0316\u0301', ' ', '&a', 'T00:00'].map((piece) => piece.repeat(60_000 / piece.length));
const COLUMNS =
  'title,author,isbn,price,publication_date,genre,language,description,units,library,holdings,metadata,note';
/** A row for each column and each bomb, which is in no other column. */
const bombs = (): string[] =>
  COLUMNS.split(',').flatMap((_, place, columns) =>
    BOMBS.map((bomb) =>
      columns.map((column, at) => (at === place ? quoted(`0.${bomb}1`) : column === 'title' ? 'x' : '')).join(),
    ),
  );

/** Files that are in order, with cells that are not. */
export const HOSTILE_CELLS: HostileUpload[] = [
  [
    'a formula in each column',
    upload(
      table(
        'title,author,isbn,price,publication_date,genre,language,description,units,library,note',
        ['=1+1', '@SUM(A1)', '=isbn()', '=2*3', '=TODAY()', '+49', '-en', "=cmd|'/C calc'!A0", '=1', '@here', '\t=1']
          .map(quoted)
          .join(),
      ),
    ),
    [
      'completed: 1 failed',
      '2 price: The price is not a number.',
      '2 publication_date: The publication date is not a year, YYYY-MM or YYYY-MM-DD.',
      '2 units: The units are not a whole number from 0 to 100000.',
    ],
  ],
  [
    'formulas that may stay',
    upload(table('title,author,genre,description,note,price', `=1+1,@SUM(A1),+49,"=HYPERLINK(""http://x"")",-2+3,1`)),
    'completed: 1 inserted',
  ],
  [
    'prices that are no numbers',
    upload(
      table(
        'title,price',
        ...[
          'NaN',
          'Infinity',
          '-Infinity',
          '0x10',
          '1e309',
          '1e2',
          '1_000',
          '١٢',
          '１２',
          '--1',
          '+-1',
          '1.2.3',
          '1,2,3',
          '€5',
          '5 EUR',
          'null',
          "1'000.00",
        ].map((price, at) => `"Book ${at}","${price}"`),
      ),
    ),
    [
      'completed: 17 failed',
      '2,3,4,5,6,7,8,9,10,11,12,13,14,17,18 price: The price is not a number.',
      '15,16 price: The price has a currency; give a plain number.',
    ],
  ],
  [
    'prices out of range',
    upload(
      table(
        'title,price',
        'a,-0.01',
        'b,10000000',
        `c,${'9'.repeat(400)}`,
        'd,0.001',
        'e,-0',
        `f,0.${'0'.repeat(1000)}1`,
        `g,1.${'0'.repeat(1000)}`,
      ),
    ),
    [
      'completed: 2 inserted, 5 failed',
      '2 price: The price is negative.',
      '3,4 price: The price is above 9,999,999.99.',
      '5,7 price: The price has more than 2 decimals.',
    ],
  ],
  [
    'dates out of range',
    upload(
      table(
        'title,price,publication_date',
        ...[
          '10000',
          '-10000',
          '99999999999999999999',
          '2024-13',
          '2024-00',
          '2023-02-29',
          '2024-02-30',
          '2024-1-32',
          '0',
          '-0',
          '0000-01-01',
          '08/11/2008',
          'yesterday',
          '2024-01-01T25:61',
          'NaN',
          '1e3',
          '2008.5',
        ].map((date, at) => `Book ${at},1,${date}`),
      ),
    ),
    [
      'completed: 4 inserted, 13 failed',
      '2,3,4 publication_date: The year is not between -9999 and 9999.',
      '5,6 publication_date: There is no such month.',
      '7,8,9 publication_date: There is no such day in this month.',
      '13,14,16,17,18 publication_date: The publication date is not a year, YYYY-MM or YYYY-MM-DD.',
      '~10,11,12 publication_date: There is no year 0; the date is taken as unknown.',
    ],
  ],
  [
    'units out of range',
    upload(
      table(
        'title,price,units',
        ...['-1', '1.5', '100001', '1e3', '0x5', 'many', '9'.repeat(400)].map((units, at) => `Book ${at},1,${units}`),
      ),
    ),
    ['completed: 7 failed', '2,3,4,5,6,7,8 units: The units are not a whole number from 0 to 100000.'],
  ],
  [
    'an ISBN of 10 kB',
    upload(table('title,price,isbn', `Emma,1,${'9'.repeat(10_000)}`, `Evelina,1,${'9-'.repeat(5_000)}`)),
    ['completed: 2 inserted', '~2,3 isbn: An ISBN has 10 or 13 digits. Kept in the metadata.'],
  ],
  [
    'a language of 10 kB',
    upload(
      table('title,price,language', `Emma,1,${'en-'.repeat(3_000)}`, 'Evelina,1,en-x-private', 'Cecilia,1,../../etc'),
    ),
    [
      'completed: 3 inserted',
      '~2,3,4 language: The language is not a known ISO 639 code or BCP 47 tag. Kept in the metadata.',
    ],
  ],
  [
    'a title of 10 kB',
    upload(table('title,price', `${'x'.repeat(10_000)},1`, `${'ﷺ'.repeat(500)},1`, `${'😀'.repeat(250)},1`)),
    ['completed: 2 inserted, 1 failed', '2 title: Longer than 500 characters.'],
  ],
  [
    'an author of 10 kB, and 10,000 authors',
    upload(
      table(
        'title,price,author',
        `Emma,1,${'x'.repeat(10_000)}`,
        `Evelina,1,${'a;b;'.repeat(5_000)}`,
        `Cecilia,1,${quoted(Array.from({ length: 101 }, (_, at) => `A${at}`).join(';'))}`,
        `Camilla,1,${'ﷺ'.repeat(200)}`,
      ),
    ),
    [
      'completed: 2 inserted, 2 failed',
      '2 author: The name of an author is longer than 200 characters.',
      '4 author: More than 100 authors.',
    ],
  ],
  [
    'a description of 100 kB',
    upload(table('title,price,description', `Emma,1,${'x'.repeat(100_000)}`)),
    ['completed: 1 failed', '2 description: Longer than 20000 characters.'],
  ],
  [
    'ids that are none',
    upload(
      table('id,title,price', `' OR 1=1 --,a,1`, '00000000-0000-0000-0000-000000000000,b,1', '../../../etc/passwd,c,1'),
    ),
    ['completed: 3 inserted', '~2,4 id: Not an id of this catalogue. Kept in the metadata.'],
  ],
  [
    'SQL and markup',
    upload(
      table(
        'title,author,genre,price,library',
        `"'; DROP TABLE catalog.books; --","<script>alert(1)</script>","$(rm -rf /)",1,`,
        `"\${7*7} {{7*7}}","../../etc/passwd","%00%0a",1,"' OR ''='"`,
      ),
    ),
    'completed: 2 inserted',
  ],
  [
    'texts that turn about, pile up and hide',
    upload(
      table(
        'title,author,price',
        '\u202Egnp.exe,\u2066a\u2069,1',
        `Z${'\u0301\u0316'.repeat(100)}algo,a,1`,
        `Z${'\u0301\u0316'.repeat(2_000)},a,1`,
        '\u200B\u2060,a,1',
        '\u{E0041}\u{E0042},a,1',
        'a\uFFFEb\uFFFF,a,1',
      ),
    ),
    ['completed: 3 inserted, 3 failed', '4 title: Longer than 500 characters.', '5,6 title: The title is missing.'],
  ],
  [
    'texts that take long to look through, in each column',
    upload(table(COLUMNS, ...bombs())),
    [
      'completed: 3 inserted, 21 skipped, 54 failed',
      '2,3,4,6,7 title: Longer than 500 characters.',
      '8,9,10,12,13 author: The name of an author is longer than 200 characters.',
      '20 price: The price has more than 2 decimals.',
      '21,22,23,24,25 price: The price is not a number.',
      '26,27,28,29,30,31 publication_date: The publication date is not a year, YYYY-MM or YYYY-MM-DD.',
      '32,33,34,36,37 genre: Longer than 100 characters.',
      '44,45,46,47,48,49 description: Longer than 20000 characters.',
      '50,51,52,53,54,55 units: The units are not a whole number from 0 to 100000.',
      '56,57,58,60,61 library: Longer than 200 characters.',
      '62,63,64,65,66,67 holdings: The holdings are not a JSON object {"<library>": units}.',
      '69,70,75,76 : The metadata is larger than 64 KiB.',
      '~5,11,14 price: The price is missing; 0 is taken.',
      '~14,15,16,17,18,19 isbn: An ISBN has 10 or 13 digits. Kept in the metadata.',
      '~15,16,17,18,19,35,38,39,40,41,42,43,59,68,71,72,73,74,77,78,79 : The same book as line 14; left out.',
      '~38,39,40,41,42,43 language: The language is not a known ISO 639 code or BCP 47 tag. Kept in the metadata.',
    ],
  ],
];
