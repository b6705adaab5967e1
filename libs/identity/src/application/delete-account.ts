import {
  type Actor,
  type ExpectedVersions,
  Forbidden,
  IdempotencyKeys,
  requireVersion,
  UnitOfWork,
} from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import { anotherAdminIsLeft } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';
import { AccountClosing } from './account-closing.js';

/** Deletes an account: one's own, or any for an admin. `as` narrows it to customers. */
export class DeleteAccount extends Command<void> {
  constructor(
    readonly actor: Pick<Actor, 'userId' | 'role'>,
    readonly id: string,
    readonly expected: ExpectedVersions,
    readonly as: 'user' | 'customer' = 'user',
  ) {
    super();
  }
}

@CommandHandler(DeleteAccount)
export class DeleteAccountHandler implements ICommandHandler<DeleteAccount> {
  constructor(
    private readonly users: UserRepository,
    private readonly closing: AccountClosing,
    private readonly unitOfWork: UnitOfWork,
    private readonly keys: IdempotencyKeys,
  ) {}

  async execute({ actor, id, expected, as }: DeleteAccount): Promise<void> {
    if (actor.role !== 'admin' && actor.userId !== id) throw new Forbidden('This is not your account.');
    await this.unitOfWork.run(async () => {
      const user = await this.users.lock(id);
      if (!user || (as === 'customer' && user.role !== 'customer')) {
        throw new IdentityError(`${as}-not-found`, `There is no such ${as}.`);
      }
      requireVersion(user.version, expected);
      if (user.mayAdminister) anotherAdminIsLeft(user, await this.users.lockAdmins());
      await this.closing.close(user.id);
      await this.users.remove(user);
      await this.keys.forgetCaller(user.id);
    });
  }
}
