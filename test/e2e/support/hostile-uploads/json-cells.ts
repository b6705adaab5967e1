import { END, field, filePart, type HostileUpload, post, quoted, table, upload } from './hostile-upload.js';

const deep = (levels: number, open: string, close: string): string => `${open.repeat(levels)}1${close.repeat(levels)}`;

/** JSON in cells and in the mapping, where objects are made of it. */
export const HOSTILE_JSON: HostileUpload[] = [
  [
    'a list of authors with halves of pairs and NULs',
    upload(
      table(
        'title,price,authors',
        `Emma,1,${quoted('["a\\ud800b"]')}`,
        `Evelina,1,${quoted('["a\\u0000b"]')}`,
        `Cecilia,1,${quoted('["a\\u0007b"]')}`,
      ),
    ),
    ['completed: 3 failed', '2,3,4 authors: The name of an author has control characters.'],
  ],
  [
    'metadata with halves of pairs and NULs',
    upload(
      table(
        'title,price,metadata.note',
        `Emma,1,${quoted('"a\\ud800b"')}`,
        `Evelina,1,${quoted('"a\\u0000b"')}`,
        `Cecilia,1,${quoted('["\\udc00"]')}`,
        `Camilla,1,${quoted('{"\\ud800": 1}')}`,
      ),
    ),
    [
      'completed: 4 failed',
      '2,4 metadata.note: A metadata value has half of a surrogate pair.',
      '3 metadata.note: A metadata value has a NUL character.',
      '5 metadata.note: Another key is needed: a metadata key has no dot, no control character and no leading $.',
    ],
  ],
  [
    'deep JSON',
    upload(
      table(
        'title,price,metadata.note,metadata,holdings',
        ...[deep(100_000, '[', ']'), deep(5_000, '{"a":', '}')].flatMap((json) => [
          `a,1,${quoted(json)},,`,
          `b,1,,${quoted(json)},`,
          `c,1,,,${quoted(json)}`,
        ]),
      ),
    ),
    [
      'completed: 6 failed',
      '2,5 metadata.note: Metadata is nested deeper than 32.',
      '3 : The metadata is larger than 64 KiB.',
      '4 holdings: The holdings are not a JSON object {"<library>": units}.',
      '6 metadata: Metadata is nested deeper than 32.',
      '7 holdings: The units of a library are not a whole number from 0 to 100000.',
    ],
  ],
  [
    'JSON that pollutes',
    upload(
      table(
        'title,price,metadata,metadata.note,holdings',
        `a,1,${quoted('{"__proto__": {"admin": true}}')},,`,
        `b,1,${quoted('{"constructor": {"prototype": {}}}')},,`,
        `c,1,,${quoted('{"a": [{"__proto__": 1}]}')},`,
        `d,1,,,${quoted('{"__proto__": 1}')}`,
      ),
    ),
    [
      'completed: 4 failed',
      '2 metadata: "__proto__" cannot be a metadata key.',
      '3 metadata: "constructor" cannot be a metadata key.',
      '4 metadata.note: "__proto__" cannot be a metadata key.',
      '5 holdings: The holdings name a library that cannot be.',
    ],
  ],
  [
    'JSON with numbers beyond a double',
    upload(
      table(
        'title,price,metadata.note',
        `a,1,1e999`,
        `b,1,${quoted('{"n": 1e999}')}`,
        `c,1,${quoted(`{"n": ${'9'.repeat(1000)}}`)}`,
        `d,1,${'9'.repeat(1000)}`,
      ),
    ),
    ['completed: 2 inserted, 2 failed', '3,4 metadata.note: A metadata number is too large.'],
  ],
  [
    'metadata of more than 64 KiB',
    upload(
      table(
        'title,price,note',
        `Emma,1,${'x'.repeat(65_537)}`,
        `Evelina,1,${'é'.repeat(40_000)}`,
        `Cecilia,1,${'x'.repeat(65_000)}`,
      ),
    ),
    ['completed: 1 inserted, 2 failed', '2,3 : The metadata is larger than 64 KiB.'],
  ],
  [
    'holdings that cannot be',
    upload(
      table(
        'title,price,holdings',
        ...[
          '[]',
          '1',
          '{"Main Library": -1}',
          '{"Main Library": 1e9}',
          '{"Main Library": "1"}',
          '{"": 1}',
          '{"Atlantis": 1}',
          '{"Main Library": 1, " main  library": 2}',
          '{"Main\\u0000": 1}',
        ].map((holdings, at) => `Book ${at},1,${quoted(holdings)}`),
      ),
    ),
    [
      'completed: 9 failed',
      '2,3 holdings: The holdings are not a JSON object {"<library>": units}.',
      '4,5,6 holdings: The units of a library are not a whole number from 0 to 100000.',
      '7,10 holdings: The holdings name a library that cannot be.',
      '8 holdings: There is no such library.',
      '9 holdings: A library is named twice.',
    ],
  ],
  [
    '1,001 libraries in the holdings',
    upload(
      table(
        'title,price,holdings',
        `Emma,1,${quoted(JSON.stringify(Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`L${at}`, 1]))))}`,
      ),
    ),
    ['completed: 1 failed', '2 holdings: More than 1000 libraries.'],
  ],
  [
    'a mapping of columns that are not there',
    post([field('mapping', '{"shelf": "genre"}'), filePart(table('title,price', 'Emma,1')), END]),
    'failed: Line 1: shelf: The mapping names a column that the file does not have; the file has: title, price',
  ],
  [
    'a mapping of two columns to the title',
    post([field('mapping', '{"name": "title"}'), filePart(table('title,name,price', 'Emma,b,1')), END]),
    'failed: Line 1: name: Columns "title" and "name" mean the same; map one to another name.',
  ],
  [
    'a mapping to __proto__',
    post([field('mapping', '{"name": "__proto__"}'), filePart(table('title,name', 'Emma,b')), END]),
    'failed: Line 1: name: "__proto__" cannot be a metadata key. Give the column another name with the mapping.',
  ],
  [
    'a mapping of __proto__',
    post([field('mapping', '{"__proto__": "genre"}'), filePart(table('title,name', 'Emma,b')), END]),
    'failed: Line 1: __proto__: The mapping names a column that the file does not have; the file has: title, name',
  ],
];
