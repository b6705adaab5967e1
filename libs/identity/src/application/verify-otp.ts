import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import { RESET_SECONDS } from '../domain/one-time-code.js';
import { AccountLimits } from './account-limits.js';
import { evenly } from './even-answer.js';
import { OneTimeCodes } from './one-time-codes.js';
import { PasswordHashing } from './password-hashing.js';
import { PasswordResets } from './password-resets.js';

export interface OpenReset {
  resetToken: string;
  /** Life of the token, in seconds. */
  expiresIn: number;
}

/** Changes a code that was mailed for a token that sets another password. */
export class VerifyOtp extends Command<OpenReset> {
  constructor(
    readonly email: string,
    readonly otp: string,
    readonly address: string | null,
  ) {
    super();
  }
}

@CommandHandler(VerifyOtp)
export class VerifyOtpHandler implements ICommandHandler<VerifyOtp> {
  constructor(
    private readonly limits: AccountLimits,
    private readonly codes: OneTimeCodes,
    private readonly passwords: PasswordHashing,
    private readonly resets: PasswordResets,
  ) {}

  async execute({ email, otp, address }: VerifyOtp): Promise<OpenReset> {
    const tried = await this.limits.codeTry(email, address);
    return evenly(async () => {
      const resetToken = await this.exchange(email, otp);
      await tried.giveBack();
      return { resetToken, expiresIn: RESET_SECONDS };
    });
  }

  private async exchange(email: string, otp: string): Promise<string> {
    const code = await this.codes.claimTry(email, 'password_reset');
    const isRight = await this.passwords.verify(code?.codeHash ?? null, otp);
    const resetToken = code && isRight ? await this.resets.open(code) : null;
    if (resetToken === null) throw codeRefused();
    return resetToken;
  }
}

const codeRefused = (): IdentityError =>
  new IdentityError('code-refused', 'The code is wrong, used, expired or replaced; ask for another.');
