import type { Bytes } from '../raw-http.js';

/**
 * A request that tries to harm the import, and what must become of it: `400 /problems/…: detail` when it is refused,
 * `failed: sentence` when the file cannot be read, else `completed: n inserted, n failed …` with a line for each finding,
 * `~` before those that only warn. Where the end is not of interest an expression says the beginning.
 */
export type HostileUpload = [name: string, request: RequestBytes, becomes: string | readonly string[]];

/** `authorization` is the header line of somebody who may import. */
export type RequestBytes = (authorization: string) => Bytes;

export const BOUNDARY = 'holdfast';
export const CRLF = '\r\n';
/** How the refusal of a malformed form begins. */
export const UNREADABLE = '400 /problems/malformed-request: The form cannot be read:';

/** A part of a form with any header lines. */
export const part = (headers: string | Buffer | readonly string[], content: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`--${BOUNDARY}${CRLF}`),
    Buffer.isBuffer(headers) ? headers : Buffer.from([headers].flat().join(CRLF)),
    Buffer.from(CRLF + CRLF),
    Buffer.from(content as string),
    Buffer.from(CRLF),
  ]);

export const field = (name: string, value: string): Buffer =>
  part(`Content-Disposition: form-data; name="${name}"`, value);

export const filePart = (content: string | Buffer, fileName = 'books.csv'): Buffer =>
  part([`Content-Disposition: form-data; name="file"; filename="${fileName}"`, 'Content-Type: text/csv'], content);

export const END = Buffer.from(`--${BOUNDARY}--${CRLF}`);

/** A request whose body is exactly these bytes. `headers` come instead of the usual ones, where they have their names. */
export const post =
  (body: readonly (string | Buffer)[], headers: Record<string, string> = {}, path = '/api/books/upload') =>
  (authorization: string): Buffer => {
    const bytes = Buffer.concat(body.map((piece) => Buffer.from(piece as string)));
    const all = {
      'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
      'Content-Length': String(bytes.length),
      ...headers,
    };
    return Buffer.concat([head(authorization, all, path), bytes]);
  };

export function head(authorization: string, headers: Record<string, string>, path = '/api/books/upload'): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`POST ${path} HTTP/1.1`, 'Host: holdfast', authorization, ...lines, '', ''].join(CRLF), 'latin1');
}

/** The file in a form that is as it should be. */
export const upload = (content: string | Buffer): RequestBytes => post([filePart(content), END]);

/** As `upload`, for a file that is too large to be held: it is made while it is sent. */
export const uploadLarge =
  (pieces: () => Iterable<string | Buffer>, ...fields: Buffer[]): RequestBytes =>
  (authorization) =>
    chunked(authorization, function* () {
      yield* fields;
      yield filePart('').subarray(0, -CRLF.length);
      yield* pieces();
      yield CRLF;
      yield END;
    });

/** A body in HTTP chunks. */
export function* chunked(authorization: string, pieces: () => Iterable<string | Buffer>): Generator<string | Buffer> {
  yield head(authorization, {
    'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
    'Transfer-Encoding': 'chunked',
  });
  for (const piece of pieces()) {
    if (piece.length === 0) continue;
    yield `${Buffer.byteLength(piece).toString(16)}${CRLF}`;
    yield piece;
    yield CRLF;
  }
  yield `0${CRLF}${CRLF}`;
}

export function* repeated(piece: string | Buffer, times: number): Generator<string | Buffer> {
  for (let time = 0; time < times; time++) yield piece;
}

/** A table of rows that are written already. */
export const table = (columns: string, ...rows: string[]): Buffer => Buffer.from(`${columns}\n${rows.join('\n')}\n`);
export const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
