import { newId } from '@holdfast/kernel';
import { Clock, InvalidInput, UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { accountProblems } from '../domain/account-policies.js';
import { User } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';
import { PasswordHashing } from './password-hashing.js';

/**
 * Makes one more admin, on the word of whoever runs the program: the address counts as verified. An account that exists
 * is never made one; gives the id of the new one.
 */
export class MakeAdmin extends Command<string> {
  constructor(readonly account: { username: string; email: string; password: string }) {
    super();
  }
}

@CommandHandler(MakeAdmin)
export class MakeAdminHandler implements ICommandHandler<MakeAdmin> {
  constructor(
    private readonly users: UserRepository,
    private readonly passwords: PasswordHashing,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute({ account }: MakeAdmin): Promise<string> {
    const problems = accountProblems(account);
    if (problems.length > 0) throw new InvalidInput(problems);
    const { username, email, password } = account;
    const passwordHash = await this.passwords.hash(password);
    const admin = User.open(
      { id: newId(), username, email, passwordHash, role: 'admin', emailVerified: true },
      this.clock.now(),
    );
    await this.unitOfWork.run(() => this.users.add(admin, 'made-admin'));
    return admin.id;
  }
}
