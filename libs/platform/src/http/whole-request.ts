import type { Buffer } from 'node:buffer';

/** A request, as its bytes say it. */
export interface WholeRequest {
  readonly method: string;
  readonly url: string;
  /** In bytes. */
  readonly bodyLength: number;
  readonly requestId: string | undefined;
  readonly origin: string | undefined;
}

/** Hence less than a thousand fields, of which Node takes no more. */
const LONGEST_BYTES = 4000;
const LINE = /^(GET|POST|PUT|PATCH|DELETE) (\/[!-~]*) HTTP\/1\.1(?=\r\n)/;
/** Field lines (RFC 9112, section 5) of visible ASCII, blanks and tabs, and the empty line behind them. */
const FIELDS = /(?:\r\n[\w!#$%&'*+\-.^`|~]+:[\t -~]*)+\r\n\r\n/y;
/** The fields that are asked for, and those that change where the message ends or what becomes of the connection. */
const TOLD =
  /\r\n(host|origin|x-request-id|content-length|connection|proxy-connection|transfer-encoding|upgrade|expect):[\t ]*([\t -~]*)/gi;
const UNUSUAL = ['transfer-encoding', 'upgrade', 'expect', 'proxy-connection'];

type Told = Readonly<Record<string, string>>;

/**
 * The request that these bytes are, when they are one of HTTP/1.1 and nothing before, behind or between, in so plain a form that there
 * are no two ways to read it: lines that end in CRLF, one Host, at most one Content-Length, no other framing, no wish but to
 * keep the connection. Null says nothing: an HTTP parser decides. What is given is, to such a parser, the same request.
 */
export function wholeRequestIn(bytes: Buffer): WholeRequest | null {
  if (bytes.length > LONGEST_BYTES) return null;
  const text = bytes.toString('latin1');
  const [line, method, url] = LINE.exec(text) ?? [];
  if (line === undefined || method === undefined || url === undefined) return null;
  FIELDS.lastIndex = line.length;
  if (!FIELDS.test(text)) return null;
  const end = FIELDS.lastIndex;
  const told = toldIn(text.slice(line.length, end));
  const bodyLength = told && bodyLengthOf(told);
  if (!told?.host || bodyLength === null || end + bodyLength !== bytes.length) return null;
  return { method, url, bodyLength, requestId: told['x-request-id'], origin: told.origin };
}

/** By name, in lower case; null when one is told twice. */
function toldIn(head: string): Told | null {
  const told: Record<string, string> = {};
  TOLD.lastIndex = 0;
  for (let field = TOLD.exec(head); field; field = TOLD.exec(head)) {
    const [, name = '', value = ''] = field;
    const key = name.toLowerCase();
    if (key in told) return null;
    told[key] = value.trimEnd();
  }
  return told;
}

/** In bytes; null where more has to be known. */
function bodyLengthOf(told: Told): number | null {
  const { connection = 'keep-alive', 'content-length': length = '0' } = told;
  if (connection.toLowerCase() !== 'keep-alive' || !/^\d{1,4}$/.test(length)) return null;
  const isMore = UNUSUAL.some((name) => name in told);
  return isMore ? null : Number(length);
}
