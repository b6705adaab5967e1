import { type Actor, InvalidInput, UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import { passwordProblem } from '../domain/password-policies.js';
import { UserRepository } from '../domain/user-repository.js';
import { PasswordHashing } from './password-hashing.js';
import { Sessions } from './sessions.js';

/** Sets another password; all sessions of the account end but the one that asks. */
export class ChangePassword extends Command<void> {
  constructor(
    readonly actor: Actor,
    readonly currentPassword: string,
    readonly newPassword: string,
  ) {
    super();
  }
}

@CommandHandler(ChangePassword)
export class ChangePasswordHandler implements ICommandHandler<ChangePassword> {
  constructor(
    private readonly users: UserRepository,
    private readonly passwords: PasswordHashing,
    private readonly sessions: Sessions,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  async execute({ actor, currentPassword, newPassword }: ChangePassword): Promise<void> {
    const seen = await this.users.find(actor.userId);
    const isRight = await this.passwords.verify(seen?.passwordHash ?? null, currentPassword);
    if (!seen || !isRight) throw wrongCurrentPassword();
    const problem = passwordProblem(newPassword, [seen.username, seen.email]);
    if (problem) throw new InvalidInput([{ pointer: '/newPassword', detail: problem }]);
    const passwordHash = await this.passwords.hash(newPassword);
    await this.unitOfWork.run(async () => {
      const user = await this.users.lock(actor.userId);
      if (user?.passwordHash !== seen.passwordHash) throw wrongCurrentPassword();
      user.passwordHash = passwordHash;
      await this.users.save(user);
      await this.sessions.endAll(user.id, actor.sessionId);
    });
  }
}

const wrongCurrentPassword = (): IdentityError =>
  new IdentityError('wrong-current-password', 'The current password is wrong.', [
    { pointer: '/currentPassword', detail: 'is not the password of the account' },
  ]);
