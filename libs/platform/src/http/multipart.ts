import { isUtf8 } from 'node:buffer';
import { BadRequestException } from '@nestjs/common';

/** A part of a form (RFC 7578). */
export interface FormPart {
  name: string;
  /** Without folders; null where the part does not say that it is a file. */
  fileName: string | null;
  /** Ends with the part. What is left of it when the next part is asked for is passed over. */
  content: AsyncIterable<Buffer>;
}

const CRLF = '\r\n';
const LONGEST_HEADER = 16 * 1024;
const MOST_HEADER_LINES = 50;
const LONGEST_PREAMBLE = 64 * 1024;

const HEADER_LINE = /^([\w!#$%&'*+.^`|~-]+):[ \t]*((?:\P{Cc}|\t)*)$/u;
/** Browsers write a quote in a name as %22, others as \". A backslash before anything else is one: paths have them. */
const PARAMETER = /;[ \t]*([\w-]+\*?)=(?:"((?:[^"\\]|\\"|\\)*)"|([^\s;"]*))/g;

/**
 * The boundary of a multipart body.
 * @throws BadRequestException where the Content-Type names none that can be (RFC 2046: 1 to 70 characters)
 */
export function boundaryOf(contentType: string): string {
  const boundary = parametersOf(contentType).get('boundary') ?? '';
  if (/^[ -~]{0,69}[!-~]$/.test(boundary)) return boundary;
  throw new BadRequestException('The Content-Type of the form names no boundary of 1 to 70 characters.');
}

/**
 * The parts of a form, in their order, in constant memory. Strict, and therefore not a library's work: those pass over a
 * part whose header they cannot read, so that an option gets lost, and end a file at a line that only begins like the
 * boundary, so that half of it is taken for the whole.
 * @throws BadRequestException for whatever is no form; what `body` throws
 */
export async function* readParts(
  body: AsyncIterator<Buffer>,
  boundary: string,
): AsyncGenerator<FormPart, void, undefined> {
  const reader = new FormReader(body, boundary);
  await reader.passPreamble();
  while (await reader.isAtPart()) {
    const { name, fileName } = await reader.header();
    const content = reader.content();
    yield { name, fileName, content };
    for await (const _ of content);
  }
  await reader.passEpilogue();
}

class FormReader {
  private readonly delimiter: Buffer;
  /** What was received and not used. As if a line ended before the body, for its first line may be a delimiter. */
  private rest: Buffer = Buffer.from(CRLF);

  constructor(
    private readonly body: AsyncIterator<Buffer>,
    boundary: string,
  ) {
    this.delimiter = Buffer.from(`${CRLF}--${boundary}`, 'latin1');
  }

  async passPreamble(): Promise<void> {
    let bytes = 0;
    for await (const piece of this.content()) {
      bytes += piece.length;
      if (bytes > LONGEST_PREAMBLE) throw unreadable('it does not begin with its boundary');
    }
  }

  /** Behind a delimiter: whether a part follows, else the form is at its end. */
  async isAtPart(): Promise<boolean> {
    while (this.rest.length < 2) await this.receive();
    if (this.rest.toString('latin1', 0, 2) === '--') return false;
    // White space may stand behind a delimiter (RFC 2046, transport padding).
    let at = 0;
    while (this.rest[at] === 32 || this.rest[at] === 9 || at + 1 >= this.rest.length) {
      if (at > LONGEST_HEADER) throw unreadable('its boundary is followed by white space without end');
      if (at + 1 >= this.rest.length) await this.receive();
      else at++;
    }
    if (this.rest.toString('latin1', at, at + 2) !== CRLF) throw unreadable('its boundary occurs inside of a part');
    this.rest = this.rest.subarray(at);
    return true;
  }

  /** Of the part that begins here; `rest` begins with the end of the delimiter's line. */
  async header(): Promise<{ name: string; fileName: string | null }> {
    let end = this.rest.indexOf(CRLF + CRLF);
    while (end === -1 && this.rest.length <= LONGEST_HEADER) {
      const known = this.rest.length - 3;
      await this.receive();
      end = this.rest.indexOf(CRLF + CRLF, Math.max(0, known));
    }
    if (end === -1 || end > LONGEST_HEADER) {
      throw unreadable(`the header of a part is longer than ${LONGEST_HEADER} bytes`);
    }
    const header = this.rest.subarray(CRLF.length, Math.max(CRLF.length, end));
    this.rest = this.rest.subarray(end + 2 * CRLF.length);
    return readHeader(isUtf8(header) ? header.toString() : header.toString('latin1'));
  }

  async *content(): AsyncGenerator<Buffer, void, undefined> {
    for (let at = -1; at === -1;) {
      at = this.rest.indexOf(this.delimiter);
      // The last bytes may be the beginning of a delimiter.
      const sure = at === -1 ? Math.max(0, this.rest.length - this.delimiter.length + 1) : at;
      const piece = this.rest.subarray(0, sure);
      this.rest = this.rest.subarray(at === -1 ? sure : at + this.delimiter.length);
      if (piece.length > 0) yield piece;
      if (at === -1) await this.receive();
    }
  }

  /** What follows the last delimiter would be lost: clients send nothing there but the end of its line. */
  async passEpilogue(): Promise<void> {
    let piece = this.rest.subarray('--'.length);
    for (;;) {
      if (/[^\s]/.test(piece.toString('latin1'))) throw unreadable('something follows its last boundary');
      const next = await this.body.next();
      if (next.done) return;
      piece = next.value;
    }
  }

  private async receive(): Promise<void> {
    const next = await this.body.next();
    if (next.done) throw unreadable('it ends before its last boundary');
    this.rest = this.rest.length === 0 ? next.value : Buffer.concat([this.rest, next.value]);
  }
}

function readHeader(text: string): { name: string; fileName: string | null } {
  const lines = text.replaceAll(/\r\n[ \t]+/g, ' ').split(CRLF);
  if (lines.length > MOST_HEADER_LINES) throw unreadable(`a part has more than ${MOST_HEADER_LINES} header lines`);
  const fields = new Map<string, string>();
  for (const line of lines.filter(Boolean)) {
    const [, field = '', value = ''] = HEADER_LINE.exec(line) ?? [];
    if (field === '') throw unreadable('the header of a part is malformed');
    fields.set(field.toLowerCase(), value);
  }
  const disposition = fields.get('content-disposition') ?? '';
  const parameters = parametersOf(disposition);
  const name = parameters.get('name');
  if (!/^form-data[ \t]*;/i.test(disposition) || name === undefined) throw unreadable('a part has no name');
  if (!/^(?:7bit|8bit|binary|)$/i.test(fields.get('content-transfer-encoding') ?? '')) {
    throw unreadable('a part has a Content-Transfer-Encoding; send it as it is');
  }
  return { name, fileName: fileNameOf(parameters) };
}

/** Names in small letters; of two of one name the first counts. */
function parametersOf(header: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain] of header.matchAll(PARAMETER)) {
    const known = name.toLowerCase();
    if (!parameters.has(known)) parameters.set(known, quoted?.replaceAll('\\"', '"') ?? plain ?? '');
  }
  return parameters;
}

/** RFC 7578 forbids `filename*`, which some clients send for names that are not ASCII. */
function fileNameOf(parameters: ReadonlyMap<string, string>): string | null {
  const name = parameters.get('filename') ?? extendedValue(parameters.get('filename*'));
  return name === null ? null : (name.split(/[/\\]/).at(-1) ?? '').replace(/^\.{1,2}$/, '');
}

/** RFC 8187; empty where it cannot be read. */
function extendedValue(value: string | undefined): string | null {
  if (value === undefined) return null;
  try {
    return decodeURIComponent(/^utf-8'[^']*'(.*)$/i.exec(value)?.[1] ?? '');
  } catch {
    return '';
  }
}

const unreadable = (reason: string): BadRequestException =>
  new BadRequestException(`The form cannot be read: ${reason}.`);
