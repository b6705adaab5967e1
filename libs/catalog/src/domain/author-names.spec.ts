import fc from 'fast-check';
import { distinctAuthors, joinAuthors, partAuthors } from './author-names.js';

describe('the authors in one field', () => {
  it.each([
    ['Jane Austen', ['Jane Austen']],
    ['J.K. Rowling, Mary GrandPré', ['J.K. Rowling', 'Mary GrandPré']],
    ['Strugatsky, Arkady; Strugatsky, Boris', ['Strugatsky, Arkady', 'Strugatsky, Boris']],
    ['A|B, C', ['A', 'B, C']],
    ['A;B|C', ['A', 'B', 'C']],
    ['Tolkien, J.R.R.;', ['Tolkien, J.R.R.']],
    ['Tolkien,J.R.R.', ['Tolkien,J.R.R.']],
    ['  A ;; ; a ;  B   b ', ['A', 'B b']],
    ['A,\n B', ['A', 'B']],
    ['Ursula\u00a0K. Le Guin', ['Ursula K. Le Guin']],
    ['Smith &amp; Sons', ['Smith &amp; Sons']],
    ['Smith &amp; Sons; Jones', ['Smith &amp; Sons', 'Jones']],
    ['AT&T; Bell', ['AT&T', 'Bell']],
    ['Bronte\u0308; Brontë; BRONTË', ['Brontë']],
    ['A\u037e B', ['A', 'B']],
    ['', []],
    [' ; , | ', [',']],
    ['["A;B", " C|D ", "", "A;B"]', ['A;B', 'C|D']],
    ['["A', ['["A']],
    ['[1]; B', ['[1]', 'B']],
    ['[1]', ['[1]']],
  ])('%j are %j', (field, authors) => {
    expect(partAuthors(field)).toEqual(authors);
  });

  it('are found again in the field that was written for them', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom(...';|,"[]&\\ab ', '&amp', '&#9', '\u037e') }),
    );
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const authors = distinctAuthors(names);
        expect(partAuthors(joinAuthors(authors))).toEqual(authors);
      }),
    );
    expect(joinAuthors(['Tolkien, J.R.R.'])).toBe('Tolkien, J.R.R.;');
    expect(joinAuthors(['A', 'B'])).toBe('A;B');
    expect(joinAuthors(['A;B'])).toBe('["A;B"]');
    expect(joinAuthors(['A &amp', 'B'])).toBe('["A &amp","B"]');
  });
});
