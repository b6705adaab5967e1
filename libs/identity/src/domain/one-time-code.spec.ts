import { CODE, codeOf, CODES } from './one-time-code.js';

describe('A one-time code', () => {
  it.each([
    [0, '000000'],
    [42, '000042'],
    [CODES - 1, '999999'],
  ])('of the number %i is %s', (number, code) => expect(codeOf(number)).toBe(code));

  it('is six digits, whatever its number', () => {
    for (let number = 0; number < CODES; number += 997) expect(codeOf(number)).toMatch(CODE);
  });

  it.each(['', '12345', '1234567', '12345a', ' 123456', '000000\n', '１２３４５６', '١٢٣٤٥٦', '1e5000', '+12345'])(
    'is not %j',
    (text) => expect(text).not.toMatch(CODE),
  );
});
