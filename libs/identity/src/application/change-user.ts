import { Clock, type ExpectedVersions, InvalidInput, requireVersion, UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { accountProblems } from '../domain/account-policies.js';
import { IdentityError } from '../domain/errors.js';
import { anotherAdminIsLeft, type UserChanges } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';
import { AccountConsequences } from './account-consequences.js';

/** An admin changes an account. Rights change at once; who is deactivated is signed out; a new address must be verified. */
export class ChangeUser extends Command<void> {
  constructor(
    readonly id: string,
    readonly changes: UserChanges,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(ChangeUser)
export class ChangeUserHandler implements ICommandHandler<ChangeUser> {
  constructor(
    private readonly users: UserRepository,
    private readonly consequences: AccountConsequences,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute({ id, changes, expected }: ChangeUser): Promise<void> {
    const problems = accountProblems({ username: changes.username, email: changes.email });
    if (problems.length > 0) throw new InvalidInput(problems);
    await this.unitOfWork.run(async () => {
      const user = await this.users.lock(id);
      if (!user) throw new IdentityError('user-not-found', 'There is no such user.');
      requireVersion(user.version, expected);
      const before = { mayAdminister: user.mayAdminister, email: user.email, isActive: user.isActive };
      const real = user.change(changes, this.clock.now());
      if (real.length === 0) return;
      if (before.mayAdminister && !user.mayAdminister) anotherAdminIsLeft(user, await this.users.lockAdmins());
      await this.users.save(user, { action: 'changed', changes: real });
      await this.consequences.follow(user, before);
    });
  }
}
