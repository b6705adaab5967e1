import { PayloadTooLargeException, UnsupportedMediaTypeException } from '@nestjs/common';
import { bodyOf, boundaryOf, type FormPart, InvalidInput, readParts, type Settings } from '@holdfast/platform';
import type { FastifyRequest } from 'fastify';
import { printable } from '../domain/csv-cells.js';
import { type GivenUploadOptions, readUploadOptions, type UploadOptions } from '../domain/upload.js';

const FIELDS = ['mapping', 'mode', 'onExisting'] as const;
const LONGEST_FIELD = 64 * 1024;
/** Room for all of a form that is not the file. */
const FORM_BYTES = 512 * 1024;
const LONGEST_NAME = 255;
/** Marks that turn the direction of writing: `books\u202Evsc.exe` looks like a table. */
const TURNS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** The part of a form that is to be imported. */
export interface UploadForm {
  fileName: string;
  options: UploadOptions;
  /**
   * To be read to its end: only then the form is known to be good. Throws what is wrong with the rest of it.
   * @throws PayloadTooLargeException; RequestTooSlow; InvalidInput for what follows the file; BadRequestException for a
   * form that is malformed or cut off
   */
  content: AsyncIterable<Uint8Array>;
}

/**
 * Reads the fields before the file, and checks them before the file is read.
 * @throws InvalidInput; UnsupportedMediaTypeException; and what `content` throws
 */
export async function readUploadForm(
  { headers, raw, query: asked }: FastifyRequest,
  query: GivenUploadOptions,
  { uploadMaxBytes, uploadPatienceSeconds }: Pick<Settings, 'uploadMaxBytes' | 'uploadPatienceSeconds'>,
): Promise<UploadForm> {
  const type = headers['content-type'] ?? '';
  if (!/^multipart\/form-data *(?:;|$)/i.test(type))
    throw new UnsupportedMediaTypeException('This route takes multipart/form-data.');
  const unknown = Object.keys(asked as object).find((name) => !FIELDS.some((field) => field === name));
  if (unknown !== undefined) throw invalid(unknown, 'is not a known option');
  const body = bodyOf(raw, { bytes: uploadMaxBytes + FORM_BYTES, patienceSeconds: uploadPatienceSeconds });
  const parts = readParts(body, boundaryOf(type));
  const given: GivenUploadOptions = { ...query };
  for (let part = await parts.next(); !part.done; part = await parts.next()) {
    if (part.value.name === 'file') {
      const fileName = shown(part.value.fileName);
      return { fileName, options: checked(given), content: contentOf(part.value, parts, uploadMaxBytes) };
    }
    await take(part.value, given);
  }
  throw invalid('file', 'is missing');
}

async function* contentOf(
  { content }: FormPart,
  parts: AsyncGenerator<FormPart, void, undefined>,
  mostBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const piece of content) {
    bytes += piece.length;
    if (bytes > mostBytes)
      throw new PayloadTooLargeException('The file is larger than the limit of this installation.');
    yield piece;
  }
  const next = await parts.next();
  if (next.done) return;
  throw next.value.name === 'file'
    ? invalid('file', 'is given twice')
    : invalid(next.value.name, 'must come before the file');
}

async function take({ name, fileName, content }: FormPart, given: GivenUploadOptions): Promise<void> {
  const field = FIELDS.find((known) => known === name);
  if (!field) throw invalid(name, fileName === null ? 'is not a known field' : NO_FILE);
  if (given[field] !== undefined) throw invalid(field, 'is given twice');
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of content) {
    bytes += piece.length;
    if (bytes > LONGEST_FIELD) throw invalid(field, 'is too long');
    pieces.push(piece);
  }
  given[field] = Buffer.concat(pieces).toString();
}

const NO_FILE = 'is not a known field; the file is expected as "file"';

function checked(given: GivenUploadOptions): UploadOptions {
  const read = readUploadOptions(given);
  if (!read.ok) throw new InvalidInput(read.errors);
  return read.options;
}

/** For people to know it by; it names nothing on our disk. */
const shown = (fileName: string | null): string =>
  printable((fileName || 'upload.csv').slice(0, LONGEST_NAME)).replace(TURNS, '\uFFFD');

const invalid = (field: string, detail: string): InvalidInput =>
  new InvalidInput([{ pointer: `/${printable(field).replaceAll('~', '~0').replaceAll('/', '~1')}`, detail }]);
