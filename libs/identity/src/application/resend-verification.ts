import { UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { UserRepository } from '../domain/user-repository.js';
import { EmailVerifications } from './email-verifications.js';

/** Sends a new link to an unverified address; does nothing, and tells nothing, for any other. */
export class ResendVerification extends Command<void> {
  constructor(readonly email: string) {
    super();
  }
}

@CommandHandler(ResendVerification)
export class ResendVerificationHandler implements ICommandHandler<ResendVerification> {
  constructor(
    private readonly users: UserRepository,
    private readonly verifications: EmailVerifications,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  async execute({ email }: ResendVerification): Promise<void> {
    if (!email.includes('@')) return;
    await this.unitOfWork.run(async () => {
      const found = await this.users.findByLogin(email);
      const user = found && (await this.users.lock(found.id));
      if (!user || !user.isActive || user.emailVerified || user.email !== found.email) return;
      await this.verifications.request(user);
    });
  }
}
