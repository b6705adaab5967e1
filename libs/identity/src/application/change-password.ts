import { type Actor, InvalidInput, UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import { passwordProblem } from '../domain/password-policies.js';
import type { User } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';
import { AccountPasswords } from './account-passwords.js';
import { PasswordResets } from './password-resets.js';
import { Sessions } from './sessions.js';

/**
 * Sets another password; all sessions of the account end but the one that asks. A wrong present password counts as a failed
 * sign-in, so that who has got hold of a token cannot guess on with it.
 */
export class ChangePassword extends Command<void> {
  constructor(
    readonly actor: Actor,
    readonly currentPassword: string,
    readonly newPassword: string,
    readonly address: string | null,
  ) {
    super();
  }
}

@CommandHandler(ChangePassword)
export class ChangePasswordHandler implements ICommandHandler<ChangePassword> {
  constructor(
    private readonly users: UserRepository,
    private readonly passwords: AccountPasswords,
    private readonly sessions: Sessions,
    private readonly resets: PasswordResets,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  async execute({ actor, currentPassword, newPassword, address }: ChangePassword): Promise<void> {
    const seen = await this.users.find(actor.userId);
    const attempt = { login: actor.userId, password: currentPassword, address };
    const isRight = await this.passwords.isRight(seen, attempt);
    if (!seen || !isRight) throw wrongCurrentPassword();
    const problem = passwordProblem(newPassword, [seen.username, seen.email]);
    if (problem) throw new InvalidInput([{ pointer: '/newPassword', detail: problem }]);
    const passwordHash = await this.passwords.hash(newPassword);
    const changed = await this.passwords.whileRight(seen, currentPassword, (known) =>
      this.replace(known, passwordHash, actor.sessionId),
    );
    if (!changed) throw wrongCurrentPassword();
  }

  /** Null when the account has another hash than it was seen with. */
  private replace(seen: User, passwordHash: string, sessionId: string): Promise<User | null> {
    return this.unitOfWork.run(async () => {
      const user = await this.users.lock(seen.id);
      if (user?.passwordHash !== seen.passwordHash) return null;
      user.passwordHash = passwordHash;
      await this.users.save(user, { action: 'password-changed' });
      await this.sessions.endAll(user.id, sessionId);
      await this.resets.cancel(user.id);
      return user;
    });
  }
}

const wrongCurrentPassword = (): IdentityError =>
  new IdentityError('wrong-current-password', 'The current password is wrong.', [
    { pointer: '/currentPassword', detail: 'is not the password of the account' },
  ]);
