import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { type Settings, SettingsError } from '@holdfast/platform';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import { keptSecret } from './kept-secret.js';

/** A public key with the one algorithm that counts with it. */
export interface VerificationKey {
  kid: string;
  alg: 'EdDSA' | 'ES256';
  key: KeyObject;
  jwk: JWK;
}

/** The key that signs, and by `kid` (its thumbprint, RFC 7638) all whose tokens count. */
export class SigningKeys {
  private constructor(
    readonly privateKey: KeyObject,
    readonly current: VerificationKey,
    private readonly accepted: ReadonlyMap<string, VerificationKey>,
  ) {}

  /** @throws SettingsError when a configured key is not one of Ed25519 or P-256. */
  static async load(settings: Settings): Promise<SigningKeys> {
    const pem = settings.jwtPrivateKey || (await keptSecret(join(settings.dataDir, 'jwt-key.pem'), newPrivateKey));
    const privateKey = readKey('JWT_PRIVATE_KEY', pem, createPrivateKey);
    const current = await verificationKey('JWT_PRIVATE_KEY', createPublicKey(privateKey));
    const previous = publicPems(settings.jwtPreviousPublicKeys).map((text) =>
      verificationKey('JWT_PREVIOUS_PUBLIC_KEYS', readKey('JWT_PREVIOUS_PUBLIC_KEYS', text, createPublicKey)),
    );
    const all = [current, ...(await Promise.all(previous))];
    return new SigningKeys(privateKey, current, new Map(all.map((key) => [key.kid, key])));
  }

  find(kid: string): VerificationKey | undefined {
    return this.accepted.get(kid);
  }

  all(): VerificationKey[] {
    return [...this.accepted.values()];
  }
}

const newPrivateKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const publicPems = (text: string): string[] => {
  const pems = text.replaceAll('\\n', '\n').match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  if (text !== '' && pems.length === 0) throw new SettingsError(['JWT_PREVIOUS_PUBLIC_KEYS has no SPKI PEM in it']);
  return pems;
};

/** An environment file cannot hold line breaks: there `\n` stands for one. */
function readKey(variable: string, pem: string, read: (pem: string) => KeyObject): KeyObject {
  try {
    return read(pem.replaceAll('\\n', '\n'));
  } catch {
    throw new SettingsError([`${variable} cannot be read: it must be a PEM of an Ed25519 or P-256 key`]);
  }
}

async function verificationKey(variable: string, key: KeyObject): Promise<VerificationKey> {
  const alg = algorithmOf(key);
  if (!alg) throw new SettingsError([`${variable} must be an Ed25519 or P-256 key`]);
  const jwk = await exportJWK(key);
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, alg, key, jwk: { ...jwk, kid, alg, use: 'sig' } };
}

function algorithmOf(key: KeyObject): 'EdDSA' | 'ES256' | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  return isP256 ? 'ES256' : undefined;
}
