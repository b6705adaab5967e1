import { randomBytes } from 'node:crypto';
import { Settings } from '@holdfast/platform';
import { hash, parseOptions, type ParsedHashOptions, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { PasswordHashing } from '../application/password-hashing.js';
import { Turns } from '../application/turns.js';

/**
 * Hashes that are made at a time, of the four threads that Node has for such work: one is left for the signatures of tokens,
 * so that a burst of sign-ins is answered one after the other and holds up nobody who is signed in.
 */
const AT_ONCE = 3;
/** One lane: more of them only help who has the cores to spare. */
const PARALLELISM = 1;

/** NFC, so that a password with an accent is the same from every keyboard. */
const normalised = (password: string): string => password.normalize('NFC');

const randomBase64 = (bytes: number): string => randomBytes(bytes).toString('base64').replace(/=+$/, '');

/**
 * argon2id (the library's default variant) with memory and passes from the settings; their defaults are the first choice of
 * OWASP's password storage sheet. While some hashes have earlier parameters, a wrong password takes the work of those.
 */
@Injectable()
export class Argon2PasswordHashing extends PasswordHashing {
  private readonly parameters: { memoryCost: number; timeCost: number; parallelism: number };
  /** Of random bits: the hash of a password that nobody knows, as costly to compare as any other. */
  private readonly nobody: string;
  private readonly turns = new Turns(AT_ONCE);

  constructor({ passwordHashMemory, passwordHashPasses }: Settings) {
    super();
    this.parameters = { memoryCost: passwordHashMemory, timeCost: passwordHashPasses, parallelism: PARALLELISM };
    const costs = `m=${passwordHashMemory},t=${passwordHashPasses},p=${PARALLELISM}`;
    this.nobody = `$argon2id$v=19$${costs}$${randomBase64(16)}$${randomBase64(32)}`;
  }

  hash(password: string): Promise<string> {
    return this.turns.run('', () => hash(normalised(password), this.parameters));
  }

  async verify(passwordHash: string | null, password: string): Promise<boolean> {
    const isHash = passwordHash !== null && read(passwordHash) !== null;
    const compared = isHash ? passwordHash : this.nobody;
    const isRight = await this.turns.run('', () => verify(compared, normalised(password)));
    return isRight && isHash;
  }

  needsRehash(passwordHash: string): boolean {
    const made = read(passwordHash);
    const { memoryCost, timeCost, parallelism } = this.parameters;
    return made?.memoryCost !== memoryCost || made.timeCost !== timeCost || made.parallelism !== parallelism;
  }
}

/** The parameters of an argon2id hash; null for anything else, also for less than the least (RFC 9106, section 3.1). */
function read(passwordHash: string): ParsedHashOptions | null {
  if (!passwordHash.startsWith('$argon2id$')) return null;
  try {
    const made = parseOptions(passwordHash);
    return made.memoryCost >= 8 * made.parallelism && made.timeCost >= 1 ? made : null;
  } catch {
    return null;
  }
}
