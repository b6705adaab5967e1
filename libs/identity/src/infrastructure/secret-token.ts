import { createHash, randomBytes } from 'node:crypto';

/** An opaque token of 256 random bits, as base64url. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What is kept of a token. A quick hash is enough: 256 random bits cannot be guessed, as a password can. */
export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
