import { networkOf, RateLimiter, type RateLimit, Settings, type TakenUse } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { UNHINDERED } from '../domain/sign-in-policies.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From where somebody tries; null when it cannot be known. */
type Address = string | null;

/**
 * How often what may be tried for one account, and from one network address. Unknown accounts have the same limits as
 * known ones, under what they were called.
 */
@Injectable()
export class AccountLimits {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly settings: Settings,
  ) {}

  /**
   * Tries with a password that a process looks at at a time, for one account and from one address. A right one is counted
   * until it is known to be right: so many do not even make each other wait, however many right ones come at once.
   */
  get signInsAtOnce(): { account: number; address: number } {
    const { signInTriesPerAccount, signInTriesPerAddress } = this.settings;
    return { account: unhurried(signInTriesPerAccount), address: unhurried(signInTriesPerAddress) };
  }

  /** A try with a password. Give it back when the password was right: only failures count. */
  signIn(account: string, address: Address): Promise<TakenUse> {
    const { signInTriesPerAddress } = this.settings;
    return this.limiter.take(
      { limit: this.signInOf, key: account },
      { limit: limit('sign-in-address', signInTriesPerAddress, 10 * MINUTE), key: networkOf(address) },
    );
  }

  /** For an account whose owner has another password now: what failed before were tries of the old one. */
  forgiveSignIns(account: string): Promise<void> {
    return this.limiter.forget({ limit: this.signInOf, key: account });
  }

  registration(address: Address): Promise<TakenUse> {
    return this.limiter.take({
      limit: limit('registration', this.settings.registrationsPerHour, HOUR),
      key: networkOf(address),
    });
  }

  /** One-time codes that are asked for. */
  code(email: string, address: Address): Promise<TakenUse> {
    return this.mail('codes', email, address);
  }

  /** Verification links that are asked for. */
  verificationLink(email: string, address: Address): Promise<TakenUse> {
    return this.mail('links', email, address);
  }

  /** A guess at a code. Give it back when the code was right. */
  codeTry(email: string, address: Address): Promise<TakenUse> {
    const perDay = this.settings.codeTriesPerDay;
    return this.limiter.take(
      { limit: limit('code-tries-account', perDay, DAY), key: fold(email) },
      { limit: limit('code-tries-address', 10 * perDay, DAY), key: networkOf(address) },
    );
  }

  private get signInOf(): RateLimit {
    return limit('sign-in-account', this.settings.signInTriesPerAccount, 10 * MINUTE);
  }

  private mail(name: string, email: string, address: Address): Promise<TakenUse> {
    const { codesPerTwoMinutes, codesPerHour } = this.settings;
    const keys = { account: fold(email), address: networkOf(address) };
    return this.limiter.take(
      ...Object.entries(keys).flatMap(([whose, key]) => [
        { limit: limit(`${name}-${whose}`, codesPerTwoMinutes, 2 * MINUTE), key },
        { limit: limit(`${name}-${whose}-hour`, codesPerHour, HOUR), key },
      ]),
    );
  }
}

/** Under what an account is counted, whatever it was called; or a login that is none. */
export const accountKey = (userId: string | undefined, login: string): string => userId ?? `login:${fold(login)}`;

const unhurried = (quota: number): number => Math.max(1, Math.min(20, Math.floor(quota * UNHINDERED)));

const limit = (name: string, quota: number, windowSeconds: number): RateLimit => ({ name, quota, windowSeconds });

/** As the database compares logins: other letters than ASCII are as they are, so that unknown ones share no more than known ones. */
const fold = (login: string): string => login.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
