import fc from 'fast-check';
import { PublicationDate } from './publication-date.js';

const fromCsv = (text: string) => {
  const read = PublicationDate.fromCsv(text);
  return read.ok ? (read.value?.toString() ?? 'unknown') : read.reason;
};

describe('a publication date', () => {
  it.each([
    ['2008', 20_080_000],
    ['2008-08', 20_080_800],
    ['2008-08-11', 20_080_811],
    ['2000-02-29', 20_000_229],
    ['-0750', -7_500_000],
    ['-0004-02-29', -39_771],
    ['9999-12-31', 99_991_231],
    ['-9999', -99_990_000],
    ['0001', 10_000],
  ])('%s is kept as written, with sort key %d', (text, sortKey) => {
    const date = PublicationDate.parse(text);
    expect([date?.toString(), date?.sortKey]).toEqual([text, sortKey]);
  });

  it.each([
    ['0000', 'There is no year 0.'],
    ['-0000', 'There is no year 0.'],
    ['2008-00', 'There is no such month.'],
    ['2008-13', 'There is no such month.'],
    ['2008-02-30', 'There is no such day in this month.'],
    ['1900-02-29', 'There is no such day in this month.'],
    ['2008-04-31', 'There is no such day in this month.'],
    ['2008-08-00', 'There is no such day in this month.'],
  ])('%s is refused: %s', (text, reason) => {
    expect(PublicationDate.read(text)).toEqual({ ok: false, reason });
  });

  it.each(['', '08', '20080', '+2008', '2008-8', '2008-08-11T00:00:00Z', '2008/08/11', ' 2008', '2008\n', '２００８'])(
    '%j has not the form',
    (text) => {
      expect(PublicationDate.parse(text)).toBeNull();
    },
  );

  it('sorts by time, before our era too', () => {
    const inOrder = [
      '-9999',
      '-0750',
      '-0750-03',
      '-0750-03-01',
      '-0750-12-31',
      '-0749',
      '-0001-12-31',
      '0001',
      '0001-01',
    ];
    const keys = inOrder.map((text) => PublicationDate.parse(text)?.sortKey ?? Number.NaN);
    expect(keys).toEqual([...keys].sort((a, b) => a - b));
    expect(new Set(keys).size).toBe(inOrder.length);
  });

  it('spans the sort keys of all dates inside it and of none outside', () => {
    const day = fc.record({ year: fc.integer({ min: -9999, max: 9999 }), month: fc.integer({ min: 1, max: 12 }) });
    fc.assert(
      fc.property(day, day, (one, other) => {
        fc.pre(one.year !== 0 && other.year !== 0);
        const sign = (year: number) => `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}`;
        const year = PublicationDate.parse(sign(one.year));
        const month = PublicationDate.parse(`${sign(other.year)}-${String(other.month).padStart(2, '0')}`);
        if (!year || !month) throw new Error('Both are dates.');
        const isInside = month.sortKey >= year.sortKey && month.lastSortKey <= year.lastSortKey;
        expect(isInside).toBe(one.year === other.year);
      }),
    );
  });
});

describe('a publication date of a CSV file', () => {
  it.each([
    ['2008.0', '2008'],
    ['2008', '2008'],
    ['-750.0', '-0750'],
    ['\u2212750', '-0750'],
    ['8.0', '0008'],
    ['975', '0975'],
    ['0', 'unknown'],
    ['0.0', 'unknown'],
    ['-0', 'unknown'],
    ['0000', 'unknown'],
    ['0000-05-01', 'unknown'],
    ['2008-08-11', '2008-08-11'],
    ['2008-8-1', '2008-08-01'],
    ['2008-08', '2008-08'],
    ['2008/08/11', '2008-08-11'],
    ['2008.08.11', '2008-08-11'],
    [' 2008-08-11 00:00:00 ', '2008-08-11'],
    ['2008-08-11T23:30:00.000+02:00', '2008-08-11'],
    ['-0750-03-01', '-0750-03-01'],
    ['12008', 'The year is not between -9999 and 9999.'],
    ['20080811', 'The year is not between -9999 and 9999.'],
    ['-10000.0', 'The year is not between -9999 and 9999.'],
    ['2008.5', 'The publication date is not a year, YYYY-MM or YYYY-MM-DD.'],
    ['08/11/2008', 'The publication date is not a year, YYYY-MM or YYYY-MM-DD.'],
    ['2008-08/11', 'The publication date is not a year, YYYY-MM or YYYY-MM-DD.'],
    ['c. 1900', 'The publication date is not a year, YYYY-MM or YYYY-MM-DD.'],
    ['2008-02-30', 'There is no such day in this month.'],
  ])('%j is %j', (text, expected) => {
    expect(fromCsv(text)).toBe(expected);
  });
});
