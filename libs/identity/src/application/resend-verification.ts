import { TooManyRequests, UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { UserRepository } from '../domain/user-repository.js';
import { AccountLimits } from './account-limits.js';
import { EmailVerifications } from './email-verifications.js';
import { evenly } from './even-answer.js';

/** Sends a new link to an unverified address; does nothing, and tells nothing, for any other, or when asked too often. */
export class ResendVerification extends Command<void> {
  constructor(
    readonly email: string,
    readonly address: string | null,
  ) {
    super();
  }
}

@CommandHandler(ResendVerification)
export class ResendVerificationHandler implements ICommandHandler<ResendVerification> {
  constructor(
    private readonly limits: AccountLimits,
    private readonly users: UserRepository,
    private readonly verifications: EmailVerifications,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  execute({ email, address }: ResendVerification): Promise<void> {
    return evenly(async () => {
      const isCounted = await this.count(email, address);
      if (isCounted && email.includes('@')) await this.send(email);
    });
  }

  private async count(email: string, address: string | null): Promise<boolean> {
    try {
      await this.limits.verificationLink(email, address);
      return true;
    } catch (error) {
      if (error instanceof TooManyRequests) return false;
      throw error;
    }
  }

  private send(email: string): Promise<void> {
    return this.unitOfWork.run(async () => {
      const found = await this.users.findByLogin(email);
      const user = found && (await this.users.lock(found.id));
      if (!user || !user.isActive || user.emailVerified || user.email !== found.email) return;
      await this.verifications.request(user);
    });
  }
}
