import { type BookFields, changedFields, requireOwnBook } from './book.js';

const FIELDS: BookFields = {
  title: 'The Dispossessed',
  isbn: '9780061054884',
  authorIds: ['a', 'b'],
  genreId: 'g',
  priceCents: 999,
  description: null,
  publicationDate: { text: '1974', sortKey: 19_740_000 },
  language: 'en',
};

describe('What was changed of a book', () => {
  it('is nothing when all fields are the same', () => {
    expect(
      changedFields(FIELDS, {
        ...FIELDS,
        authorIds: ['a', 'b'],
        publicationDate: { text: '1974', sortKey: 19_740_000 },
      }),
    ).toEqual([]);
  });

  it.each([
    ['title', { title: 'Anarres' }],
    ['isbn', { isbn: null }],
    ['authors', { authorIds: ['b', 'a'] }],
    ['authors', { authorIds: ['a'] }],
    ['genre', { genreId: null }],
    ['price', { priceCents: 0 }],
    ['description', { description: '' }],
    ['publicationDate', { publicationDate: null }],
    ['publicationDate', { publicationDate: { text: '1974-05', sortKey: 19_740_500 } }],
    ['language', { language: 'en-US' }],
  ])('is the %s alone when only that differs', (name, difference) => {
    expect(changedFields(FIELDS, { ...FIELDS, ...difference })).toEqual([name]);
  });
});

describe('A book', () => {
  it.each([
    ['author', 'ann', 'ann', true],
    ['author', 'bob', 'ann', false],
    ['author', 'bob', null, false],
    ['editor', 'bob', 'ann', true],
    ['admin', 'bob', null, true],
  ])('may be changed by the %s %s when %s created it: %s', (role, userId, createdBy, allowed) => {
    const attempt = () => requireOwnBook({ role, userId }, { createdBy });
    if (allowed) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(expect.objectContaining({ code: 'not-your-book' }));
  });
});
