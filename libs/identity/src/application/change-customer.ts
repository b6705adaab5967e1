import { type Actor, Clock, type ExpectedVersions, Forbidden, requireVersion, UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ProfileChanges } from '../domain/customer-profile.js';
import { IdentityError } from '../domain/errors.js';
import { UserRepository } from '../domain/user-repository.js';

/** Changes the profile of a customer: one's own, or any for an admin. */
export class ChangeCustomer extends Command<void> {
  constructor(
    readonly actor: Pick<Actor, 'userId' | 'role'>,
    readonly id: string,
    readonly changes: ProfileChanges,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(ChangeCustomer)
export class ChangeCustomerHandler implements ICommandHandler<ChangeCustomer> {
  constructor(
    private readonly users: UserRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute({ actor, id, changes, expected }: ChangeCustomer): Promise<void> {
    if (actor.role !== 'admin' && actor.userId !== id) throw new Forbidden('This is not your profile.');
    await this.unitOfWork.run(async () => {
      const user = await this.users.lock(id);
      if (user?.role !== 'customer') throw new IdentityError('customer-not-found', 'There is no such customer.');
      requireVersion(user.version, expected);
      const profile = await this.users.profileOf(user);
      const real = profile.change(changes);
      if (real.length === 0) return;
      user.touch(this.clock.now());
      await this.users.saveProfile(user, real);
    });
  }
}
