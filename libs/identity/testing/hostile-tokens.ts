import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { newId } from '@holdfast/kernel';
import { CompactEncrypt, exportJWK, type JWTPayload } from 'jose';
import type { SigningKeys } from '../src/infrastructure/signing-keys.js';

/** What somebody who attacks has at hand: one good token, the public key, and in the worst case the signature of anything. */
export interface Loot {
  keys: SigningKeys;
  accessToken: string;
  refreshToken: string;
  claims: JWTPayload;
  /** Claims of sessions that are no more, and of somebody else. */
  ended: JWTPayload;
  expired: JWTPayload;
  stranger: JWTPayload;
}

type Forged = [name: string, make: () => string | Promise<string>];
type Signer = (text: string) => Buffer | string;

const text = (part: unknown): string => (typeof part === 'string' ? part : JSON.stringify(part));
const encode = (part: unknown): string => Buffer.from(Buffer.isBuffer(part) ? part : text(part)).toString('base64url');

/** A token with any header, any payload and any signature. */
export function forge(header: unknown, payload: unknown, signer: Signer | string): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  const signature = typeof signer === 'string' ? signer : Buffer.from(signer(signed)).toString('base64url');
  return `${signed}.${signature}`;
}

export const signedWith =
  (key: KeyObject, hash: string | null = null): Signer =>
  (input) =>
    sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
const macWith =
  (secret: string | Buffer, hash = 'sha256'): Signer =>
  (input) =>
    createHmac(hash, secret).update(input).digest();

const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const der = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

const someone = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

const withoutClaim = (claims: JWTPayload, name: string): JWTPayload =>
  Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));

