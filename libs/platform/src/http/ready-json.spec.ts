import { etagOf } from './etag.js';
import { matchesAny, ReadyJson } from './ready-json.js';

describe('An answer that is ready', () => {
  it('has the ETag that its parsed form would get', () => {
    const book = { id: 'b', version: 3, title: 'Émile "2"\n😀' };
    expect(ReadyJson.ofResource(JSON.stringify(book), 3).etag).toBe(etagOf(book));
  });

  it('is the same after a cache kept it', () => {
    const answer = ReadyJson.ofResource('{"text":"with\\na line\n","version":1}', 1);
    expect(ReadyJson.kept(answer.keep())).toEqual(answer);
  });

  it.each([[[]], [['{"a":1}']], [['{"a":1}', '{"a":2}']]])('is a page of what is ready: %p', (items: string[]) => {
    const { text, page } = ReadyJson.ofPage({ items, total: 2, limit: 2, offset: 0, nextCursor: null });
    expect(JSON.parse(text)).toEqual({ items: items.map((item) => JSON.parse(item) as object), ...page });
    expect(page).toEqual({ total: 2, limit: 2, offset: 0, nextCursor: null });
  });

  it.each([
    ['"1.x"', true],
    ['W/"1.x"', true],
    ['"0.y", W/"1.x"', true],
    ['*', true],
    ['"1.X"', false],
    ['1.x', false],
    ['', false],
    [undefined, false],
  ])('is known to who sends If-None-Match: %p: %p', (header, known) => {
    expect(matchesAny(header, '"1.x"')).toBe(known);
  });
});
