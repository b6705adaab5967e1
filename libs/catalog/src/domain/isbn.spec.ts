import fc from 'fast-check';
import { Isbn } from './isbn.js';

const HUNGER_GAMES = '9780439023481';

const digits = (count: number) => fc.stringMatching(new RegExp(`^\\d{${count}}$`));

/** Independent of the code under test: tries every check character by the definition of the standard. */
function withCheck10(body: string): string {
  const check = [...'0123456789X'].find((last) => {
    const sum = [...body, last].reduce((total, char, at) => total + (10 - at) * (char === 'X' ? 10 : Number(char)), 0);
    return sum % 11 === 0;
  });
  return body + (check ?? '');
}

function withCheck13(body: string): string {
  const check = [...'0123456789'].find((last) => {
    const sum = [...body, last].reduce((total, char, at) => total + Number(char) * (at % 2 ? 3 : 1), 0);
    return sum % 10 === 0;
  });
  return body + (check ?? '');
}

describe('an ISBN', () => {
  it.each([
    ['9780439023481', HUNGER_GAMES],
    ['978-0-439-02348-1', HUNGER_GAMES],
    ['0439023483', HUNGER_GAMES],
    ['0-439-02348-3', HUNGER_GAMES],
    ['  0 439 02348 3 ', HUNGER_GAMES],
    ['ISBN 0439023483', HUNGER_GAMES],
    ['isbn:0439023483', HUNGER_GAMES],
    ['ISBN-13: 978-0-439-02348-1', HUNGER_GAMES],
    ['ISBN 10 0439023483', HUNGER_GAMES],
    ['ISBN-10:0439023483', HUNGER_GAMES],
    ['978\u20110\u2011439\u201102348\u20111', HUNGER_GAMES],
    ['９７８０４３９０２３４８１', HUNGER_GAMES],
    ['９７８－０－４３９－０２３４８－１', HUNGER_GAMES],
    ['978\u00A00\u2009439\u300002348 1', HUNGER_GAMES],
    ['978\u20130\u2014439\u221202348\u00AD1', HUNGER_GAMES],
    ['\u202A978-0-439-02348-1\u202C', HUNGER_GAMES],
    ['\u200EISBN\u00A0978\u200B0\u2060439\uFEFF023481', HUNGER_GAMES],
    ['０８０４４２９５７ｘ', '9780804429573'],
    ['080442957x', '9780804429573'],
    ['0-8044-2957-X', '9780804429573'],
    ['979-10-90636-07-1', '9791090636071'],
  ])('is read from %j', (text, canonical) => {
    expect(Isbn.parse(text)?.value).toBe(canonical);
  });

  it.each([
    ['', 'An ISBN has 10 or 13 digits.'],
    ['043902348', 'An ISBN has 10 or 13 digits.'],
    ['X439023483', 'An ISBN has 10 or 13 digits.'],
    ['978043902348X', 'An ISBN has 10 or 13 digits.'],
    ['0439023484', 'The check digit of the ISBN is wrong.'],
    ['9780439023482', 'The check digit of the ISBN is wrong.'],
    ['4006381333931', 'An ISBN of 13 digits begins with 978 or 979.'],
    ['٩٧٨٠٤٣٩٠٢٣٤٨١', 'An ISBN has 10 or 13 digits.'],
    ['978043902348\u20E3', 'An ISBN has 10 or 13 digits.'],
    ['0000000000', 'An ISBN of zeros stands for no book.'],
    ['9780000000002', 'An ISBN of zeros stands for no book.'],
    [`0439023483${' '.repeat(60)}`, 'An ISBN has 10 or 13 digits.'],
    ['9.78043902348e+12', 'Floating-point notation has lost digits of the ISBN; keep the column as text.'],
  ])('is refused from %j with a reason', (text, reason) => {
    expect(Isbn.read(text)).toEqual({ ok: false, reason });
    expect(Isbn.parse(text)).toBeNull();
  });

  it('of 10 digits and of 13 digits of the same book is the same', () => {
    fc.assert(
      fc.property(digits(9), (body) => {
        fc.pre(body !== '000000000');
        const thirteen = withCheck13(`978${body}`);
        expect(Isbn.parse(withCheck10(body))?.value).toBe(thirteen);
        expect(Isbn.parse(thirteen)?.value).toBe(thirteen);
      }),
    );
  });

  it('is any twelve digits behind 978 or 979 with the check digit that belongs to them, and with no other', () => {
    fc.assert(
      fc.property(fc.constantFrom('978', '979'), digits(9), (prefix, body) => {
        fc.pre(body !== '000000000');
        const right = withCheck13(prefix + body);
        expect(Isbn.parse(right)?.value).toBe(right);
        const ends = [...'0123456789'].filter((last) => Isbn.parse(prefix + body + last) !== null);
        expect(ends).toEqual([right[12]]);
      }),
    );
  });

  it('of 13 digits with one wrong digit is noticed, and two neighbours exchanged that do not differ by 5', () => {
    fc.assert(
      fc.property(digits(9), fc.nat(11), fc.integer({ min: 1, max: 9 }), (body, at, shift) => {
        const right = withCheck13(`978${body}`);
        const wrongDigit = (Number(right[at]) + shift) % 10;
        expect(Isbn.parse(right.slice(0, at) + String(wrongDigit) + right.slice(at + 1))).toBeNull();
        const [one, other] = [Number(right[at]), Number(right[at + 1])];
        const exchanged = right.slice(0, at) + String(other) + String(one) + right.slice(at + 2);
        // The weights 1 and 3 differ by 2: an exchange of digits 5 apart changes the sum by 10 (ISO 2108, annex C).
        if (Math.abs(one - other) % 5 !== 0) expect(Isbn.parse(exchanged)).toBeNull();
      }),
    );
  });

  it('with one wrong digit, or two neighbours exchanged in ISBN-10, is noticed', () => {
    fc.assert(
      fc.property(digits(9), fc.nat(8), fc.integer({ min: 1, max: 9 }), (body, at, shift) => {
        const right = withCheck10(body);
        const wrongDigit = (Number(right[at]) + shift) % 10;
        expect(Isbn.parse(right.slice(0, at) + String(wrongDigit) + right.slice(at + 1))).toBeNull();
        const exchanged = right.slice(0, at) + (right[at + 1] ?? '') + (right[at] ?? '') + right.slice(at + 2);
        if (exchanged !== right) expect(Isbn.parse(exchanged)).toBeNull();
      }),
    );
  });

  it('does not depend on where hyphens and spaces stand', () => {
    fc.assert(
      fc.property(
        digits(9),
        fc.array(fc.constantFrom('', '-', ' '), { minLength: 13, maxLength: 13 }),
        (body, gaps) => {
          fc.pre(body !== '000000000');
          const thirteen = withCheck13(`978${body}`);
          expect(Isbn.parse([...thirteen].map((digit, at) => digit + (gaps[at] ?? '')).join(''))?.value).toBe(thirteen);
        },
      ),
    );
  });
});

