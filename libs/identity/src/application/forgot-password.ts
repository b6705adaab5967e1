import { randomInt } from 'node:crypto';
import { UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { codeOf, CODES } from '../domain/one-time-code.js';
import { UserRepository } from '../domain/user-repository.js';
import { AccountLimits } from './account-limits.js';
import { evenly } from './even-answer.js';
import { OneTimeCodes } from './one-time-codes.js';
import { PasswordHashing } from './password-hashing.js';

/** Mails a code to the address of an active account; does the same work, and tells nothing, for any other. */
export class ForgotPassword extends Command<void> {
  constructor(
    readonly email: string,
    readonly address: string | null,
  ) {
    super();
  }
}

@CommandHandler(ForgotPassword)
export class ForgotPasswordHandler implements ICommandHandler<ForgotPassword> {
  constructor(
    private readonly limits: AccountLimits,
    private readonly users: UserRepository,
    private readonly passwords: PasswordHashing,
    private readonly codes: OneTimeCodes,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  async execute({ email, address }: ForgotPassword): Promise<void> {
    await this.limits.code(email, address);
    await evenly(() => this.mailCode(email));
  }

  private async mailCode(email: string): Promise<void> {
    const seen = email.includes('@') ? await this.users.findByLogin(email) : null;
    const plain = codeOf(randomInt(CODES));
    const code = { plain, hash: await this.passwords.hash(plain) };
    if (!seen) return;
    await this.unitOfWork.run(async () => {
      const user = await this.users.lock(seen.id);
      if (user?.isActive && user.email === seen.email) await this.codes.issue(user, 'password_reset', code);
    });
  }
}
