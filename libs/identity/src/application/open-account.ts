import { newId } from '@holdfast/kernel';
import { Clock, InvalidInput, UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler, type Query, QueryBus } from '@nestjs/cqrs';
import { accountProblems } from '../domain/account-policies.js';
import type { ProfileChanges } from '../domain/customer-profile.js';
import { type Role, User } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';
import { EmailVerifications } from './email-verifications.js';
import { PasswordHashing } from './password-hashing.js';

/** Makes an account and asks for its address to be verified; gives what is shown of it. */
export class OpenAccount<View> extends Command<View> {
  constructor(
    readonly account: { username: string; email: string; password: string; role: Role },
    /** By its owner, or by an admin. */
    readonly how: 'registered' | 'created',
    /** Asked about the new account in its transaction. */
    readonly shown: (id: string) => Query<View>,
    readonly profile?: ProfileChanges,
  ) {
    super();
  }
}

@CommandHandler(OpenAccount)
export class OpenAccountHandler<View> implements ICommandHandler<OpenAccount<View>> {
  constructor(
    private readonly users: UserRepository,
    private readonly passwords: PasswordHashing,
    private readonly verifications: EmailVerifications,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly queries: QueryBus,
  ) {}

  async execute({ account, how, shown, profile }: OpenAccount<View>): Promise<View> {
    const { username, email, password, role } = account;
    const problems = accountProblems({ username, email, password });
    if (problems.length > 0) throw new InvalidInput(problems);
    const passwordHash = await this.passwords.hash(password);
    const user = User.open({ id: newId(), username, email, passwordHash, role }, this.clock.now());
    return this.unitOfWork.run(async () => {
      await this.users.add(user, how, profile);
      await this.verifications.request(user);
      return this.queries.execute(shown(user.id));
    });
  }
}
