import { newId } from '@holdfast/kernel';
import { planColumns } from './csv-columns.js';
import { fieldsAfter, judgeRows, readUploadRow, type RowMatches, type UploadRow } from './upload-rows.js';
import type { UploadOptions } from './upload.js';

const nothing: RowMatches = {
  titleKey: '',
  writtenById: null,
  byId: null,
  writtenByIsbn: null,
  byIsbn: null,
  writtenByTitle: null,
  byTitle: [],
};

function rowOf(line: number, cells: Record<string, string>): UploadRow {
  const planned = planColumns(Object.keys(cells));
  if (!planned.ok) throw new Error('no plan');
  const row = readUploadRow(planned.plan, line, Object.values(cells));
  if ('outcome' in row) throw new Error('no row');
  return row;
}

/** Each row as `line→book`, `line→new` or `line:outcome`. */
function judged(
  rows: { cells: Record<string, string>; matches?: Partial<RowMatches> }[],
  onExisting: UploadOptions['onExisting'] = 'update',
): string[] {
  const given = rows.map(({ cells, matches }, place) => ({
    ...rowOf(place + 2, cells),
    matches: { ...nothing, titleKey: cells.title ?? '', ...matches },
  }));
  const { toWrite, settled } = judgeRows(given, onExisting);
  return [
    ...toWrite.map(({ line, bookId }) => `${line}→${bookId ?? 'new'}`),
    ...settled.map(({ line, outcome, errors, warnings }) =>
      [`${line}:${outcome}`, ...[...errors, ...warnings].map(({ reason }) => reason)].join(' '),
    ),
  ].sort();
}

const EMMA = { title: 'Emma', isbn: '9780385474542', price: '1' };
const PLAIN = { title: 'Emma', price: '1' };

describe('a row of an upload', () => {
  it('is written to the book that it means, else to a new one', () => {
    expect(judged([{ cells: EMMA }])).toEqual(['2→new']);
    expect(judged([{ cells: EMMA, matches: { byIsbn: 'emma' } }])).toEqual(['2→emma']);
    expect(judged([{ cells: PLAIN, matches: { byTitle: ['emma'] } }])).toEqual(['2→emma']);
    expect(judged([{ cells: EMMA, matches: { byId: 'emma', byIsbn: 'emma' } }])).toEqual(['2→emma']);
  });

  it('is skipped when an earlier one meant the same book', () => {
    const reason = 'The same book as line 2; left out.';
    expect(judged([{ cells: EMMA }, { cells: EMMA }])).toEqual(['2→new', `3:skipped ${reason}`]);
    expect(judged([{ cells: PLAIN }, { cells: PLAIN }])).toEqual(['2→new', `3:skipped ${reason}`]);
    expect(
      judged([
        { cells: EMMA, matches: { byId: 'x' } },
        { cells: PLAIN, matches: { byTitle: ['x'] } },
      ]),
    ).toEqual(['2→x', `3:skipped ${reason}`]);
    for (const written of ['writtenById', 'writtenByIsbn', 'writtenByTitle'] as const) {
      const cells = written === 'writtenByTitle' ? PLAIN : EMMA;
      expect(judged([{ cells, matches: { [written]: 2 } }])).toEqual([`2:skipped ${reason}`]);
    }
  });

  it('with an id is another book than those of other rows, though title and author be the same', () => {
    const own = () => ({ ...PLAIN, id: newId() });
    expect(judged([{ cells: own() }, { cells: own() }])).toEqual(['2→new', '3→new']);
    expect(judged([{ cells: own(), matches: { writtenByTitle: 9 } }])).toEqual(['2→new']);
    const matches = { byTitle: ['older', 'newer'] };
    expect(judged([1, 2, 3].map(() => ({ cells: own(), matches })))).toEqual(['2→older', '3→newer', '4→new']);
    expect(
      judged([
        { cells: own(), matches: { byId: 'older' } },
        { cells: own(), matches },
      ]),
    ).toEqual(['2→older', '3→newer']);
    expect(judged([{ cells: own() }, { cells: PLAIN }])).toEqual([
      '2→new',
      '3:skipped The same book as line 2; left out.',
    ]);
  });

  it('with an ISBN is another book than one of the same title without', () => {
    expect(judged([{ cells: PLAIN }, { cells: EMMA }])).toEqual(['2→new', '3→new']);
    expect(judged([{ cells: EMMA }, { cells: PLAIN }])).toEqual(['2→new', '3→new']);
  });

  it('fails when it would give a book the ISBN of another', () => {
    const failed = 'failed Another book has this ISBN.';
    expect(judged([{ cells: EMMA, matches: { byId: 'one', byIsbn: 'other' } }])).toEqual([`2:${failed}`]);
    expect(judged([{ cells: EMMA, matches: { byId: 'one', writtenByIsbn: 7 } }])).toEqual([`2:${failed}`]);
    expect(judged([{ cells: EMMA }, { cells: EMMA, matches: { byId: 'one' } }])).toEqual(['2→new', `3:${failed}`]);
  });

  it('is skipped where books that are there shall be left alone', () => {
    expect(judged([{ cells: EMMA, matches: { byIsbn: 'emma' } }, { cells: PLAIN }], 'skip')).toEqual([
      '2:skipped',
      '3→new',
    ]);
  });

  it('knows the missing price as something to say of a new book only', () => {
    for (const price of [{}, { price: ' ' }] as Record<string, string>[]) {
      const { saysPrice, warnings, priceWarnings } = rowOf(2, { title: 'Emma', ...price });
      expect([saysPrice, warnings.length, priceWarnings.length]).toEqual([false, 0, 1]);
    }
    expect(rowOf(2, { title: 'Emma', price: '0' })).toMatchObject({ saysPrice: true, priceWarnings: [] });
  });
});

describe('a book after a row', () => {
  const before = {
    title: 'Emma',
    isbn: '9780385474542',
    authorIds: ['a'],
    genreId: 'g',
    priceCents: 500,
    description: 'd',
    publicationDate: { text: '1815', sortKey: 18150000 },
    language: 'en',
  };

  it('keeps what the row does not say', () => {
    const cells = { title: 'Emma', isbn: '', price: '', publication_date: '', language: '', description: '' };
    expect(fieldsAfter(rowOf(2, cells), { authorIds: [], genreId: null }, before)).toEqual(before);
  });

  it('has what the row says', () => {
    const cells = {
      title: 'E',
      isbn: '9780061054884',
      price: '0',
      publication_date: '1816',
      language: 'fr',
      description: 'x',
    };
    expect(fieldsAfter(rowOf(2, cells), { authorIds: ['b'], genreId: 'h' }, before)).toMatchObject({
      title: 'E',
      isbn: '9780061054884',
      authorIds: ['b'],
      genreId: 'h',
      priceCents: 0,
      description: 'x',
      publicationDate: { text: '1816' },
      language: 'fr',
    });
  });

  it('that is new has nothing else', () => {
    expect(fieldsAfter(rowOf(2, { title: 'Emma' }), { authorIds: [], genreId: null }, null)).toMatchObject({
      title: 'Emma',
      isbn: null,
      authorIds: [],
      genreId: null,
      priceCents: 0,
      publicationDate: null,
    });
  });
});