/** Whoever makes these has no key of ours. */
export function tokensOfStrangers({ keys, accessToken, refreshToken, claims }: Loot): Forged[] {
  const { kid, alg, key: publicKey, jwk } = keys.current;
  const head = { alg, typ: 'at+jwt', kid };
  const [h, p, s] = accessToken.split('.') as [string, string, string];
  const signature = Buffer.from(s, 'base64url');
  const admin = { ...claims, role: 'admin' };
  const theirs = signedWith(someone.privateKey);
  const none = ['none', 'None', 'NONE', 'nOnE', ' none', 'none\0', ''];
  const secrets: [string, string | Buffer][] = [
    ['the public PEM', pem(publicKey)],
    ['the public PEM without its last line break', pem(publicKey).trimEnd()],
    ['the public DER', der(publicKey)],
    ['the public JWK', JSON.stringify({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y })],
    ['the published JWK', JSON.stringify(jwk)],
    ['the raw public key', Buffer.from(String(jwk.x), 'base64url')],
    ['the text of the public key', String(jwk.x)],
    ['the kid', kid],
    ['an empty secret', ''],
    ['a common secret', 'secret'],
  ];
  return [
    ...none.map((name): Forged => [
      `alg ${JSON.stringify(name)} without a signature`,
      () => forge({ ...head, alg: name }, claims, ''),
    ]),
    ['alg none with our signature', () => forge({ ...head, alg: 'none' }, claims, s)],
    ['alg none and no dot at the end', () => forge({ ...head, alg: 'none' }, claims, '').slice(0, -1)],
    ['no alg', () => forge({ typ: 'at+jwt', kid }, claims, s)],
    ['alg null', () => forge({ ...head, alg: null }, claims, s)],
    ['alg an array', () => forge({ ...head, alg: [alg] }, claims, s)],
    [
      'alg twice, the last one none',
      () => forge(`{"alg":"${alg}","alg":"none","typ":"at+jwt","kid":"${kid}"}`, claims, ''),
    ],
    [
      'alg twice, the first one none',
      () => forge(`{"alg":"none","alg":"${alg}","typ":"at+jwt","kid":"${kid}"}`, claims, s),
    ],
    ...secrets.map(([name, secret]): Forged => [
      `HS256 with ${name}`,
      () => forge({ ...head, alg: 'HS256' }, admin, macWith(secret)),
    ]),
    ['HS384 with the public PEM', () => forge({ ...head, alg: 'HS384' }, admin, macWith(pem(publicKey), 'sha384'))],
    ['HS512 with the public PEM', () => forge({ ...head, alg: 'HS512' }, admin, macWith(pem(publicKey), 'sha512'))],
    [`an HMAC that is called ${alg}`, () => forge(head, admin, macWith(pem(publicKey)))],
    ['a hash for a signature', () => forge(head, admin, (input) => createHash('sha512').update(input).digest())],
    [
      'RS256 under our kid',
      () => forge({ ...head, alg: 'RS256' }, admin, (input) => sign('sha256', Buffer.from(input), rsa.privateKey)),
    ],
    [
      'PS256 under our kid',
      () =>
        forge({ ...head, alg: 'PS256' }, admin, (input) =>
          sign('sha256', Buffer.from(input), { key: rsa.privateKey, padding: 6, saltLength: 32 }),
        ),
    ],
    ['ES384 under our kid', () => forge({ ...head, alg: 'ES384' }, admin, signedWith(p384.privateKey, 'sha384'))],
    [
      'ES256 of another under our kid',
      () => forge({ ...head, alg: 'ES256' }, admin, signedWith(p256.privateKey, 'sha256')),
    ],
    ['EdDSA of another under our kid', () => forge({ ...head, alg: 'EdDSA' }, admin, theirs)],
    ['an algorithm that there is not', () => forge({ ...head, alg: 'XS999' }, claims, s)],
    ['a signature of zeros', () => forge(head, admin, () => Buffer.alloc(64))],
    ['a signature of ones', () => forge(head, admin, () => Buffer.alloc(64, 0xff))],
    ['an empty signature', () => `${h}.${p}.`],
    [
      'one bit less right',
      () =>
        `${h}.${p}.${Buffer.concat([Buffer.from([signature[0]! ^ 1]), signature.subarray(1)]).toString('base64url')}`,
    ],
    ['a cut signature', () => accessToken.slice(0, -4)],
    ['a longer signature', () => `${h}.${p}.${Buffer.concat([signature, Buffer.alloc(1)]).toString('base64url')}`],
    ['another payload under our signature', () => `${h}.${encode(admin)}.${s}`],
    ['our payload written differently under our signature', () => `${h}.${encode(`${JSON.stringify(claims)} `)}.${s}`],
    ['two payloads in one', () => `${h}.${encode(`${JSON.stringify(admin)}${JSON.stringify(claims)}`)}.${s}`],
    ['sub twice', () => forge(head, `{"sub":"${newId()}",${JSON.stringify(claims).slice(1)}`, s)],
    ['an unknown kid', () => forge({ ...head, kid: 'another' }, admin, theirs)],
    ['no kid', () => forge({ alg, typ: 'at+jwt' }, admin, theirs)],
    ['a kid that is an array', () => forge({ ...head, kid: [kid] }, admin, theirs)],
    ['a kid that is a number', () => forge({ ...head, kid: 0 }, admin, theirs)],
    ['a kid that is SQL', () => forge({ ...head, kid: "x' UNION SELECT 'secret' --" }, admin, macWith('secret'))],
    ['a kid that is a path', () => forge({ ...head, alg: 'HS256', kid: '../../../../dev/null' }, admin, macWith(''))],
    ['a kid with a NUL behind it', () => forge({ ...head, kid: `${kid}\0` }, admin, theirs)],
    ['a kid of what every object has', () => forge({ ...head, kid: '__proto__' }, admin, theirs)],
    ['a huge kid', () => forge({ ...head, kid: 'k'.repeat(5000) }, admin, theirs)],
    ['a jwk in the header', async () => forge({ ...head, jwk: await exportJWK(someone.publicKey) }, admin, theirs)],
    [
      'a jwk in the header and its thumbprint',
      async () => forge({ alg: 'EdDSA', typ: 'at+jwt', jwk: await exportJWK(someone.publicKey) }, admin, theirs),
    ],
    ['a jku in the header', () => forge({ ...head, jku: 'http://127.0.0.1:1/jwks.json' }, admin, theirs)],
    ['an x5u in the header', () => forge({ ...head, x5u: 'http://127.0.0.1:1/cert.pem' }, admin, theirs)],
    ['an x5c in the header', () => forge({ ...head, x5c: [der(someone.publicKey).toString('base64')] }, admin, theirs)],
    ['an unknown critical extension', () => forge({ ...head, crit: ['x'], x: 1 }, claims, s)],
    ['b64 false', () => forge({ ...head, crit: ['b64'], b64: false }, claims, s)],
    ['zip', () => forge({ ...head, zip: 'DEF' }, claims, s)],
    ['a header that is an array', () => forge([head], claims, s)],
    ['a header that is no JSON', () => `bm8.${p}.${s}`],
    ['a header with a BOM', () => forge(`\ufeff${JSON.stringify(head)}`, claims, s)],
    ['a deep header', () => forge(`{"alg":"${alg}","kid":"${kid}","typ":"at+jwt","x":${deep(3000)}}`, claims, s)],
    ['a token in a token', () => forge({ ...head, cty: 'JWT' }, accessToken, theirs)],
    [
      'a JWE',
      () =>
        new CompactEncrypt(Buffer.from(JSON.stringify(claims)))
          .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt', kid })
          .encrypt(Buffer.alloc(32)),
    ],
    ['no signature part', () => `${h}.${p}`],
    ['four parts', () => `${accessToken}.x`],
    ['an empty part before', () => `.${accessToken}`],
    ['dots only', () => '...'],
    ['JSON for a token', () => JSON.stringify({ payload: p, signatures: [{ protected: h, signature: s }] })],
    ['padding behind it', () => `${accessToken}==`],
    ['other bytes in the last character', () => accessToken.slice(0, -1) + sameBytes(accessToken.at(-1)!)],
    ['a space within', () => `${h}.${p} .${s}`],
    ['a tab behind it', () => `${h}.${p}.${s}\t.`],
    ['a line break within', () => `${h}.${p}\r\n.${s}`],
    ['a NUL behind it', () => `${accessToken}\0`],
    ['a letter that is none of base64url', () => `${h}.${p}é.${s}`],
    ['two tokens', () => `${accessToken},${accessToken}`],
    ['a refresh token', () => refreshToken],
    ['a token like those of a reset', () => Buffer.alloc(32, 7).toString('base64url')],
    ['null', () => 'null'],
    ['seven kilobytes', () => 'a'.repeat(7000)],
    ['seven kilobytes of claims', () => forge(head, { ...admin, x: 'x'.repeat(5000) }, theirs)],
    ['a hundred kilobytes', () => forge(head, { ...admin, x: 'x'.repeat(75_000) }, theirs)],
  ];
}

