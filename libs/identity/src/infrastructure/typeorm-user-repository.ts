import { AdvisoryLocks, Database, InvalidInput, Outbox, sqlState, violatedConstraint } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../application/audit-trail.js';
import { userDeleted, userRegistered } from '../application/events.js';
import { HomeLibraries } from '../application/home-libraries.js';
import { type AccountChange, type AccountOpening, applied, type FieldChange } from '../domain/account-changes.js';
import { CustomerProfile, type ProfileChanges } from '../domain/customer-profile.js';
import { IdentityError } from '../domain/errors.js';
import { User } from '../domain/user.js';
import { UserRepository } from '../domain/user-repository.js';
import { RecentSessions } from './recent-sessions.js';

@Injectable()
export class TypeOrmUserRepository extends UserRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly homeLibraries: HomeLibraries,
    private readonly audit: AuditTrail,
    private readonly recent: RecentSessions,
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

  async add(user: User, how: AccountOpening, given: ProfileChanges = {}): Promise<void> {
    const profile = CustomerProfile.empty(user.id);
    const told = profile.change(given);
    await this.requireHomeLibrary(told);
    await namingWhatIsTaken(() => this.database.manager.insert(User, user));
    if (user.role === 'customer') await this.database.manager.insert(CustomerProfile, profile);
    await this.keepCustomer(user);
    const account = (['username', 'email', 'role'] as const).map((field) => ({ field, from: null, to: user[field] }));
    await this.audit.record(user.id, how, [...account, ...told]);
    await this.outbox.append(userRegistered(user));
  }

  async save(user: User, { action, changes }: AccountChange): Promise<void> {
    const { id, ...columns } = user;
    await namingWhatIsTaken(() => this.database.manager.update(User, { id }, columns));
    await this.keepCustomer(user);
    await this.audit.record(id, action, changes);
    this.recent.forget(id);
  }

  async rehash(seen: User, passwordHash: string): Promise<void> {
    await this.database.execute('UPDATE identity.users SET password_hash = $3 WHERE id = $1 AND password_hash = $2', [
      seen.id,
      seen.passwordHash,
      passwordHash,
    ]);
  }

  async remove(user: User): Promise<void> {
    await this.database.manager.delete(User, { id: user.id });
    await this.audit.forgetPersonalValues(user.id);
    await this.audit.record(user.id, 'deleted');
    await this.outbox.append(userDeleted(user));
    this.recent.forget(user.id);
  }

  profileOf(user: User): Promise<CustomerProfile> {
    return this.database.manager.findOneByOrFail(CustomerProfile, { userId: user.id });
  }

  /** Writes the columns that changed and no others: a home library may have been taken out meanwhile. */
  async saveProfile(user: User, changes: readonly FieldChange[]): Promise<void> {
    await this.requireHomeLibrary(changes);
    await this.database.manager.update(CustomerProfile, { userId: user.id }, applied(changes));
    await this.save(user, { action: 'profile-changed', changes });
  }

  private async requireHomeLibrary(changes: readonly FieldChange[]): Promise<void> {
    const { homeLibraryId } = applied(changes);
    if (typeof homeLibraryId !== 'string' || (await this.homeLibraries.exists(homeLibraryId))) return;
    throw new InvalidInput([{ pointer: '/homeLibraryId', detail: 'is no library' }]);
  }

  /** Every customer has a profile, also one who was given the role later, and is found by what they are called now. */
  private async keepCustomer({ id, role, username, email }: User): Promise<void> {
    if (role !== 'customer') return;
    await this.database.execute(
      `INSERT INTO identity.customers AS c (user_id, search_text) VALUES ($1, identity.search_text($2, $3))
       ON CONFLICT (user_id) DO UPDATE SET search_text = identity.search_text($2, $3, c.full_name)
         WHERE c.search_text <> identity.search_text($2, $3, c.full_name)`,
      [id, username, email],
    );
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
