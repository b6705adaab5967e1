import { isAscii, isUtf8 } from 'node:buffer';
import { type FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import iconv from 'iconv-lite';
import { reasonAgainstFile } from './file-kinds.js';

export type CsvEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/**
 * Stands in the decoded text for bytes that the encoding does not have. It is half of a surrogate pair, so no valid
 * text contains it alone, unlike U+FFFD, which a file may well carry. A lone surrogate of UTF-16 stands for itself.
 */
export const UNDECODABLE = '\uDC80';

/** Whether bytes of the file were none of its encoding's. */
export function hasUndecodable(text: string, encoding: CsvEncoding): boolean {
  // With the flag u, halves that belong together match nothing: U+1F480, a skull, ends in the half that stands for bytes.
  return encoding.startsWith('utf-16') ? /\p{Cs}/u.test(text) : text.includes(UNDECODABLE) && /\uDC80/u.test(text);
}

const SAMPLE_BYTES = 1024 * 1024;
const FIRST_LINE_BYTES = 4096;
const WELL_FORMED_UTF8 =
  /[^\x80-\xff]+|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([\x80-\xff])/g;

/** What has the shape of UTF-8, if it be forbidden (overlong, half of a pair, beyond Unicode); other bytes one by one. */
const SHAPED_LIKE_UTF8 = /[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf7][\x80-\xbf]{3}|([\x80-\xff])/g;

export type DetectedEncoding = { encoding: CsvEncoding; markBytes: number } | { problem: string };

/**
 * The encoding of a file, and how many bytes its mark takes. A byte order mark decides; without one, NULs in every other
 * byte of the first line mean UTF-16. Otherwise the first MiB that is not all ASCII decides between UTF-8 and
 * Windows-1252, which contains Latin-1: UTF-8 unless other bytes outnumber what has its shape, so that one damaged
 * name does not spoil the accents of a whole file. Files that are no text, as their first bytes tell, are a problem.
 */
export async function detectEncoding(file: FileHandle): Promise<DetectedEncoding> {
  const sample = Buffer.allocUnsafe(SAMPLE_BYTES);
  for (let position = 0; ; position += SAMPLE_BYTES - 3) {
    const { bytesRead } = await file.read(sample, 0, SAMPLE_BYTES, position);
    const bytes = sample.subarray(0, bytesRead);
    const marked = position === 0 ? encodingByMark(bytes) : null;
    if (marked) return marked;
    // Three bytes are read twice, so a character that a sample cuts is whole in one of the two.
    const isEnd = bytesRead < SAMPLE_BYTES;
    if (isEnd || !isAscii(bytes.subarray(0, -3))) {
      return {
        encoding: isMostlyUtf8(isEnd ? bytes : withoutCutCharacter(bytes)) ? 'utf-8' : 'windows-1252',
        markBytes: 0,
      };
    }
  }
}

function encodingByMark(bytes: Buffer): DetectedEncoding | null {
  const problem = reasonAgainstFile(bytes);
  if (problem !== null) return { problem };
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: 'utf-8', markBytes: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: 'utf-16le', markBytes: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: 'utf-16be', markBytes: 2 };
  const encoding = utf16WithoutMark(bytes);
  return encoding && { encoding, markBytes: 0 };
}

/** Delimiters, line breaks and quotes: in UTF-16 each has a NUL beside it, and the first line of any table has some. */
const SIGNS = new Set(Buffer.from(',;\t\r\n"'));
const LF = 10;
const CR = 13;

/** By the first line: half of its signs, or most of its letters where it has none, have a NUL on one and the same side. */
function utf16WithoutMark(bytes: Buffer): 'utf-16le' | 'utf-16be' | null {
  return isUtf16(bytes, 0) ? 'utf-16le' : isUtf16(bytes, 1) ? 'utf-16be' : null;
}

/** `low`: which byte of each pair has the letters of ASCII. */
function isUtf16(bytes: Buffer, low: 0 | 1): boolean {
  const seen = { signs: 0, signsOfPairs: 0, lettersOfPairs: 0, pairs: 0 };
  for (let at = 0; at + 1 < Math.min(bytes.length, FIRST_LINE_BYTES); at += 2) {
    const [letter = 0, nul = 0] = [bytes[at + low], bytes[at + 1 - low]];
    const isOfPair = nul === 0 && letter !== 0;
    seen.pairs++;
    if (isOfPair) seen.lettersOfPairs++;
    if (isOfPair && SIGNS.has(letter)) seen.signsOfPairs++;
    if (SIGNS.has(letter) || SIGNS.has(nul)) seen.signs++;
    if (isOfPair && (letter === LF || letter === CR)) break;
  }
  if (seen.signsOfPairs > 0) return 2 * seen.signsOfPairs >= seen.signs;
  return seen.signs === 0 && 2 * seen.lettersOfPairs > seen.pairs;
}

function isMostlyUtf8(bytes: Buffer): boolean {
  if (isUtf8(bytes)) return true;
  let shaped = 0;
  let broken = 0;
  for (const match of bytes.toString('latin1').matchAll(SHAPED_LIKE_UTF8)) {
    if (match[1] === undefined) shaped++;
    else broken++;
  }
  return shaped > 0 && shaped >= broken;
}

/** Decodes chunk by chunk; a character may be cut anywhere. Bytes outside the encoding become UNDECODABLE. */
export class TextDecoding {
  private readonly utf16 = new StringDecoder('utf16le');
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly encoding: CsvEncoding) {}

  /** `isLast`: nothing follows, so a cut character is a broken one. */
  decode(chunk: Buffer, isLast: boolean): string {
    if (this.encoding === 'windows-1252') return iconv.decode(chunk, 'win1252').replaceAll('\uFFFD', UNDECODABLE);
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    if (this.encoding === 'utf-8') return this.decodeUtf8(bytes, isLast);
    return this.decodeUtf16(bytes, isLast);
  }

  private decodeUtf8(bytes: Buffer, isLast: boolean): string {
    const whole = isLast ? bytes : withoutCutCharacter(bytes);
    this.rest = Buffer.from(bytes.subarray(whole.length));
    if (isAscii(whole)) return whole.toString('latin1');
    if (isUtf8(whole)) return whole.toString('utf8');
    return whole.toString('latin1').replace(WELL_FORMED_UTF8, (sequence: string, broken: string | undefined) => {
      return broken === undefined ? Buffer.from(sequence, 'latin1').toString('utf8') : UNDECODABLE;
    });
  }

  private decodeUtf16(bytes: Buffer, isLast: boolean): string {
    const even = bytes.length - (bytes.length % 2);
    this.rest = Buffer.from(bytes.subarray(even));
    const whole = Buffer.from(bytes.subarray(0, even));
    const text = this.utf16.write(this.encoding === 'utf-16be' ? whole.swap16() : whole);
    if (!isLast) return text;
    return text + this.utf16.end() + (this.rest.length > 0 ? UNDECODABLE : '');
  }
}

/** Without a UTF-8 sequence that begins in the last three bytes and is not whole. */
function withoutCutCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
