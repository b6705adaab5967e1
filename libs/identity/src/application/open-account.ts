import { newId } from '@holdfast/kernel';
import { Clock, InvalidInput, UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { accountProblems } from '../domain/account-policies.js';
import type { ProfileChanges } from '../domain/customer-profile.js';
import { type Role, User } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';
import { EmailVerifications } from './email-verifications.js';
import { PasswordHashing } from './password-hashing.js';

/** Makes an account and asks for its address to be verified; gives its id. */
export class OpenAccount extends Command<string> {
  constructor(
    readonly account: { username: string; email: string; password: string; role: Role },
    /** By its owner, or by an admin. */
    readonly how: 'registered' | 'created',
    readonly profile?: ProfileChanges,
  ) {
    super();
  }
}

@CommandHandler(OpenAccount)
export class OpenAccountHandler implements ICommandHandler<OpenAccount> {
  constructor(
    private readonly users: UserRepository,
    private readonly passwords: PasswordHashing,
    private readonly verifications: EmailVerifications,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute({ account: { username, email, password, role }, how, profile }: OpenAccount): Promise<string> {
    const problems = accountProblems({ username, email, password });
    if (problems.length > 0) throw new InvalidInput(problems);
    const passwordHash = await this.passwords.hash(password);
    const user = User.open({ id: newId(), username, email, passwordHash, role }, this.clock.now());
    await this.unitOfWork.run(async () => {
      await this.users.add(user, how, profile);
      await this.verifications.request(user);
    });
    return user.id;
  }
}
