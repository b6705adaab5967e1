import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { CRLF, END, filePart, head, type HostileUpload, post, BOUNDARY, UNREADABLE } from './hostile-upload.js';

const FORM = Buffer.concat([filePart('title,price\nEmma,1\n'), END]);
const encoded = (encoding: string, body: Buffer): HostileUpload[1] => post([body], { 'Content-Encoding': encoding });
const TYPE = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };
const CHUNKED = { ...TYPE, 'Transfer-Encoding': 'chunked' };
const raw =
  (headers: Record<string, string>, body: string | Buffer): HostileUpload[1] =>
  (authorization) =>
    Buffer.concat([head(authorization, headers), Buffer.from(body as string)]);
const inChunks = (form: Buffer, size = form.length): string => {
  let text = '';
  for (let at = 0; at < form.length; at += size) {
    const piece = form.subarray(at, at + size);
    text += `${piece.length.toString(16)}${CRLF}${piece.toString('latin1')}${CRLF}`;
  }
  return text;
};

const MALFORMED = '400 /problems/malformed-request: This is not a well-formed HTTP request.';
const ENCODED = '415 /problems/unsupported-media-type: Send the body without a Content-Encoding.';

/** HTTP that no client of good will speaks. */
export const HOSTILE_REQUESTS: HostileUpload[] = [
  ['Content-Encoding gzip', encoded('gzip', gzipSync(FORM)), ENCODED],
  ['Content-Encoding br', encoded('br', brotliCompressSync(FORM)), ENCODED],
  ['Content-Encoding deflate', encoded('deflate', deflateSync(FORM)), ENCODED],
  ['Content-Encoding zstd', encoded('zstd', FORM), ENCODED],
  ['Content-Encoding gzip, gzip', encoded('gzip, gzip', gzipSync(gzipSync(FORM))), ENCODED],
  ['Content-Encoding identity', encoded('identity', FORM), 'completed: 1 inserted'],
  ['Content-Encoding gzip of what is not', encoded('gzip', FORM), ENCODED],
  [
    'Transfer-Encoding gzip',
    raw({ ...TYPE, 'Transfer-Encoding': 'gzip, chunked' }, `${inChunks(FORM)}0${CRLF}${CRLF}`),
    '415 /problems/unsupported-media-type: Send the body without a Transfer-Encoding, but for chunks.',
  ],
  ['chunks of one byte', raw(CHUNKED, `${inChunks(FORM, 1)}0${CRLF}${CRLF}`), 'completed: 1 inserted'],
  [
    'a chunk with extensions',
    raw(CHUNKED, `${inChunks(FORM).replace(CRLF, `;a="b";c${CRLF}`)}0${CRLF}${CRLF}`),
    'completed: 1 inserted',
  ],
  [
    'a chunk with an extension of 64 kB',
    raw(CHUNKED, `${inChunks(FORM).replace(CRLF, `;a=${'b'.repeat(65_536)}${CRLF}`)}0${CRLF}${CRLF}`),
    MALFORMED,
  ],
  [
    'trailers',
    raw(CHUNKED, `${inChunks(FORM)}0${CRLF}Content-Type: text/html${CRLF}X: y${CRLF}${CRLF}`),
    'completed: 1 inserted',
  ],
  [
    'a chunk with a size that is no number',
    raw(CHUNKED, `zz${CRLF}${FORM.toString()}${CRLF}0${CRLF}${CRLF}`),
    MALFORMED,
  ],
  ['a chunk with a negative size', raw(CHUNKED, `-5${CRLF}${FORM.toString()}${CRLF}0${CRLF}${CRLF}`), MALFORMED],
  ['a chunk with a huge size', raw(CHUNKED, `ffffffffffffffffffff${CRLF}${FORM.toString()}`), MALFORMED],
  ['a bad chunk behind good ones', raw(CHUNKED, `${inChunks(FORM.subarray(0, 100))}oops${CRLF}`), MALFORMED],
  [
    'chunks that end before the form does',
    raw(CHUNKED, `${inChunks(FORM.subarray(0, 100))}0${CRLF}${CRLF}`),
    `${UNREADABLE} it ends before its last boundary.`,
  ],
  [
    'chunks and a Content-Length',
    raw({ ...CHUNKED, 'Content-Length': '5' }, `${inChunks(FORM)}0${CRLF}${CRLF}`),
    MALFORMED,
  ],
  [
    'two Content-Lengths',
    raw({ ...TYPE, 'Content-Length': '5', 'content-length': String(FORM.length) }, FORM),
    MALFORMED,
  ],
  ['a Content-Length that is too small', raw({ ...TYPE, 'Content-Length': String(FORM.length - 30) }, FORM), MALFORMED],
  ['a Content-Length of 0', raw({ ...TYPE, 'Content-Length': '0' }, FORM), MALFORMED],
  ['a negative Content-Length', raw({ ...TYPE, 'Content-Length': '-1' }, FORM), MALFORMED],
  ['a Content-Length that is no number', raw({ ...TYPE, 'Content-Length': '1e3' }, FORM), MALFORMED],
  ['a Content-Length beyond all', raw({ ...TYPE, 'Content-Length': '99999999999999999999' }, FORM), MALFORMED],
  [
    'a Content-Length above the limit',
    raw({ ...TYPE, 'Content-Length': '10000000000' }, FORM),
    '413 /problems/payload-too-large: The body is larger than the limit of this installation.',
  ],
  ['no Content-Length', raw(TYPE, FORM), MALFORMED],
  ['Expect: 100-continue', post([FORM], { Expect: '100-continue' }), 'completed: 1 inserted'],
  ['Expect of something else', post([FORM], { Expect: '200-maybe' }), 'completed: 1 inserted'],
  [
    'ten thousand header lines',
    raw(
      {
        ...TYPE,
        'Content-Length': String(FORM.length),
        ...Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`X-${at}`, 'y'])),
      },
      FORM,
    ),
    '431 /problems/header-fields-too-large: Send fewer header fields, or shorter ones.',
  ],
  [
    'a header line of 100 kB',
    post([FORM], { 'X-Long': 'y'.repeat(100_000) }),
    '431 /problems/header-fields-too-large: Send fewer header fields, or shorter ones.',
  ],
  [
    'no Content-Type',
    raw({ 'Content-Length': String(FORM.length) }, FORM),
    '415 /problems/unsupported-media-type: This route takes multipart/form-data.',
  ],
  [
    'Content-Type text/csv',
    post(['title,price\nEmma,1\n'], { 'Content-Type': 'text/csv' }),
    '415 /problems/unsupported-media-type: This route takes multipart/form-data.',
  ],
  [
    'Content-Type multipart/mixed',
    post([FORM], { 'Content-Type': `multipart/mixed; boundary=${BOUNDARY}` }),
    '415 /problems/unsupported-media-type: This route takes multipart/form-data.',
  ],
  [
    'Content-Type of a form of text',
    post(['file=title%0AEmma'], { 'Content-Type': 'application/x-www-form-urlencoded' }),
    '415 /problems/unsupported-media-type: This route takes multipart/form-data.',
  ],
  [
    'HTTP/1.0',
    (authorization) =>
      Buffer.from(post([FORM])(authorization).toString('latin1').replace('HTTP/1.1', 'HTTP/1.0'), 'latin1'),
    'completed: 1 inserted',
  ],
  ['no token', () => post([FORM])('X-No: token'), '401 /problems/unauthenticated: An access token is needed.'],
  [
    'a wrong mode in the query',
    post([FORM], {}, '/api/books/upload?mode=wet'),
    '400 /problems/invalid-input: /mode must be one of the following values: import, dry-run',
  ],
  [
    'a mode twice in the query',
    post([FORM], {}, '/api/books/upload?mode=import&mode=dry-run'),
    '400 /problems/invalid-input: /mode must be one of the following values: import, dry-run',
  ],
  [
    'an unknown option in the query',
    post([FORM], {}, '/api/books/upload?colour=red'),
    '400 /problems/invalid-input: /colour is not a known option',
  ],
];
