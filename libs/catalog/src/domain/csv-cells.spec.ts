import fc from 'fast-check';
import {
  escapeFormula,
  isPrintable,
  readHoldingsCell,
  readMetadataCell,
  readMetadataObjectCell,
  readUnitsCell,
  unescapeFormula,
  writeMetadataCell,
} from './csv-cells.js';
import { reasonAgainstMetadata } from './metadata-keys.js';

const textNearFormulas = () => fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', 'a', ' ') });
/** JSON.stringify leaves these as they are. */
const rareControls = () => fc.string({ unit: fc.constantFrom('\u007f', '\u0085', '\u009f', 'a') });

describe('a cell that a spreadsheet would run', () => {
  it.each(['=1+1', '+1', '-0750', '@SUM(A1)', '\t=1', '\r=1', "'=1", "''=1"])('%j is made text', (cell) => {
    expect(escapeFormula(cell)).toBe(`'${cell}`);
  });

  it.each(["'tis", "O'Brien", "'", '', "''", 'a=1'])('is not seen in %j, which stays', (cell) => {
    expect(escapeFormula(cell)).toBe(cell);
    expect(unescapeFormula(cell)).toBe(cell);
  });

  it('is given back as it was', () => {
    fc.assert(fc.property(textNearFormulas(), (cell) => expect(unescapeFormula(escapeFormula(cell))).toBe(cell)));
  });
});

describe('a metadata cell of an export', () => {
  it.each([
    ['Penguin', 'Penguin'],
    ['12', 12],
    ['007', '007'],
    ['1.50', '1.50'],
    ['12345678901234567890', '12345678901234567890'],
    ['true', true],
    ['null', null],
    ['"12"', '12'],
    ['["a","b"]', ['a', 'b']],
    ['{ "a": 1 }', { a: 1 }],
    ['[unclosed', '[unclosed'],
    ['"Quoted" title', '"Quoted" title'],
  ])('%j is %j', (text, value) => {
    expect(readMetadataCell(text)).toEqual({ ok: true, value });
  });

  it('reads back every value that metadata may hold', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), textNearFormulas(), fc.array(rareControls()), fc.string({ unit: 'binary' })),
        (value) => {
          const asStored: unknown = JSON.parse(JSON.stringify(value));
          fc.pre(reasonAgainstMetadata(asStored) === null);
          const cell = escapeFormula(writeMetadataCell(asStored));
          expect(isPrintable(cell)).toBe(true);
          expect(readMetadataCell(unescapeFormula(cell).trim())).toEqual({ ok: true, value: asStored });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['{"__proto__":{"isAdmin":true}}', /cannot be a metadata key/],
    ['{"a":[{"constructor":1}]}', /cannot be a metadata key/],
    ['{"$where":"1"}', /no leading \$/],
    ['{"a.b":1}', /no dot/],
    ['{"":1}', /not empty/],
    ['["\\u0000"]', /NUL/],
    [`${'['.repeat(33)}${']'.repeat(33)}`, /deeper than 32/],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, /deeper than 32/],
  ])('%.40s is refused', (text, reason) => {
    const read = readMetadataCell(text);
    expect(read.ok ? 'taken' : read.reason).toMatch(reason);
  });
});

describe('the metadata cell of keys that have no column', () => {
  it('is a JSON object that metadata may be', () => {
    expect(readMetadataObjectCell('{"a ": {"b": 1}, "metadata": null}')).toEqual({
      ok: true,
      value: { 'a ': { b: 1 }, metadata: null },
    });
  });

  it.each(['text', '["a"]', 'null', '{"a": ', ''])('%j is none', (text) => {
    expect(readMetadataObjectCell(text)).toBeNull();
  });

  it.each([
    ['{"$a": 1}', /no leading \$/],
    ['{"__proto__": {"isAdmin": true}}', /cannot be a metadata key/],
  ])('%j is refused', (text, reason) => {
    const read = readMetadataObjectCell(text);
    expect(read && !read.ok ? read.reason : 'taken').toMatch(reason);
  });
});

describe('units and holdings', () => {
  it.each([
    ['0', 0],
    ['3', 3],
    ['3.0', 3],
    ['100000', 100_000],
    ['100001', null],
    ['-1', null],
    ['1.5', null],
    ['1e3', null],
    ['three', null],
  ])('%j units are %j', (text, units) => {
    const read = readUnitsCell(text);
    expect(read.ok ? read.value : null).toBe(units);
  });

  it('are read from an export, under tidy names', () => {
    expect(readHoldingsCell('{"Main Library": 2, " St. Mary\'s  Branch ": 0}')).toEqual({
      ok: true,
      value: { 'Main Library': 2, "St. Mary's Branch": 0 },
    });
    expect(readHoldingsCell('{}')).toEqual({ ok: true, value: {} });
  });

  it.each([
    ['3', /not a JSON object/],
    ['[1]', /not a JSON object/],
    ['null', /not a JSON object/],
    ['{"Main": ', /not a JSON object/],
    ['{"Main": "2"}', /whole number/],
    ['{"Main": -1}', /whole number/],
    ['{"Main": 1.5}', /whole number/],
    ['{"": 1}', /cannot be/],
    ['{"__proto__": 1}', /cannot be/],
    ['{"a\\u0000": 1}', /cannot be/],
    ['{"Main": 1, "Main ": 2}', /twice/],
  ])('%j are refused', (text, reason) => {
    const read = readHoldingsCell(text);
    expect(read.ok ? 'taken' : read.reason).toMatch(reason);
  });
});
