import { IdempotencyKeys, InvalidInput } from '@holdfast/platform';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { accountProblems } from '../domain/account-policies.js';
import { AccountLimits } from './account-limits.js';
import { OpenAccount } from './open-account.js';
import { FindUser } from './read-users.js';
import type { UserView } from './user.view.js';

/** Somebody makes a customer's account for themselves. Limited by the address that it comes from. */
export class Register extends Command<UserView> {
  constructor(
    readonly account: { username: string; email: string; password: string },
    readonly address: string | null,
  ) {
    super();
  }
}

@CommandHandler(Register)
export class RegisterHandler implements ICommandHandler<Register> {
  constructor(
    private readonly limits: AccountLimits,
    private readonly commands: CommandBus,
    private readonly keys: IdempotencyKeys,
  ) {}

  async execute({ account, address }: Register): Promise<UserView> {
    // A form that is filled in wrongly costs nothing and does not count; a name that is taken does, for that tells something.
    const problems = accountProblems(account);
    if (problems.length > 0) throw new InvalidInput(problems);
    // Nor does the repetition of a request that was answered; and it costs no hash.
    await this.keys.endWhenAnswered();
    await this.limits.registration(address);
    const itself = (id: string): FindUser => new FindUser({ userId: id, role: 'customer' }, id);
    return this.commands.execute(new OpenAccount({ ...account, role: 'customer' }, 'registered', itself));
  }
}
