import { BOUNDARY, CRLF, END, filePart, type HostileUpload, part, post, UNREADABLE } from './hostile-upload.js';

const CSV = 'title,price\nEmma,1\n';
const FILE = filePart(CSV);
const DISPOSITION = 'Content-Disposition: form-data; name="file"; filename="books.csv"';
const typed = (type: string): Record<string, string> => ({ 'Content-Type': type });
/** The whole form with other delimiters between its parts. */
const within = (boundary: string): Buffer =>
  Buffer.from(`--${boundary}${CRLF}${DISPOSITION}${CRLF}${CRLF}${CSV}${CRLF}--${boundary}--${CRLF}`, 'latin1');
const nested = (): Buffer => Buffer.from(`--inner${CRLF}${DISPOSITION}${CRLF}${CRLF}${CSV}${CRLF}--inner--`);

const NO_BOUNDARY =
  '400 /problems/malformed-request: The Content-Type of the form names no boundary of 1 to 70 characters.';

/** Forms that are no forms, or more than one. */
export const HOSTILE_FORMS: HostileUpload[] = [
  ['no boundary', post([FILE, END], typed('multipart/form-data')), NO_BOUNDARY],
  ['an empty boundary', post([FILE, END], typed('multipart/form-data; boundary=')), NO_BOUNDARY],
  ['an empty boundary in quotes', post([FILE, END], typed('multipart/form-data; boundary=""')), NO_BOUNDARY],
  [
    'a wrong boundary',
    post([FILE, END], typed('multipart/form-data; boundary=other')),
    `${UNREADABLE} it ends before its last boundary.`,
  ],
  [
    'a boundary that is longer by a letter',
    post([FILE, END], typed(`multipart/form-data; boundary=${BOUNDARY}x`)),
    `${UNREADABLE} it ends before its last boundary.`,
  ],
  [
    'a boundary of 10 kB',
    post([within('b'.repeat(10_000))], typed(`multipart/form-data; boundary=${'b'.repeat(10_000)}`)),
    NO_BOUNDARY,
  ],
  [
    'a boundary of 71 characters',
    post([within('b'.repeat(71))], typed(`multipart/form-data; boundary=${'b'.repeat(71)}`)),
    NO_BOUNDARY,
  ],
  ['a boundary of one dash', post([within('-')], typed('multipart/form-data; boundary=-')), 'completed: 1 inserted'],
  [
    'two boundaries',
    post([FILE, END], typed(`multipart/form-data; boundary=${BOUNDARY}; boundary=other`)),
    'completed: 1 inserted',
  ],
  [
    'a boundary in a text that never ends',
    post([FILE, END], typed(`multipart/form-data; boundary="${BOUNDARY}`)),
    NO_BOUNDARY,
  ],
  [
    'a boundary in another character set',
    post([FILE, END], typed(`multipart/form-data; boundary*=utf-8''${BOUNDARY}`)),
    NO_BOUNDARY,
  ],
  [
    'a Content-Type with a thousand parameters',
    post([FILE, END], typed(`multipart/form-data; ${'a=b; '.repeat(1000)}boundary=${BOUNDARY}`)),
    'completed: 1 inserted',
  ],
  [
    'the boundary inside of the file',
    post([filePart(`title,price\nEmma,1\n--${BOUNDARY}\nEvelina,2\n`), END]),
    ['completed: 2 inserted, 1 failed', '3 : The header has 2 columns, this row has 1.'],
  ],
  [
    'the boundary inside of the file, on a line of its own',
    post([filePart(`title,price\r\nEmma,1\r\n--${BOUNDARY}x\r\nEvelina,2\r\n`), END]),
    `${UNREADABLE} its boundary occurs inside of a part.`,
  ],
  ['no last boundary', post([FILE]), `${UNREADABLE} it ends before its last boundary.`],
  ['half a last boundary', post([FILE, END.subarray(0, -5)]), `${UNREADABLE} it ends before its last boundary.`],
  ['a last boundary and no other', post([END]), '400 /problems/invalid-input: /file is missing'],
  ['a boundary and nothing', post([`--${BOUNDARY}${CRLF}`]), `${UNREADABLE} it ends before its last boundary.`],
  ['nothing at all', post([]), `${UNREADABLE} it ends before its last boundary.`],
  [
    'a preamble and an epilogue',
    post(['This is a message in MIME form.', CRLF, FILE, END, 'Nothing follows.', FILE]),
    `${UNREADABLE} something follows its last boundary.`,
  ],
  [
    'a preamble of 1 MB',
    post(['x'.repeat(1_000_000), CRLF, FILE, END]),
    `${UNREADABLE} it does not begin with its boundary.`,
  ],
  [
    'an epilogue of 1 MB',
    post([FILE, END, 'x'.repeat(1_000_000)]),
    `${UNREADABLE} something follows its last boundary.`,
  ],
  [
    'only LF at the ends of lines',
    post([FILE.toString().replaceAll(CRLF, '\n'), END.toString().replaceAll(CRLF, '\n')]),
    `${UNREADABLE} its boundary occurs inside of a part.`,
  ],
  [
    'a form in a form',
    post([part([DISPOSITION, 'Content-Type: multipart/mixed; boundary=inner'], nested()), END]),
    'failed: Line 1: title: There is no column "title"; the file has: --inner',
  ],
];
