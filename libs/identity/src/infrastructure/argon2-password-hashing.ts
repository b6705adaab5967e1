import { hash, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { PasswordHashing } from '../application/password-hashing.js';

/** argon2id (the library's default variant) with the first parameters that OWASP's password storage sheet recommends. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The hash of 256 random bits that nobody kept, with the same parameters. */
const NOBODY = '$argon2id$v=19$m=19456,t=2,p=1$0nXngyxvqgmJaE4x7X3Y3Q$SkLJ8wVwRUkLiGtFWKVAqVZu+lVr5G8xRI2KxMLdx9w';

/** NFC, so that a password with an accent is the same from every keyboard. */
const normalised = (password: string): string => password.normalize('NFC');

@Injectable()
export class Argon2PasswordHashing extends PasswordHashing {
  hash(password: string): Promise<string> {
    return hash(normalised(password), PARAMETERS);
  }

  async verify(passwordHash: string | null, password: string): Promise<boolean> {
    const isRight = await verify(passwordHash ?? NOBODY, normalised(password));
    return isRight && passwordHash !== null;
  }
}
