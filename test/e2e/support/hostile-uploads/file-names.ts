/** Names of files; each belongs to a good file, and says what is kept of it. */
export const FILE_NAMES: [name: string, disposition: string | Buffer, kept: string][] = [
  ['a path', 'filename="../../../../etc/cron.d/books.csv"', 'books.csv'],
  ['a path of Windows', 'filename="C:\\Windows\\..\\books.csv"', 'books.csv'],
  ['dots', 'filename=".."', 'upload.csv'],
  ['nothing', 'filename=""', 'upload.csv'],
  [
    'a NUL',
    'filename="books.csv\0.exe"',
    '400 /problems/malformed-request: The form cannot be read: the header of a part is malformed.',
  ],
  ['an encoded line break', 'filename="books%0d%0aSet-Cookie: a=b.csv"', 'books%0d%0aSet-Cookie: a=b.csv'],
  [
    '10 kB',
    `filename="${'x'.repeat(10_000)}.csv"`,
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  ],
  [
    '10 kB of pairs',
    `filename="a${'😀'.repeat(2_500)}.csv"`,
    'a😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀',
  ],
  ['an override of the direction', 'filename="books\u202Evsc.exe"', 'books\uFFFDvsc.exe'],
  ['markup', 'filename="<img src=x onerror=alert(1)>.csv"', '<img src=x onerror=alert(1)>.csv'],
  ['a formula', 'filename="=cmd|calc.csv"', '=cmd|calc.csv'],
  ['RFC 5987', 'filename="a.csv"; filename*=UTF-8\'\'b%C3%BC%2F..%2Fcher.csv', 'a.csv'],
  ['RFC 5987 that is broken', "filename*=UTF-8''%ff%zz.csv", 'upload.csv'],
  ['RFC 5987 in an unknown character set', "filename*=klingon''books.csv", 'upload.csv'],
  ['two names', 'filename="a.csv"; filename="b.csv"', 'a.csv'],
  ['Latin-1', Buffer.from('filename="bücher.csv"', 'latin1'), 'bücher.csv'],
];
