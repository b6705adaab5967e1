import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { type HostileUpload, upload } from './hostile-upload.js';

const CSV = 'title,price\nEmma,1\n';
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const noise = Buffer.from(Array.from({ length: 512 }, (_, at) => (at * at * 31 + at * 7) % 256));
const after = (start: Buffer | string, rest: Buffer | string = noise): Buffer =>
  Buffer.concat([Buffer.from(start as string), Buffer.from(rest as string)]);

/** A local file header and its data (PKWARE APPNOTE, 4.3.7); readers of archives need no more to call it one. */
function zipOf(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const header = Buffer.alloc(30);
  header.write('PK\u0003\u0004', 'latin1');
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(8, 8);
  header.writeUInt32LE(packed.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), packed]);
}

/** A header of POSIX tar (IEEE 1003.1, pax) and the file in blocks of 512 bytes. */
function tarOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')} `, 124);
  header.write('ustar\u000000', 257);
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc(512 - (content.length % 512) + 1024)]);
}

/** Gzip of gzip of … zeros: a small file that would be a gigabyte. Nothing here unpacks it. */
const bomb = (): Buffer => gzipSync(gzipSync(Buffer.alloc(64 * 1024 * 1024)));

const COMPRESSED = 'failed: Line 1: This is a compressed file; unpack it first.';
const NULS = 'failed: Line 1: The first line has NUL characters: this is no text. Save it as CSV.';
const ARCHIVE = 'failed: Line 1: This is an archive; unpack it first.';
const IMAGE = 'failed: Line 1: This is an image, not CSV.';
const ZIP = 'failed: Line 1: This is an Excel workbook or a ZIP archive; save it as CSV.';

/** Files of other kinds. */
export const NOT_TEXT: HostileUpload[] = [
  ['a ZIP archive', upload(zipOf('books.csv', Buffer.from(CSV))), ZIP],
  ['an Excel workbook', upload(zipOf('xl/workbook.xml', Buffer.from('<workbook/>'))), ZIP],
  ['an OpenDocument sheet', upload(zipOf('mimetype', Buffer.from('application/vnd.oasis'))), ZIP],
  ['an empty ZIP archive', upload(after(hex('504b0506'), Buffer.alloc(18))), ZIP],
  [
    'an old Excel workbook',
    upload(after(hex('d0cf11e0 a1b11ae1'))),
    'failed: Line 1: This is an old Excel workbook; save it as CSV.',
  ],
  ['gzip', upload(gzipSync(CSV)), COMPRESSED],
  ['a bomb of gzip', upload(bomb()), COMPRESSED],
  ['bzip2', upload(after('BZh91AY&SY')), COMPRESSED],
  ['xz', upload(after(hex('fd377a585a00'))), COMPRESSED],
  ['zstd', upload(after(hex('28b52ffd'))), COMPRESSED],
  ['7z', upload(after(hex('377abcaf271c'))), ARCHIVE],
  ['rar', upload(after(hex('526172211a0700'))), ARCHIVE],
  ['rar 5', upload(after(hex('526172211a070100'))), ARCHIVE],
  ['lz4', upload(after(hex('04224d18'))), COMPRESSED],
  ['tar', upload(tarOf('books.csv', CSV)), ARCHIVE],
  ['zlib', upload(deflateSync(CSV)), NULS],
  ['brotli', upload(brotliCompressSync(CSV.repeat(200))), 'failed: Line 1: There are bytes that are not windows-1252.'],
  [
    'a PDF document',
    upload('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n'),
    'failed: Line 1: This is a PDF document, not CSV.',
  ],
  ['a PNG image', upload(after(hex('89504e470d0a1a0a'))), IMAGE],
  ['a JPEG image', upload(after(hex('ffd8ffe000104a464946'))), IMAGE],
  ['a GIF image', upload(after('GIF89a')), IMAGE],
  ['a WebP image', upload(after('RIFF\x24\x00\x00\x00WEBPVP8 ')), NULS],
  [
    'an SVG image',
    upload('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>\n'),
    'failed: Line 1: title: There is no column "title"; the file has: <?xml version="1.0"?>',
  ],
  [
    'a web page',
    upload('<!DOCTYPE html>\n<html><script>alert(1)</script></html>\n'),
    'failed: Line 1: title: There is no column "title"; the file has: <!DOCTYPE html>',
  ],
  [
    'JSON',
    upload('[\n{"title": "Emma", "price": 1}\n]\n'),
    'failed: Line 1: title: There is no column "title"; the file has: [',
  ],
  [
    'an XML bomb',
    upload('<!DOCTYPE a [<!ENTITY a "aaa"><!ENTITY b "&a;&a;&a;">]>\n<a>&b;</a>\n'),
    'failed: Line 1: title: There is no column "title"; the file has: <!DOCTYPE a [<!ENTITY a "aaa"><!ENTITY b "&a;&a;&a;">]>',
  ],
  ['a program of Linux', upload(after(hex('7f454c460201010000000000'))), NULS],
  ['a program of Windows', upload(after('MZ\x90\x00\x03\x00\x00\x00')), NULS],
  ['a class of Java', upload(after(hex('cafebabe00000034'))), NULS],
  ['WebAssembly', upload(after(hex('0061736d01000000'))), NULS],
  [
    'a SQLite database',
    upload(after('SQLite format 3\0')),
    'failed: Line 1: This is a SQLite database; export its table as CSV.',
  ],
  ['a Parquet file', upload(after('PAR1')), NULS],
  [
    'a script',
    upload('#!/bin/sh\nrm -rf /\n'),
    'failed: Line 1: title: There is no column "title"; the file has: #!/bin/sh',
  ],
  ['noise', upload(noise), NULS],
];
