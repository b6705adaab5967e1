import type { Multipart, MultipartFile } from '@fastify/multipart';
import {
  BadRequestException,
  HttpException,
  PayloadTooLargeException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { DomainError } from '@holdfast/kernel';
import { InvalidInput } from '@holdfast/platform';
import type { FastifyRequest } from 'fastify';
import { printable } from '../domain/csv-cells.js';
import { type GivenUploadOptions, readUploadOptions, type UploadOptions } from '../domain/upload.js';

const FIELDS = ['mapping', 'mode', 'onExisting'] as const;
const LONGEST_NAME = 255;

/** The part of a form that is to be imported. */
export interface UploadForm {
  fileName: string;
  options: UploadOptions;
  /**
   * To be read to its end: only then the form is known to be good. Throws what is wrong with the rest of it.
   * @throws PayloadTooLargeException; InvalidInput for what follows the file; BadRequestException for a form cut off
   */
  content: AsyncIterable<Uint8Array>;
}

/**
 * Reads the fields before the file, and checks them before the file is read.
 * @throws InvalidInput; UnsupportedMediaTypeException; BadRequestException
 */
export async function readUploadForm(request: FastifyRequest, query: GivenUploadOptions): Promise<UploadForm> {
  if (!request.isMultipart()) throw new UnsupportedMediaTypeException('This route takes multipart/form-data.');
  const parts = partsOf(request);
  const given: GivenUploadOptions = { ...query };
  for (let part = await parts.next(); ; part = await parts.next()) {
    if (part.done) throw invalid('file', 'is missing');
    if (part.value.type === 'file') {
      const { options, fileName } = { options: checked(given), fileName: nameOf(part.value) };
      return { fileName, options, content: contentOf(part.value, parts) };
    }
    take(part.value, given);
  }
}

/** The parts, with what the parser throws turned into what is told to the client. */
async function* partsOf(request: FastifyRequest): AsyncGenerator<Multipart, void, undefined> {
  try {
    yield* request.parts();
  } catch (error) {
    throw told(error);
  }
}

async function* contentOf(
  part: MultipartFile,
  parts: AsyncGenerator<Multipart, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const piece of part.file) yield piece as Buffer;
  } catch (error) {
    throw told(error);
  }
  if (part.file.truncated)
    throw new PayloadTooLargeException('The file is larger than the limit of this installation.');
  const next = await parts.next();
  if (!next.done) throw invalid(next.value.fieldname, 'must come before the file');
}

function take(part: Extract<Multipart, { type: 'field' }>, given: GivenUploadOptions): void {
  const name = FIELDS.find((field) => field === part.fieldname);
  if (!name) throw invalid(part.fieldname, 'is not a known field');
  if (given[name] !== undefined) throw invalid(name, 'is given twice');
  if (part.valueTruncated) throw invalid(name, 'is too long');
  given[name] = part.value;
}

function checked(given: GivenUploadOptions): UploadOptions {
  const read = readUploadOptions(given);
  if (!read.ok) throw new InvalidInput(read.errors);
  return read.options;
}

function nameOf({ fieldname, filename }: MultipartFile): string {
  if (fieldname !== 'file') throw invalid(fieldname, 'is not a known field; the file is expected as "file"');
  return printable(filename || 'upload.csv').slice(0, LONGEST_NAME);
}

const invalid = (field: string, detail: string): InvalidInput =>
  new InvalidInput([{ pointer: `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`, detail }]);

/** Fastify's own errors carry a status; what busboy throws of a malformed or cut-off form does not. */
function told(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: string };
  const isKnown = error instanceof DomainError || error instanceof HttpException;
  if (isKnown || (typeof code === 'string' && code.startsWith('FST_') && !code.includes('JSON'))) return error;
  return new BadRequestException(`The form cannot be read: ${message ?? 'it is malformed'}`);
}
