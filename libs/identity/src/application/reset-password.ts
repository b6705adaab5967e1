import { InvalidInput, UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import { passwordProblem } from '../domain/password-policies.js';
import { UserRepository } from '../domain/user-repository.js';
import { AccountPasswords } from './account-passwords.js';
import { PasswordResets } from './password-resets.js';
import { Sessions } from './sessions.js';

/** Sets another password for whoever has a reset token; all sessions of the account end. A weak password spends nothing. */
export class ResetPassword extends Command<void> {
  constructor(
    readonly resetToken: string,
    readonly newPassword: string,
  ) {
    super();
  }
}

@CommandHandler(ResetPassword)
export class ResetPasswordHandler implements ICommandHandler<ResetPassword> {
  constructor(
    private readonly resets: PasswordResets,
    private readonly users: UserRepository,
    private readonly passwords: AccountPasswords,
    private readonly sessions: Sessions,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  async execute({ resetToken, newPassword }: ResetPassword): Promise<void> {
    const owner = await this.resets.ownerOf(resetToken);
    const seen = owner && (await this.users.find(owner));
    if (!seen) throw resetRefused();
    const problem = passwordProblem(newPassword, [seen.username, seen.email]);
    if (problem) throw new InvalidInput([{ pointer: '/newPassword', detail: problem }]);
    const passwordHash = await this.passwords.hash(newPassword);
    await this.unitOfWork.run(async () => {
      const user = await this.users.lock(seen.id);
      if (!user?.isActive || !(await this.resets.spend(resetToken))) throw resetRefused();
      user.passwordHash = passwordHash;
      await this.users.save(user, { action: 'password-reset' });
      await this.sessions.endAll(user.id);
      await this.resets.cancel(user.id);
    });
    await this.passwords.forgive(seen);
  }
}

const resetRefused = (): IdentityError =>
  new IdentityError('reset-refused', 'The reset token is unknown, used or expired; ask for another code.');