describe('mending an ISBN', () => {
  it.each([
    ['439023483', HUNGER_GAMES],
    ['61120081', '9780061120084'],
    ['439023483.0', HUNGER_GAMES],
    ['9780439023481.0', HUNGER_GAMES],
    ['80442957X', '9780804429573'],
    ['ISBN 439-02348-3', HUNGER_GAMES],
    ['="0439023483"', HUNGER_GAMES],
    ['="439023483"', HUNGER_GAMES],
    ['0-439-02348-3 (pbk.)', HUNGER_GAMES],
    ['9780439023481 (hardcover : alk. paper)', HUNGER_GAMES],
  ])('%j gives %j', (text, canonical) => {
    const mended = Isbn.mend(text);
    expect(mended.ok ? mended.value.value : null).toBe(canonical);
  });

  it('gives back up to three lost leading zeros and no more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), digits(9), (lost, tail) => {
        const body = '0'.repeat(lost) + tail.slice(lost);
        fc.pre(body[lost] !== '0');
        const mended = Isbn.mend(withCheck10(body).slice(lost));
        expect(mended.ok && mended.value.value).toBe(withCheck13(`978${body}`));
      }),
    );
    expect(Isbn.mend('0').ok).toBe(false);
    expect(Isbn.mend(withCheck10('000012345').slice(4)).ok).toBe(false);
  });

  it.each(['9.78043902348e+12', '9.78043902348E+12', '9,78043902348E+12', '9.780439023481e+12'])(
    'never believes floating-point notation: %s',
    (text) => {
      expect(Isbn.mend(text)).toEqual({
        ok: false,
        reason: 'Floating-point notation has lost digits of the ISBN; keep the column as text.',
      });
    },
  );

  it.each([
    ['0439023483; 9780061120084', HUNGER_GAMES],
    ['0439023484 (wrong) | 0439023483 (pbk.)', HUNGER_GAMES],
    ['n/a, 439023483', HUNGER_GAMES],
    ['0439023483/9780439023481', HUNGER_GAMES],
    ['439023483', HUNGER_GAMES],
  ])('takes the first usable number of %j', (text, canonical) => {
    const mended = Isbn.mendFirst(text);
    expect(mended.ok ? mended.value.value : null).toBe(canonical);
  });

  it('says of several unusable numbers what it says of one', () => {
    expect(Isbn.mendFirst('1; 2')).toEqual(Isbn.mend('1'));
    expect(Isbn.mendFirst('9,78043902348E+12')).toEqual(Isbn.mend('9.78043902348E+12'));
    expect(Isbn.mendFirst(`${'1;'.repeat(500_000)}0439023483`).ok).toBe(false);
  });

  it('says when the check digit does not prove the zeros', () => {
    expect(Isbn.mend('439023484')).toEqual({
      ok: false,
      reason: 'The check digit is wrong, also with the leading zeros put back.',
    });
  });
});
