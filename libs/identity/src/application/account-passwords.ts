import { setTimeout as sleep } from 'node:timers/promises';
import { networkOf } from '@holdfast/platform';
import { Injectable, Logger } from '@nestjs/common';
import { signInDelay } from '../domain/sign-in-policies.js';
import type { User } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';
import { accountKey, AccountLimits } from './account-limits.js';
import { PasswordHashing } from './password-hashing.js';
import { Turns } from './turns.js';

export interface PasswordAttempt {
  /** What the account was called; counts where there is none. */
  login: string;
  password: string;
  address: string | null;
}

/** The passwords of accounts: who knows one, and how it is kept. Call it outside of transactions. */
@Injectable()
export class AccountPasswords {
  private readonly logger = new Logger(AccountPasswords.name);
  private readonly accountTurns: Turns;
  private readonly addressTurns: Turns;

  constructor(
    private readonly limits: AccountLimits,
    private readonly hashing: PasswordHashing,
    private readonly users: UserRepository,
  ) {
    const { account, address } = limits.signInsAtOnce;
    this.accountTurns = new Turns(account);
    this.addressTurns = new Turns(address);
  }

  /**
   * Whether the password is the account's, told after a wait that grows with the failures before. Failures count against
   * the account and the address, the right password does not. With null, for an account that is not there, it does the
   * same under the login and says no.
   * @throws TooManyRequests when a limit is used up: then the password is not looked at, be it right or wrong.
   */
  isRight(user: User | null, attempt: PasswordAttempt): Promise<boolean> {
    const account = accountKey(user?.id, attempt.login);
    const compare = async (): Promise<boolean> => {
      // Counted before it is compared, so that of many tries at once no more than the limit are.
      const counted = await this.limits.signIn(account, attempt.address);
      await sleep(signInDelay(counted.states.map(({ used, limit: { quota } }) => ({ used, quota }))));
      const isRight = await this.hashing.verify(user?.passwordHash ?? null, attempt.password);
      if (isRight) await counted.giveBack();
      return isRight;
    };
    // In this order: who waits for a hammered account is in nobody's way who has the same address.
    return this.accountTurns.run(account, () => this.addressTurns.run(networkOf(attempt.address), compare));
  }

  /**
   * Does what the right password allows; `act` gives null when the hash is no longer the one that was compared. A sign-in
   * elsewhere may have hashed the same password anew: then it is compared and done once more.
   */
  async whileRight<T>(user: User, password: string, act: (user: User) => Promise<T | null>): Promise<T | null> {
    const done = await act(user);
    if (done !== null) return done;
    const present = await this.users.find(user.id);
    if (!present || present.passwordHash === user.passwordHash) return null;
    return (await this.hashing.verify(present.passwordHash, password)) ? act(present) : null;
  }

  /** The owner has set another password: tries of the old one no longer count. */
  forgive({ id }: User): Promise<void> {
    return this.limits.forgiveSignIns(accountKey(id, ''));
  }

  hash(password: string): Promise<string> {
    return this.hashing.hash(password);
  }

  /** Hashes the right password anew if its hash has other parameters than those of today. Never throws. */
  async renew(user: User, password: string): Promise<void> {
    if (!this.hashing.needsRehash(user.passwordHash)) return;
    try {
      await this.users.rehash(user, await this.hashing.hash(password));
    } catch (error) {
      this.logger.warn(`a password was not hashed anew: ${(error as Error).message}`);
    }
  }
}
