import fc from 'fast-check';
import { boundaryOf, readParts } from './multipart.js';

const BOUNDARY = 'edge';
const END = `--${BOUNDARY}--\r\n`;
const part = (header: string, content: string): string => `--${BOUNDARY}\r\n${header}\r\n\r\n${content}\r\n`;
const field = (name: string, content: string): string =>
  part(`Content-Disposition: form-data; name="${name}"`, content);

async function* inPieces(body: string, ...ends: number[]): AsyncGenerator<Buffer, void, undefined> {
  const bytes = Buffer.from(body);
  for (const [at, end] of [...ends, bytes.length].entries()) {
    await Promise.resolve();
    yield bytes.subarray(at === 0 ? 0 : ends[at - 1], end);
  }
}

async function read(body: string, ...ends: number[]): Promise<[string, string | null, string][]> {
  const parts: [string, string | null, string][] = [];
  for await (const { name, fileName, content } of readParts(inPieces(body, ...ends), BOUNDARY)) {
    const pieces: Buffer[] = [];
    for await (const piece of content) pieces.push(piece);
    parts.push([name, fileName, Buffer.concat(pieces).toString()]);
  }
  return parts;
}

const complaint = (body: string, ...ends: number[]): Promise<string> =>
  read(body, ...ends).then(
    (parts) => `read: ${JSON.stringify(parts)}`,
    (error: Error) => error.message.replace('The form cannot be read: ', ''),
  );

describe('A form', () => {
  it('is read part by part, wherever its bytes are cut', async () => {
    const header = 'Content-Disposition: form-data; name="file"; filename="böcker.csv"\r\nContent-Type: text/csv';
    const body = `${field('mode', 'dry-run')}${part(header, 'title\r\n--edg\r\n')}${field('empty', '')}${END}`;
    const parts = [
      ['mode', null, 'dry-run'],
      ['file', 'böcker.csv', 'title\r\n--edg\r\n'],
      ['empty', null, ''],
    ];
    const { length } = Buffer.from(body);
    for (let cut = 0; cut <= length; cut++) expect(await read(body, cut)).toEqual(parts);
    expect(await read(body, ...Array.from({ length }, (_, at) => at))).toEqual(parts);
  });

  it('gives back any content, wherever its bytes are cut', async () => {
    const content = fc
      .array(fc.constantFrom('\r\n', '\r', '\n', '--', '-', 'edg', '--edge', 'e', 'é', '\r\n--edg', '\0'))
      .map((pieces) => pieces.join(''))
      .filter((text) => !`\r\n${text}\r\n`.includes(`\r\n--${BOUNDARY}`));
    await fc.assert(
      fc.asyncProperty(fc.array(content), fc.array(fc.nat(200)), async (contents, cuts) => {
        const body = contents.map((text, at) => field(`f${at}`, text)).join('') + END;
        const ends = cuts.map((cut) => Math.min(cut, body.length)).sort((a, b) => a - b);
        expect(await read(body, ...ends)).toEqual(contents.map((text, at) => [`f${at}`, null, text]));
      }),
      { numRuns: 300 },
    );
  });

  it('passes over what of a part is not read', async () => {
    const names: string[] = [];
    for await (const { name } of readParts(inPieces(field('a', 'x'.repeat(999)) + field('b', 'y') + END), BOUNDARY))
      names.push(name);
    expect(names).toEqual(['a', 'b']);
  });

  it.each([
    ['no parts', END, 'read: []'],
    ['a preamble', `hello\r\n${field('a', 'b')}${END}`, 'read: [["a",null,"b"]]'],
    ['white space behind a delimiter', field('a', 'b').replace('edge', 'edge \t') + END, 'read: [["a",null,"b"]]'],
    ['no line end after the last', field('a', 'b') + END.trimEnd(), 'read: [["a",null,"b"]]'],
    ['a folded header', part('Content-Disposition: form-data;\r\n name=a', 'b') + END, 'read: [["a",null,"b"]]'],
    ['quotes in a name', part('Content-Disposition: form-data; name="a\\"b"', '') + END, 'read: [["a\\"b",null,""]]'],
    ['nothing', '', 'it ends before its last boundary.'],
    ['no end', field('a', 'b'), 'it ends before its last boundary.'],
    ['an end in a header', `--${BOUNDARY}\r\nContent-Dis`, 'it ends before its last boundary.'],
    ['an epilogue', `${END}bye`, 'something follows its last boundary.'],
    ['more behind the end', `${field('a', 'b')}--${BOUNDARY}--x\r\n`, 'something follows its last boundary.'],
    ['the boundary in a part', field('a', `\r\n--${BOUNDARY}x\r\nb`) + END, 'its boundary occurs inside of a part.'],
    ['a part without a name', part('Content-Disposition: form-data', '') + END, 'a part has no name.'],
    ['a part without a header', `--${BOUNDARY}\r\n\r\nb\r\n${END}`, 'a part has no name.'],
    ['a broken header', part('Content-Disposition', '') + END, 'the header of a part is malformed.'],
    ['a NUL in a header', part('A: b\0', '') + END, 'the header of a part is malformed.'],
    ['many header lines', part('A: b\r\n'.repeat(60), '') + END, 'a part has more than 50 header lines.'],
    ['a long header', part(`A: ${'b'.repeat(20_000)}`, '') + END, 'the header of a part is longer than 16384 bytes.'],
    ['a long preamble', `${'x'.repeat(70_000)}\r\n${END}`, 'it does not begin with its boundary.'],
  ])('with %s is read, or the reason told', async (_what, body, said) => {
    expect(await complaint(body)).toBe(said);
    expect(await complaint(body, ...Array.from({ length: Math.min(body.length, 300) }, (_, at) => at))).toBe(said);
  });

  it.each([
    ['filename="a.csv"', 'a.csv'],
    ['filename="../../a.csv"', 'a.csv'],
    ['filename="C:\\books\\a.csv"', 'a.csv'],
    ['filename=".."', ''],
    ['filename=""', ''],
    ["filename*=UTF-8''b%C3%BCcher.csv", 'bücher.csv'],
    ['filename="a.csv"; filename*=UTF-8\'\'b.csv', 'a.csv'],
    ["filename*=UTF-8''%ff", ''],
    ['FileName=a.csv', 'a.csv'],
    ['size=3', null],
  ])('has a part with %s, of the file %j', async (parameters, fileName) => {
    expect(await read(part(`Content-Disposition: form-data; name=f; ${parameters}`, '') + END)).toEqual([
      ['f', fileName, ''],
    ]);
  });

  it('tells its boundary in its Content-Type', () => {
    const types = [
      'boundary=edge',
      'boundary="edge of it"',
      'charset=utf-8; BOUNDARY=-----x',
      `boundary=${'x'.repeat(70)}`,
    ];
    expect(types.map((parameters) => boundaryOf(`multipart/form-data; ${parameters}`))).toEqual([
      ...['edge', 'edge of it', '-----x', 'x'.repeat(70)],
    ]);
    for (const parameters of [
      '',
      'boundary=',
      'boundary=""',
      'boundary="edge',
      `boundary=${'x'.repeat(71)}`,
      'boundary=é',
    ])
      expect(() => boundaryOf(`multipart/form-data; ${parameters}`)).toThrow('boundary of 1 to 70 characters');
  });
});
