/** What files begin with that are no text, in hexadecimal. Others show by the NULs in their first line. */
const STARTS: [start: string, problem: string][] = [
  ['504b0304', 'This is an Excel workbook or a ZIP archive; save it as CSV.'],
  ['504b0506', 'This is an Excel workbook or a ZIP archive; save it as CSV.'],
  ['d0cf11e0', 'This is an old Excel workbook; save it as CSV.'],
  ['1f8b', 'This is a compressed file; unpack it first.'],
  ['28b52ffd', 'This is a compressed file; unpack it first.'],
  ['425a68', 'This is a compressed file; unpack it first.'],
  ['fd377a585a00', 'This is a compressed file; unpack it first.'],
  ['04224d18', 'This is a compressed file; unpack it first.'],
  ['377abcaf271c', 'This is an archive; unpack it first.'],
  ['526172211a07', 'This is an archive; unpack it first.'],
  ['25504446', 'This is a PDF document, not CSV.'],
  ['89504e470d0a1a0a', 'This is an image, not CSV.'],
  ['ffd8ff', 'This is an image, not CSV.'],
  ['474946383961', 'This is an image, not CSV.'],
  ['53514c69746520666f726d6174203300', 'This is a SQLite database; export its table as CSV.'],
  ['fffe0000', 'UTF-32 is not read; save the file as UTF-8.'],
  ['0000feff', 'UTF-32 is not read; save the file as UTF-8.'],
];

/** The name of the format at byte 257 (IEEE 1003.1, pax): before it stands the name of a file, which is text. */
const TAR = { at: 257, name: 'ustar' };

/** Why a file that begins so is not read; null where it may be text. */
export function reasonAgainstFile(bytes: Buffer): string | null {
  if (bytes.toString('latin1', TAR.at, TAR.at + TAR.name.length) === TAR.name) {
    return 'This is an archive; unpack it first.';
  }
  const start = bytes.toString('hex', 0, 16);
  return STARTS.find(([mark]) => start.startsWith(mark))?.[1] ?? null;
}
