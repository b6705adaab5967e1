import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type AddressInfo, connect } from 'node:net';
import { Authenticator } from '@holdfast/platform';
import { calculateJwkThumbprint, exportJWK, type JWTPayload } from 'jose';
import { forge, type Loot, signedWith, tokensOfOurKey, tokensOfStrangers } from '../../testing/hostile-tokens.js';
import { IdentityApp } from '../../testing/identity-app.js';
import { SigningKeys } from './signing-keys.js';

const pkcs8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as JWTPayload;

async function lootOf(app: IdentityApp): Promise<Loot> {
  const [reader, left, late, stranger] = [
    await app.customer(),
    await app.customer(),
    await app.customer(),
    await app.customer(),
  ];
  await app.post('/auth/logout', undefined, left.accessToken);
  await app.database.query('UPDATE identity.sessions SET expires_at = now() WHERE user_id = $1', [late.id]);
  return {
    ...reader,
    keys: app.nest.get(SigningKeys),
    claims: claimsOf(reader.accessToken),
    ended: claimsOf(left.accessToken),
    expired: claimsOf(late.accessToken),
    stranger: claimsOf(stranger.accessToken),
  };
}

/** The status that a socket gets for this header text, whatever bytes are in it; 0 when the server hangs up on it. */
function knock(app: IdentityApp, token: string): Promise<number> {
  const { port } = app.nest.getHttpServer().address() as AddressInfo;
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `GET /api/auth/me HTTP/1.1\r\nHost: here\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      );
    });
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)));
  });
}

const ES256 = { JWT_PRIVATE_KEY: pkcs8(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) };

describe.each([
  ['EdDSA', {}],
  ['ES256', ES256],
])('Hostile access tokens, where %s signs', (alg, env) => {
  let app: IdentityApp;
  let loot: Loot;
  beforeAll(async () => {
    app = await IdentityApp.start(env);
    await app.nest.listen(0, '127.0.0.1');
    loot = await lootOf(app);
  });
  afterAll(() => app.close());

  const ours = () => signedWith(loot.keys.privateKey, alg === 'ES256' ? 'sha256' : null);
  const head = () => ({ alg, typ: 'at+jwt', kid: loot.keys.current.kid });

  it('stand beside good ones, so that their refusal means something', async () => {
    const good = [
      loot.accessToken,
      forge(head(), loot.claims, ours()),
      // RFC 7519, section 4.1.3, and RFC 9068, section 2.1.
      forge({ ...head(), typ: 'application/at+jwt' }, { ...loot.claims, aud: ['another-api', 'holdfast-api'] }, ours()),
      forge(head(), { ...loot.claims, exp: 9_999_999_999 }, ours()),
      forge(head(), { ...loot.claims, iat: loot.claims.iat! + 30 }, ours()),
    ];
    expect(await Promise.all(good.map((token) => knock(app, token)))).toEqual([200, 200, 200, 200, 200]);
  });

  it('are all refused, on the wire and behind it, and none is an error of ours', async () => {
    const forged = [...tokensOfStrangers(loot), ...tokensOfOurKey(loot)];
    const tokens = await Promise.all(forged.map(async ([name, make]) => ({ name, token: await make() })));
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(tokens.length);
    expect(tokens.length).toBeGreaterThanOrEqual(150);
    const refused: Record<number, number> = {};
    const wrong: string[] = [];
    for (const { name, token } of tokens) {
      const status = await knock(app, token);
      refused[status] = (refused[status] ?? 0) + 1;
      if (status !== 401 && !/[\r\n\0]/.test(token) && token.length < 14_000) wrong.push(`${status} for ${name}`);
      if (status !== 0 && (status < 400 || status >= 500)) wrong.push(`${status} for ${name}`);
      if ((await app.nest.get(Authenticator).authenticate(token)) !== null) wrong.push(`${name} was let in`);
    }
    expect(wrong).toEqual([]);
    expect(refused[401]).toBeGreaterThanOrEqual(145);
    expect(await knock(app, loot.accessToken)).toBe(200);
  });

  it('count for nothing in the role that they claim', async () => {
    const token = forge(head(), { ...loot.claims, role: 'admin' }, ours());
    expect((await app.get('/auth/me', token)).body).toMatchObject({ role: 'customer' });
    expect((await app.get('/users', token)).status).toBe(403);
  });

  it('are those of a removed key, too', async () => {
    const old = generateKeyPairSync('ed25519');
    const kid = await calculateJwkThumbprint(await exportJWK(old.publicKey));
    const byOld = forge({ ...head(), alg: 'EdDSA', kid }, loot.claims, signedWith(old.privateKey));
    const spki = old.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const rotated = await app.beside({ ...env, JWT_PREVIOUS_PUBLIC_KEYS: spki });
    try {
      expect((await rotated.get('/auth/me', byOld)).status).toBe(200);
      expect((await rotated.get('/auth/me', loot.accessToken)).status).toBe(200);
    } finally {
      await rotated.close();
    }
    expect(await knock(app, byOld)).toBe(401);
  });
});

describe('Signatures with room for games', () => {
  const N = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const bytes = (number: bigint) => Buffer.from(number.toString(16).padStart(64, '0'), 'hex');
  const number = (part: Buffer) => BigInt(`0x${part.toString('hex')}`);

  it('of ES256 are refused at and beyond the borders, and as DER', async () => {
    const app = await IdentityApp.start(ES256);
    try {
      const { keys, claims, accessToken } = await lootOf(app);
      const head = { alg: 'ES256', typ: 'at+jwt', kid: keys.current.kid };
      const signature = Buffer.from(accessToken.split('.')[2]!, 'base64url');
      const [r, s] = [number(signature.subarray(0, 32)), number(signature.subarray(32))];
      // All zeros is the one that Java's verification once took for everything (CVE-2022-21449).
      const pairs: [bigint, bigint][] = [
        [0n, 0n],
        [0n, 1n],
        [1n, 0n],
        [1n, 1n],
        [N, N],
        [N, 0n],
        [0n, N],
        [N - 1n, N - 1n],
        [N + 1n, 1n],
      ];
      for (const [one, other] of pairs) {
        const token = forge(head, claims, () => Buffer.concat([bytes(one), bytes(other)]));
        expect((await app.get('/auth/me', token)).status).toBe(401);
      }
      const parts = accessToken.split('.').slice(0, 2).join('.');
      const variants = [
        Buffer.concat([bytes(s), bytes(r)]),
        Buffer.concat([Buffer.alloc(1), bytes(r), Buffer.alloc(1), bytes(s)]),
        Buffer.concat([Buffer.from([0x30, 0x44, 0x02, 0x20]), bytes(r), Buffer.from([0x02, 0x20]), bytes(s)]),
      ];
      for (const variant of variants) {
        expect((await app.get('/auth/me', `${parts}.${variant.toString('base64url')}`)).status).toBe(401);
      }
      // (r, -s) is as good as (r, s) to ECDSA. It is the same token in another spelling, and ends with it.
      const mirrored = `${parts}.${Buffer.concat([bytes(r), bytes(N - s)]).toString('base64url')}`;
      expect((await app.get('/auth/me', mirrored)).status).toBe(200);
      await app.post('/auth/logout', undefined, accessToken);
      expect((await app.get('/auth/me', mirrored)).status).toBe(401);
    } finally {
      await app.close();
    }
  });

  it('of EdDSA are refused when the second half is larger than the order of the curve', async () => {
    const app = await IdentityApp.start();
    try {
      const { accessToken } = await lootOf(app);
      const parts = accessToken.split('.');
      const signature = Buffer.from(parts[2]!, 'base64url');
      const s = number(Buffer.from(signature.subarray(32)).reverse());
      const larger = Buffer.concat([signature.subarray(0, 32), bytes(s + L).reverse()]);
      expect((await app.get('/auth/me', accessToken)).status).toBe(200);
      expect((await app.get('/auth/me', `${parts[0]}.${parts[1]}.${larger.toString('base64url')}`)).status).toBe(401);
    } finally {
      await app.close();
    }
  });
});
