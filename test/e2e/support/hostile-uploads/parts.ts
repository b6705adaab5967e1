import { gzipSync } from 'node:zlib';
import { BOUNDARY, CRLF, END, field, filePart, type HostileUpload, part, post, UNREADABLE } from './hostile-upload.js';

const CSV = 'title,price\nEmma,1\n';
const FILE = filePart(CSV);
const DISPOSITION = 'Content-Disposition: form-data; name="file"; filename="books.csv"';
const named = (disposition: string): HostileUpload[1] => post([part(`Content-Disposition: ${disposition}`, CSV), END]);

/** Parts of a form that are not what they should be, or not there, or too many. */
export const HOSTILE_PARTS: HostileUpload[] = [
  [
    'two files',
    post([FILE, filePart('title,price\nEvelina,2\n', 'more.csv'), END]),
    '400 /problems/invalid-input: /file is given twice',
  ],
  ['twenty files', post([...Array<Buffer>(20).fill(FILE), END]), '400 /problems/invalid-input: /file is given twice'],
  [
    'a file under another name',
    named('form-data; name="books"; filename="books.csv"'),
    '400 /problems/invalid-input: /books is not a known field; the file is expected as "file"',
  ],
  ['a file without a name', named('form-data; filename="books.csv"'), `${UNREADABLE} a part has no name.`],
  [
    'a file with an empty name',
    named('form-data; name=""; filename="books.csv"'),
    '400 /problems/invalid-input: / is not a known field; the file is expected as "file"',
  ],
  ['a file that says it is a field', named('form-data; name="file"'), 'completed: 1 inserted'],
  [
    'a field without a name',
    post([part('Content-Disposition: form-data', 'x'), FILE, END]),
    `${UNREADABLE} a part has no name.`,
  ],
  [
    'a part without a disposition',
    post([part('Content-Type: text/csv', CSV), END]),
    `${UNREADABLE} a part has no name.`,
  ],
  [
    'a part without a disposition before the file',
    post([part('X-Mode: dry-run', 'dry-run'), FILE, END]),
    `${UNREADABLE} a part has no name.`,
  ],
  [
    'a part without a disposition after the file',
    post([FILE, part('X-Mode: dry-run', 'dry-run'), END]),
    `${UNREADABLE} a part has no name.`,
  ],
  [
    'a part of another disposition',
    named('attachment; name="file"; filename="books.csv"'),
    `${UNREADABLE} a part has no name.`,
  ],
  [
    'a part without headers',
    post([`--${BOUNDARY}${CRLF}${CRLF}${CSV}${CRLF}`, END]),
    `${UNREADABLE} a part has no name.`,
  ],
  ['an empty file', post([filePart(''), END]), '400 /problems/invalid-input: /file is empty'],
  [
    'a field that there is not',
    post([field('admin', 'true'), FILE, END]),
    '400 /problems/invalid-input: /admin is not a known field',
  ],
  [
    'a field __proto__',
    post([field('__proto__', '{"admin": true}'), FILE, END]),
    '400 /problems/invalid-input: /__proto__ is not a known field',
  ],
  [
    'a field constructor',
    post([field('constructor', 'x'), FILE, END]),
    '400 /problems/invalid-input: /constructor is not a known field',
  ],
  [
    'a file __proto__',
    named('form-data; name="__proto__"; filename="books.csv"'),
    '400 /problems/invalid-input: /__proto__ is not a known field; the file is expected as "file"',
  ],
  [
    'a field twice',
    post([field('mode', 'dry-run'), field('mode', 'import'), FILE, END]),
    '400 /problems/invalid-input: /mode is given twice',
  ],
  [
    'a field in the query and in the form',
    post([field('mode', 'import'), FILE, END], {}, '/api/books/upload?mode=dry-run'),
    '400 /problems/invalid-input: /mode is given twice',
  ],
  [
    'a field after the file',
    post([FILE, field('mode', 'dry-run'), END]),
    '400 /problems/invalid-input: /mode must come before the file',
  ],
  [
    'a field of 1 MB',
    post([field('mapping', `{"a":"${'b'.repeat(1_000_000)}"}`), FILE, END]),
    '400 /problems/invalid-input: /mapping is too long',
  ],
  [
    'a field whose name is 10 kB long',
    post([field('f'.repeat(10_000), 'x'), FILE, END]),
    '400 /problems/invalid-input: /fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff… is not a known field',
  ],
  [
    'eleven fields',
    post([...Array.from({ length: 11 }, (_, at) => field(`f${at}`, 'x')), FILE, END]),
    '400 /problems/invalid-input: /f0 is not a known field',
  ],
  [
    'ten thousand parts',
    post([...Array<Buffer>(10_000).fill(field('mode', 'import')), FILE, END]),
    '400 /problems/invalid-input: /mode is given twice',
  ],
  [
    'ten thousand parts without a disposition',
    post([...Array<Buffer>(10_000).fill(part('X: y', 'z')), FILE, END]),
    `${UNREADABLE} a part has no name.`,
  ],
  [
    'ten thousand parts after the file',
    post([FILE, ...Array<Buffer>(10_000).fill(part('X: y', 'z')), END]),
    `${UNREADABLE} a part has no name.`,
  ],
  [
    'ten thousand header lines of a part',
    post([part([...Array<string>(10_000).fill('X-Header: y'), DISPOSITION], CSV), END]),
    `${UNREADABLE} the header of a part is longer than 16384 bytes.`,
  ],
  [
    'ten thousand header lines after the right one',
    post([part([DISPOSITION, ...Array<string>(10_000).fill('X-Header: y')], CSV), END]),
    `${UNREADABLE} the header of a part is longer than 16384 bytes.`,
  ],
  [
    'a header line of 1 MB',
    post([part([DISPOSITION, `X-Header: ${'y'.repeat(1_000_000)}`], CSV), END]),
    `${UNREADABLE} the header of a part is longer than 16384 bytes.`,
  ],
  [
    'a header line without a colon',
    post([part(['nonsense', DISPOSITION], CSV), END]),
    `${UNREADABLE} the header of a part is malformed.`,
  ],
  [
    'a header line that is folded',
    post([part('Content-Disposition: form-data;\r\n name="file";\r\n filename="books.csv"', CSV), END]),
    'completed: 1 inserted',
  ],
  [
    'a header of a part with a lone CR',
    post([part(`X: a\rContent-Disposition: form-data; name="x"\r\n${DISPOSITION}`, CSV), END]),
    `${UNREADABLE} the header of a part is malformed.`,
  ],
  [
    'a field of JSON that is none',
    post([part(['Content-Disposition: form-data; name="mapping"', 'Content-Type: application/json'], '{'), FILE, END]),
    '400 /problems/invalid-input: /mapping The mapping is not a JSON object of column names.',
  ],
  [
    'a field of JSON that pollutes',
    post([
      part(
        ['Content-Disposition: form-data; name="mapping"', 'Content-Type: application/json'],
        '{"__proto__": {"a": "b"}}',
      ),
      FILE,
      END,
    ]),
    '400 /problems/invalid-input: /mapping The mapping gives no column name for "__proto__".',
  ],
  [
    'a field of JSON that is a list',
    post([
      part(['Content-Disposition: form-data; name="mode"', 'Content-Type: application/json'], '["dry-run"]'),
      FILE,
      END,
    ]),
    '400 /problems/invalid-input: /mode must be import or dry-run',
  ],
  [
    'a field in an unknown character set',
    post([
      part(['Content-Disposition: form-data; name="mode"', 'Content-Type: text/plain; charset=klingon'], 'dry-run'),
      FILE,
      END,
    ]),
    'completed: 1 inserted',
  ],
  [
    'a field in UTF-16',
    post([
      part(
        ['Content-Disposition: form-data; name="mode"', 'Content-Type: text/plain; charset=utf-16le'],
        Buffer.from('dry-run', 'utf16le'),
      ),
      FILE,
      END,
    ]),
    '400 /problems/invalid-input: /mode must be import or dry-run',
  ],
  [
    'a mapping that is deep',
    post([field('mapping', `{"a": ${'['.repeat(30_000)}${']'.repeat(30_000)}}`), FILE, END]),
    '400 /problems/invalid-input: /mapping The mapping gives no column name for "a".',
  ],
  [
    'a transfer encoding of a part',
    post([part([DISPOSITION, 'Content-Transfer-Encoding: base64'], Buffer.from(CSV).toString('base64')), END]),
    `${UNREADABLE} a part has a Content-Transfer-Encoding; send it as it is.`,
  ],
  [
    'a Content-Encoding of a part',
    post([part([DISPOSITION, 'Content-Encoding: gzip'], gzipSync(CSV)), END]),
    'failed: Line 1: This is a compressed file; unpack it first.',
  ],
  [
    'a Content-Length of a part that is wrong',
    post([part([DISPOSITION, 'Content-Length: 3'], CSV), END]),
    'completed: 1 inserted',
  ],
];
