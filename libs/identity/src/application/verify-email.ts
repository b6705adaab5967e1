import { Clock, UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import { UserRepository } from '../domain/user-repository.js';
import { EmailVerifications } from './email-verifications.js';

/** Opens a verification link; gives the address. Opening it again gives the same. */
export class VerifyEmail extends Command<string> {
  constructor(readonly token: string) {
    super();
  }
}

@CommandHandler(VerifyEmail)
export class VerifyEmailHandler implements ICommandHandler<VerifyEmail> {
  constructor(
    private readonly verifications: EmailVerifications,
    private readonly users: UserRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  execute({ token }: VerifyEmail): Promise<string> {
    return this.unitOfWork.run(async () => {
      const owner = await this.verifications.ownerOf(token);
      const user = owner && (await this.users.lock(owner));
      const email = user && (await this.verifications.open(token));
      if (!email || user.email !== email) {
        throw new IdentityError(
          'verification-link-invalid',
          'The link is not valid, expired, or a newer one was sent.',
        );
      }
      if (!user.emailVerified) {
        user.verifyEmail(this.clock.now());
        await this.users.save(user, { action: 'email-verified' });
      }
      return email;
    });
  }
}
