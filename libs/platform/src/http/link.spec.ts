import { linksOf } from './link.js';

describe('The Link header of a page', () => {
  it('leads to the next page by cursor and keeps the other parameters', () => {
    expect(linksOf('/api/books?search=le%20guin&limit=2', { limit: 2, offset: 0, nextCursor: 'abc' })).toBe(
      '</api/books?search=le+guin&limit=2>; rel="first", </api/books?search=le+guin&limit=2&cursor=abc>; rel="next"',
    );
  });

  it('goes on by offset when the request used one, and back too', () => {
    expect(linksOf('/api/books?offset=3&limit=2', { limit: 2, offset: 3, nextCursor: 'abc' })).toBe(
      '</api/books?limit=2>; rel="first", </api/books?limit=2&offset=1>; rel="prev", </api/books?limit=2&offset=5>; rel="next"',
    );
  });

  it('ends on the last page', () => {
    expect(linksOf('/api/books?cursor=abc', { limit: 20, offset: 0, nextCursor: null })).toBe(
      '</api/books>; rel="first"',
    );
  });

  it('cannot be broken out of by what the caller writes into the query', () => {
    expect(linksOf('/api/books?search=%3E;%22%0D%0A', { limit: 20, offset: 0, nextCursor: null })).toBe(
      '</api/books?search=%3E%3B%22%0D%0A>; rel="first"',
    );
  });

  it('is left out where the request is so long that the answer would have more headers than clients take', () => {
    const page = { limit: 20, offset: 20, nextCursor: 'abc' };
    expect(linksOf(`/api/books?search=${'a'.repeat(1900)}`, page)?.length).toBeLessThan(6500);
    expect(linksOf(`/api/books?search=${'a'.repeat(2000)}`, page)).toBeUndefined();
  });
});
