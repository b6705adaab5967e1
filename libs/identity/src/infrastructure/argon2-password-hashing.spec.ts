import * as argon2 from '@node-rs/argon2';
import { Argon2PasswordHashing } from './argon2-password-hashing.js';

jest.mock('@node-rs/argon2', () => {
  const actual = jest.requireActual<typeof argon2>('@node-rs/argon2');
  return { ...actual, verify: jest.fn(actual.verify) };
});

describe('Password hashing', () => {
  const passwords = new Argon2PasswordHashing();

  it('is argon2id with 19 MiB, two passes, one lane, and a salt each', async () => {
    const [one, two] = await Promise.all([
      passwords.hash('notes on the engine'),
      passwords.hash('notes on the engine'),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('knows the right password, however its accents are composed, and no other', async () => {
    const hash = await passwords.hash('caf\u00e9 au bord du lac');
    expect(await passwords.verify(hash, 'cafe\u0301 au bord du lac')).toBe(true);
    expect(await passwords.verify(hash, 'cafe au bord du lac')).toBe(false);
  });

  it('does the same work for nobody, and says no', async () => {
    const verify = jest.mocked(argon2.verify);
    verify.mockClear();
    expect(await passwords.verify(null, 'notes on the engine')).toBe(false);
    const [hash] = verify.mock.calls[0]!;
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });
});
