import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Authenticator, Clock } from '@holdfast/platform';
import { calculateJwkThumbprint, decodeProtectedHeader, exportJWK, type JWTPayload, SignJWT } from 'jose';
import { IdentityApp, type SignedIn } from '../../testing/identity-app.js';
import { AccessTokens } from '../application/access-tokens.js';
import { SigningKeys } from './signing-keys.js';

/** A clock that a spec can set forward. */
class SetClock extends Clock {
  ahead = 0;
  now(): Date {
    return new Date(Date.now() + this.ahead);
  }
}

const pemOf = (key: KeyObject, type: 'pkcs8' | 'spki') => key.export({ type: type, format: 'pem' }).toString();

describe('Access tokens', () => {
  const clock = new SetClock();
  let app: IdentityApp;
  let reader: SignedIn;
  let keys: SigningKeys;
  let claims: JWTPayload;

  beforeAll(async () => {
    app = await IdentityApp.start({}, clock);
    reader = await app.customer();
    keys = app.nest.get(SigningKeys);
    claims = JSON.parse(Buffer.from(reader.accessToken.split('.')[1]!, 'base64url').toString());
  });
  afterAll(() => app.close());
  afterEach(() => {
    clock.ahead = 0;
  });

  const knock = async (token: string) => (await app.get('/auth/me', token)).status;
  const header = () => ({ alg: 'EdDSA', typ: 'at+jwt', kid: keys.current.kid });
  const signed = (payload: JWTPayload, head: object = header(), key: KeyObject = keys.privateKey) =>
    new SignJWT(payload).setProtectedHeader(head as { alg: string }).sign(key);

  it('carry what RFC 9068 asks for', () => {
    expect(decodeProtectedHeader(reader.accessToken)).toEqual(header());
    expect(claims).toEqual({
      iss: 'holdfast',
      aud: 'holdfast-api',
      sub: reader.id,
      sid: expect.any(String),
      role: 'customer',
      iat: expect.any(Number),
      exp: claims.iat! + 900,
      jti: expect.any(String),
    });
  });

  it('expire, also while they are remembered', async () => {
    clock.ahead = 880_000;
    expect(await knock(reader.accessToken)).toBe(200);
    clock.ahead = 901_000;
    expect(await knock(reader.accessToken)).toBe(401);
    clock.ahead = 0;
    expect(await knock(reader.accessToken)).toBe(200);
  });

  it('live no longer than the setting says, whatever they say: a lower one counts at once', async () => {
    const stricter = await app.beside({ JWT_ACCESS_SECONDS: '300' }, clock);
    try {
      clock.ahead = 290_000;
      expect((await stricter.get('/auth/me', reader.accessToken)).status).toBe(200);
      clock.ahead = 301_000;
      expect((await stricter.get('/auth/me', reader.accessToken)).status).toBe(401);
      expect(await knock(reader.accessToken)).toBe(200);
      const eternal = await signed({ ...claims, exp: 99_999_999_999 });
      clock.ahead = 901_000;
      expect(await knock(eternal)).toBe(401);
    } finally {
      await stricter.close();
    }
  });

  it('may come from a process whose clock is a minute ahead, and not from tomorrow', async () => {
    expect(await knock(await signed({ ...claims, iat: claims.iat! + 50, exp: claims.exp! + 50 }))).toBe(200);
    expect(await knock(await signed({ ...claims, iat: claims.iat! + 120, exp: claims.exp! + 120 }))).toBe(401);
  });

  it('are tied to the session, whose end the next request sees', async () => {
    const person = await app.customer();
    const { userId, role } = (await app.nest.get(Authenticator).authenticate(person.accessToken))!;
    expect([userId, role]).toEqual([person.id, 'customer']);
    expect((await app.post('/auth/logout', undefined, person.accessToken)).status).toBe(204);
    expect(await knock(person.accessToken)).toBe(401);
  });

  it('are checked for their signature once, and those that are bad each time', async () => {
    const person = await app.customer();
    const verify = jest.spyOn(app.nest.get(AccessTokens), 'verify');
    for (let i = 0; i < 5; i++) expect(await knock(person.accessToken)).toBe(200);
    expect(verify).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 5; i++) expect(await knock(`${person.accessToken}x`)).toBe(401);
    expect(verify).toHaveBeenCalledTimes(6);
    verify.mockRestore();
  });

  describe('keys', () => {
    it('are published without the secret part, under their RFC 7638 thumbprint', async () => {
      const { status, body } = await app.call<{ keys: { kid: string }[] }>('GET', '/.well-known/jwks.json');
      expect(status).toBe(200);
      expect(body).toEqual({
        keys: [{ kty: 'OKP', crv: 'Ed25519', x: expect.any(String), alg: 'EdDSA', use: 'sig', kid: keys.current.kid }],
      });
      expect(body.keys[0]!.kid).toBe(await calculateJwkThumbprint(body.keys[0]!));
    });

    it('are made once for all processes, and readable by the owner only', async () => {
      const path = join(app.settings.dataDir, 'jwt-key.pem');
      const before = await readFile(path, 'utf8');
      const settings = { ...app.settings, dataDir: join(app.settings.dataDir, 'at-once') };
      const loaded = await Promise.all(Array.from({ length: 10 }, () => SigningKeys.load(settings)));
      expect(new Set(loaded.map(({ current }) => current.kid)).size).toBe(1);
      expect((await SigningKeys.load(app.settings)).current.kid).toBe(keys.current.kid);
      expect(await readFile(path, 'utf8')).toBe(before);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    });

    it('can be rotated: ES256 signs, the previous one still counts', async () => {
      const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const old = generateKeyPairSync('ed25519');
      const rotated = await IdentityApp.start({
        JWT_PRIVATE_KEY: pemOf(p256.privateKey, 'pkcs8').replaceAll('\n', '\\n'),
        JWT_PREVIOUS_PUBLIC_KEYS: pemOf(old.publicKey, 'spki'),
      });
      try {
        const person = await rotated.customer();
        expect(decodeProtectedHeader(person.accessToken).alg).toBe('ES256');
        expect((await rotated.get('/auth/me', person.accessToken)).status).toBe(200);
        const payload = JSON.parse(Buffer.from(person.accessToken.split('.')[1]!, 'base64url').toString());
        const oldKid = await calculateJwkThumbprint(await exportJWK(old.publicKey));
        const byOld = await signed(payload, { alg: 'EdDSA', typ: 'at+jwt', kid: oldKid }, old.privateKey);
        expect((await rotated.get('/auth/me', byOld)).status).toBe(200);
        const mixed = await signed(payload, { alg: 'ES256', typ: 'at+jwt', kid: oldKid }, p256.privateKey);
        expect((await rotated.get('/auth/me', mixed)).status).toBe(401);
        const { body } = await rotated.call<{ keys: { kid: string; d?: string }[] }>('GET', '/.well-known/jwks.json');
        expect(body.keys.map(({ kid }) => kid)).toEqual([rotated.nest.get(SigningKeys).current.kid, oldKid]);
        expect(body.keys.some((key) => key.d)).toBe(false);
      } finally {
        await rotated.close();
      }
    });

    it('can be rotated process by process, and nobody is signed out at any step', async () => {
      const [old, next] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
      const both = [old, next].map(({ publicKey }) => pemOf(publicKey, 'spki')).join('');
      const steps: Record<string, string>[] = [
        { JWT_PRIVATE_KEY: pemOf(old.privateKey, 'pkcs8') },
        { JWT_PRIVATE_KEY: pemOf(old.privateKey, 'pkcs8'), JWT_PREVIOUS_PUBLIC_KEYS: both },
        { JWT_PRIVATE_KEY: pemOf(next.privateKey, 'pkcs8'), JWT_PREVIOUS_PUBLIC_KEYS: both },
        { JWT_PRIVATE_KEY: pemOf(next.privateKey, 'pkcs8') },
      ];
      const processes = await Promise.all(steps.map((env) => app.beside(env)));
      try {
        const { username } = await app.customer();
        const tokens: string[] = [];
        for (const process of processes) tokens.push((await process.signIn(username)).accessToken);
        const answers = await Promise.all(
          processes.map((process) =>
            Promise.all(tokens.map(async (token) => (await process.get('/auth/me', token)).status)),
          ),
        );
        // Each step lives beside the one before it; only those two apart do not know each other's keys.
        expect(answers).toEqual([
          [200, 200, 401, 401],
          [200, 200, 200, 200],
          [200, 200, 200, 200],
          [401, 401, 200, 200],
        ]);
        expect((await processes[1]!.call<{ keys: object[] }>('GET', '/.well-known/jwks.json')).body.keys).toHaveLength(
          2,
        );
      } finally {
        await Promise.all(processes.map((process) => process.close()));
      }
    });

    it.each([
      ['no PEM', { jwtPrivateKey: 'secret' }, 'JWT_PRIVATE_KEY'],
      [
        'an RSA key',
        { jwtPrivateKey: pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'pkcs8') },
        'JWT_PRIVATE_KEY',
      ],
      [
        'another curve',
        { jwtPrivateKey: pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, 'pkcs8') },
        'JWT_PRIVATE_KEY',
      ],
      ['a previous key that is none', { jwtPreviousPublicKeys: 'secret' }, 'JWT_PREVIOUS_PUBLIC_KEYS'],
    ])('are refused at the start and named: %s', async (_, change, variable) => {
      await expect(SigningKeys.load({ ...app.settings, ...change })).rejects.toThrow(variable);
    });
  });
});