/** Signed by our own key: as if another program had it, or our past or future self made mistakes. */
export function tokensOfOurKey({ keys, claims, ended, expired, stranger }: Loot): Forged[] {
  const { kid, alg } = keys.current;
  const head = { alg, typ: 'at+jwt', kid };
  const ours = signedWith(keys.privateKey, alg === 'ES256' ? 'sha256' : null);
  const now = Math.floor(Date.now() / 1000);
  const payload = (name: string, value: unknown): Forged => [
    `${name} ${text(value).slice(0, 40)}`,
    () => forge(head, { ...claims, [name]: value }, ours),
  ];
  const literal = (name: string, json: string): Forged => [
    `${name} written ${json}`,
    () => forge(head, JSON.stringify({ ...claims, [name]: 'HERE' }).replace('"HERE"', json), ours),
  ];
  return [
    ...['iss', 'aud', 'sub', 'sid', 'iat', 'exp', 'jti'].map((name): Forged => [
      `no ${name}`,
      () => forge(head, withoutClaim(claims, name), ours),
    ]),
    ...['JWT', 'rt+jwt', 'at+jwt; charset=utf-8', 'at+jwt ', '', 'application/jwt'].map((typ): Forged => [
      `typ ${JSON.stringify(typ)}`,
      () => forge({ ...head, typ }, claims, ours),
    ]),
    ['typ an array', () => forge({ ...head, typ: ['at+jwt'] }, claims, ours)],
    ['no typ', () => forge({ alg, kid }, claims, ours)],
    ['the name of the algorithm after RFC 9864', () => forge({ ...head, alg: 'Ed25519' }, claims, ours)],
    ['the name of the algorithm in another case', () => forge({ ...head, alg: alg.toLowerCase() }, claims, ours)],
    ['no kid of ours', () => forge({ alg, typ: 'at+jwt' }, claims, ours)],
    ['b64 false, and so signed', () => forge({ ...head, crit: ['b64'], b64: false }, claims, ours)],
    ['an extension that must be understood', () => forge({ ...head, crit: ['exp'], exp: 1 }, claims, ours)],
    ['an empty crit', () => forge({ ...head, crit: [] }, claims, ours)],
    ...['elsewhere', '', ['holdfast'], 'holdfast/', 'Holdfast', { toString: 'holdfast' }].map((iss) =>
      payload('iss', iss),
    ),
    ...['another-api', '', [], ['another-api'], 'holdfast-api ', { '0': 'holdfast-api' }].map((aud) =>
      payload('aud', aud),
    ),
    ...[now - 1, now - 100_000, 0, -1, now + 0.5, String(now + 600), null, [now + 600], {}].map((exp) =>
      payload('exp', exp),
    ),
    ...['1e400', '-1e400', '99999999999999999999', '1e300'].map((json) => literal('exp', json)),
    ...[now + 600, now - 901, now - 100_000, -1, 0, now + 0.5, String(now), null].map((iat) => payload('iat', iat)),
    ...['1e400', '-1e400'].map((json) => literal('iat', json)),
    ...[now + 600, String(now - 10)].map((nbf) => payload('nbf', nbf)),
    ...[newId(), "' OR 1=1 --", '', null, { $ne: null }, [claims.sub]].map((sub) => payload('sub', sub)),
    ...[newId(), "' OR 1=1 --", 'x'.repeat(3000), null, { $ne: null }, [claims.sid], `${String(claims.sid)}\0`].map(
      (sid) => payload('sid', sid),
    ),
    ...[1, '', null].map((jti) => payload('jti', jti)),
    ['the session of somebody else', () => forge(head, { ...claims, sid: stranger.sid }, ours)],
    ['the user of another session', () => forge(head, { ...claims, sub: stranger.sub }, ours)],
    ['a session that was ended', () => forge(head, { ...ended, exp: claims.exp }, ours)],
    ['a session that has expired', () => forge(head, { ...expired, exp: claims.exp }, ours)],
    ['claims of what every object has', () => forge(head, `{"__proto__":${JSON.stringify(claims)}}`, ours)],
    ['claims that are an array', () => forge(head, [claims], ours)],
    ['claims that are null', () => forge(head, 'null', ours)],
    ['claims that are no JSON', () => forge(head, 'no', ours)],
    ['claims that are cut', () => forge(head, JSON.stringify(claims).slice(0, -1), ours)],
    ['deep claims', () => forge(head, deep(4000), ours)],
    ['no claims at all', () => forge(head, '', ours)],
    ['a comment in the claims', () => forge(head, `/**/${JSON.stringify(claims)}`, ours)],
    ['claims in UTF-16', () => forge(head, Buffer.from(JSON.stringify(claims), 'utf16le'), ours)],
    [
      'claims that are not UTF-8',
      () => forge(head, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), ours),
    ],
    ['base64 for base64url', () => inBase64(head, { ...claims, x: '?????????' }, ours)],
    ['a signature over other text', () => forge(head, claims, () => Buffer.from(ours('other.text')))],
  ];
}

/** The signed text in the alphabet of base64 (RFC 4648, section 4); a run of `?` has a slash in it wherever it begins. */
function inBase64(header: unknown, payload: unknown, signer: Signer): string {
  const [first, second] = [header, payload].map((part) =>
    Buffer.from(text(part)).toString('base64').replace(/=+$/, ''),
  );
  return `${first}.${second}.${Buffer.from(signer(`${first}.${second}`)).toString('base64url')}`;
}

/** Another last character that base64url decodes to the same bytes: 64 of them leave four bits of it unused. */
function sameBytes(letter: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return letters[letters.indexOf(letter) ^ 1]!;
}
