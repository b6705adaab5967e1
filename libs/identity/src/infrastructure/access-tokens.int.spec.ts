import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@holdfast/kernel';
import { Authenticator, Clock } from '@holdfast/platform';
import { calculateJwkThumbprint, decodeProtectedHeader, exportJWK, type JWTPayload, SignJWT } from 'jose';
import { SigningKeys } from '../infrastructure/signing-keys.js';
import { IdentityApp, type SignedIn } from '../../testing/identity-app.js';

/** A clock that a spec can set forward. */
class SetClock extends Clock {
  ahead = 0;
  now(): Date {
    return new Date(Date.now() + this.ahead);
  }
}

const pemOf = (key: KeyObject, type: 'pkcs8' | 'spki') => key.export({ type: type, format: 'pem' }).toString();
const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

describe('Access tokens', () => {
  const clock = new SetClock();
  let app: IdentityApp;
  let reader: SignedIn;
  let keys: SigningKeys;
  let claims: JWTPayload;
  let session: string;

  beforeAll(async () => {
    app = await IdentityApp.start({}, clock);
    reader = await app.customer();
    keys = app.nest.get(SigningKeys);
    claims = JSON.parse(Buffer.from(reader.accessToken.split('.')[1]!, 'base64url').toString());
    session = String(claims.sid);
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

  it('are good when they are made as ours are, so that the refusals below mean something', async () => {
    expect(await knock(await signed(claims))).toBe(200);
  });

  describe('made by somebody else', () => {
    const other = generateKeyPairSync('ed25519');
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const now = Math.floor(Date.now() / 1000);
    const publicPem = () => pemOf(createPublicKey(keys.privateKey), 'spki');
    const without = (name: string) => Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));
    const hs256 = (secret: string | Buffer) => {
      const text = `${encoded({ ...header(), alg: 'HS256' })}.${encoded(claims)}`;
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    };
    const unsigned = (alg: string, signature = '') =>
      `${encoded({ ...header(), alg })}.${encoded(claims)}.${signature}`;
    const parts = () => reader.accessToken.split('.') as [string, string, string];

    const hostile: [string, () => string | Promise<string>][] = [
      ['alg none', () => unsigned('none')],
      ['alg None', () => unsigned('None')],
      ['alg none with our signature', () => unsigned('none', parts()[2])],
      ['no alg', () => `${encoded({ typ: 'at+jwt', kid: keys.current.kid })}.${encoded(claims)}.${parts()[2]}`],
      ['HS256 with the public PEM as the secret', () => hs256(publicPem())],
      [
        'HS256 with the raw public key as the secret',
        () => hs256(Buffer.from(String(keys.current.jwk.x), 'base64url')),
      ],
      ['HS256 with an empty secret', () => hs256('')],
      ['a key of another under our kid', () => signed(claims, header(), other.privateKey)],
      ['ES256 under our kid', () => signed(claims, { ...header(), alg: 'ES256' }, p256.privateKey)],
      ['an unknown kid', () => signed(claims, { ...header(), kid: 'another' })],
      ['a kid that is a path', () => signed(claims, { ...header(), kid: '../../../dev/null' })],
      ['a kid that is SQL', () => signed(claims, { ...header(), kid: "' OR 1=1 --" })],
      ['no kid', () => signed(claims, { alg: 'EdDSA', typ: 'at+jwt' })],
      [
        'a jwk in the header',
        async () => signed(claims, { ...header(), jwk: await exportJWK(other.publicKey) }, other.privateKey),
      ],
      [
        'a jku in the header',
        () => signed(claims, { ...header(), jku: 'http://127.0.0.1/keys', kid: 'x' }, other.privateKey),
      ],
      [
        'an unknown critical extension',
        () => `${encoded({ ...header(), crit: ['x'], x: 1 })}.${parts()[1]}.${parts()[2]}`,
      ],
      ['typ JWT', () => signed(claims, { ...header(), typ: 'JWT' })],
      ['no typ', () => signed(claims, { alg: 'EdDSA', kid: keys.current.kid })],
      ['another issuer', () => signed({ ...claims, iss: 'elsewhere' })],
      ['no issuer', () => signed(without('iss'))],
      ['another audience', () => signed({ ...claims, aud: 'another-api' })],
      ['no audience', () => signed(without('aud'))],
      ['expired', () => signed({ ...claims, exp: now - 1 })],
      ['no exp', () => signed(without('exp'))],
      ['exp as a text', () => signed({ ...claims, exp: '9999999999' as unknown as number })],
      ['not valid yet', () => signed({ ...claims, nbf: now + 600 })],
      ['no sub', () => signed(without('sub'))],
      ['no sid', () => signed(without('sid'))],
      ['no jti', () => signed(without('jti'))],
      ['a sub that is no id', () => signed({ ...claims, sub: "' OR 1=1 --" })],
      ['a sid that is no text', () => signed({ ...claims, sid: { $ne: null } })],
      ['an unknown session', () => signed({ ...claims, sid: newId() })],
      ['the session of another user', () => signed({ ...claims, sub: newId() })],
      [
        'a changed payload',
        () => `${parts()[0]}.${encoded({ ...claims, role: 'admin', exp: now + 9999 })}.${parts()[2]}`,
      ],
      ['a cut signature', () => reader.accessToken.slice(0, -4)],
      ['no signature', () => parts().slice(0, 2).join('.')],
      ['four parts', () => `${reader.accessToken}.x`],
      ['a payload that is no JSON', () => `${parts()[0]}.bm8.${parts()[2]}`],
      ['a refresh token', () => reader.refreshToken],
      ['a few letters', () => 'abc'],
      ['a long one', () => 'a'.repeat(7000)],
    ];

    it.each(hostile)('are refused: %s', async (_, make) => {
      const token = await make();
      expect(await app.nest.get(Authenticator).authenticate(token)).toBeNull();
      expect(await knock(token)).toBe(401);
    });

    it('count for nothing in the role they claim', async () => {
      const token = await signed({ ...claims, role: 'admin' });
      expect((await app.get('/users', token)).status).toBe(403);
    });
  });

  it('expire', async () => {
    clock.ahead = 880_000;
    expect(await knock(reader.accessToken)).toBe(200);
    clock.ahead = 901_000;
    expect(await knock(reader.accessToken)).toBe(401);
  });

  it('are tied to the session, whose end the next request sees', async () => {
    const person = await app.customer();
    const { userId, role } = (await app.nest.get(Authenticator).authenticate(person.accessToken))!;
    expect([userId, role]).toEqual([person.id, 'customer']);
    expect(session).not.toBe(person.id);
    await app.database.query('UPDATE identity.sessions SET revoked_at = now() WHERE user_id = $1', [person.id]);
    expect(await knock(person.accessToken)).toBe(401);
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
