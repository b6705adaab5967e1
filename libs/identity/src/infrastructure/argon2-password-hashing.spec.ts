import { readSettings } from '@holdfast/platform';
import * as argon2 from '@node-rs/argon2';
import { Argon2PasswordHashing } from './argon2-password-hashing.js';

jest.mock('@node-rs/argon2', () => {
  const actual = jest.requireActual<typeof argon2>('@node-rs/argon2');
  return { ...actual, verify: jest.fn(actual.verify) };
});

const PASSWORD = 'notes on the engine';
const hashing = (memory?: string, passes?: string) =>
  new Argon2PasswordHashing(readSettings({ PASSWORD_HASH_MEMORY_KIB: memory, PASSWORD_HASH_PASSES: passes }));

describe('Password hashing', () => {
  const passwords = hashing();
  const cheap = hashing('1024', '1');

  it('is argon2id with 19 MiB, two passes, one lane, and a salt each, where nothing else is set', async () => {
    const [one, two] = await Promise.all([passwords.hash(PASSWORD), passwords.hash(PASSWORD)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('takes memory and passes from the settings', async () => {
    expect(await hashing('2048', '3').hash(PASSWORD)).toMatch(/^\$argon2id\$v=19\$m=2048,t=3,p=1\$/);
  });

  it('knows the right password, however its accents are composed, and no other', async () => {
    const hash = await passwords.hash('caf\u00e9 au bord du lac');
    expect(await passwords.verify(hash, 'cafe\u0301 au bord du lac')).toBe(true);
    expect(await passwords.verify(hash, 'cafe au bord du lac')).toBe(false);
  });

  it('knows a password whose hash was made with other parameters, and asks for another hash', async () => {
    const made = [await cheap.hash(PASSWORD), await hashing('2048', '1').hash(PASSWORD)];
    for (const hash of [...made, await hashing('1024', '2').hash(PASSWORD)]) {
      expect(await cheap.verify(hash, PASSWORD)).toBe(true);
    }
    expect(made.map((hash) => cheap.needsRehash(hash))).toEqual([false, true]);
    expect(cheap.needsRehash(await hashing('1024', '2').hash(PASSWORD))).toBe(true);
    expect(cheap.needsRehash(await argon2.hash(PASSWORD, { memoryCost: 1024, timeCost: 1, parallelism: 2 }))).toBe(
      true,
    );
  });

  it('does the same work for nobody, and says no', async () => {
    const verify = jest.mocked(argon2.verify);
    verify.mockClear();
    const known = await passwords.hash(PASSWORD);
    expect(await passwords.verify(null, PASSWORD)).toBe(false);
    await passwords.verify(known, 'another one');
    const [nobody, somebody] = verify.mock.calls.map(([hash]) => argon2.parseOptions(hash));
    expect(nobody).toEqual(somebody);
  });

  it.each([
    ['text that is no hash', '$argon2id$none'],
    ['a hash that was cut', '$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ'],
    ['a hash of too little work', `$argon2id$v=19$m=4,t=0,p=1$c29tZXNhbHQ$${'A'.repeat(43)}`],
    ['nothing', ''],
    ['the plain password', PASSWORD],
  ])('says no to %s, after the same work', async (_, hash) => {
    const verify = jest.mocked(argon2.verify);
    verify.mockClear();
    expect(await passwords.verify(hash, PASSWORD)).toBe(false);
    const [compared] = verify.mock.calls.map(([hash]) => argon2.parseOptions(hash));
    expect(compared).toMatchObject({ memoryCost: 19_456, timeCost: 2 });
  });

  it.each([
    ['argon2i', 1],
    ['argon2d', 0],
  ])('says no to the right password of an %s hash', async (variant, algorithm) => {
    const hash = await argon2.hash(PASSWORD, { algorithm, memoryCost: 1024, timeCost: 1, parallelism: 1 });
    expect(hash).toContain(`$${variant}$`);
    expect(await argon2.verify(hash, PASSWORD)).toBe(true);
    expect(await passwords.verify(hash, PASSWORD)).toBe(false);
  });
});
