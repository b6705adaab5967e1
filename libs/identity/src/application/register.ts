import { InvalidInput } from '@holdfast/platform';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { accountProblems } from '../domain/account-policies.js';
import { AccountLimits } from './account-limits.js';
import { OpenAccount } from './open-account.js';

/** Somebody makes a customer's account for themselves; gives its id. Limited by the address that it comes from. */
export class Register extends Command<string> {
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
  ) {}

  async execute({ account, address }: Register): Promise<string> {
    // A form that is filled in wrongly costs nothing and does not count; a name that is taken does, for that tells something.
    const problems = accountProblems(account);
    if (problems.length > 0) throw new InvalidInput(problems);
    await this.limits.registration(address);
    return this.commands.execute(new OpenAccount({ ...account, role: 'customer' }, 'registered'));
  }
}
