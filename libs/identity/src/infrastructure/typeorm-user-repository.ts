import { AdvisoryLocks, Database, InvalidInput, Outbox, sqlState, violatedConstraint } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { userDeleted, userRegistered } from '../application/events.js';
import { HomeLibraries } from '../application/home-libraries.js';
import { CustomerProfile } from '../domain/customer-profile.js';
import { IdentityError } from '../domain/errors.js';
import { User } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';

@Injectable()
export class TypeOrmUserRepository extends UserRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly homeLibraries: HomeLibraries,
  ) {
    super();
  }

  findByLogin(login: string): Promise<User | null> {
    const column = login.includes('@') ? 'email' : 'username';
    return this.database.manager
      .createQueryBuilder(User, 'user')
      .where(`lower("user".${column} COLLATE "C") = lower(:login COLLATE "C")`, { login })
      .getOne();
  }

  find(id: string): Promise<User | null> {
    return this.database.manager.findOneBy(User, { id });
  }

  lock(id: string): Promise<User | null> {
    this.database.requireTransaction('UserRepository.lock');
    return this.database.manager.findOne(User, { where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  async lockAdmins(): Promise<User[]> {
    this.database.requireTransaction('UserRepository.lockAdmins');
    await this.database.query('SELECT pg_advisory_xact_lock($1)', [AdvisoryLocks.admins]);
    return this.database.manager.find(User, { where: { role: 'admin' }, order: { id: 'ASC' } });
  }

  async add(user: User): Promise<void> {
    await namingWhatIsTaken(() => this.database.manager.insert(User, user));
    await this.openProfile(user);
    await this.outbox.append(userRegistered(user));
  }

  async save(user: User): Promise<void> {
    const { id, ...columns } = user;
    await namingWhatIsTaken(() => this.database.manager.update(User, { id }, columns));
    await this.openProfile(user);
  }

  async remove(user: User): Promise<void> {
    await this.database.manager.delete(User, { id: user.id });
    await this.outbox.append(userDeleted(user));
  }

  profileOf(user: User): Promise<CustomerProfile> {
    return this.database.manager.findOneByOrFail(CustomerProfile, { userId: user.id });
  }

  async saveProfile({ userId, ...columns }: CustomerProfile): Promise<void> {
    const { homeLibraryId } = columns;
    if (homeLibraryId !== null && !(await this.homeLibraries.exists(homeLibraryId))) {
      throw new InvalidInput([{ pointer: '/homeLibraryId', detail: 'is no library' }]);
    }
    await this.database.manager.update(CustomerProfile, { userId }, columns);
  }

  /** Every customer has a profile, also one who was given the role later. */
  private async openProfile({ id, role }: User): Promise<void> {
    if (role !== 'customer') return;
    await this.database.execute('INSERT INTO identity.customers (user_id) VALUES ($1) ON CONFLICT DO NOTHING', [id]);
  }
}

async function namingWhatIsTaken(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    const [name, code] =
      violatedConstraint(error) === 'users_email_unique'
        ? (['email', 'email-taken'] as const)
        : (['username', 'username-taken'] as const);
    throw new IdentityError(code, `Another account has this ${name}.`, [{ pointer: `/${name}`, detail: 'is taken' }]);
  }
}
