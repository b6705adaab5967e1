import { type Actor, Database, Forbidden, type Page, type PageRequest, readPage, type Role } from '@holdfast/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import type { UserView } from './user.view.js';

const USER = `
  u.id, u.username, u.email, u.email_verified AS "emailVerified", u.role, u.is_active AS "isActive",
  platform.rfc3339(u.created_at) AS "createdAt", platform.rfc3339(u.updated_at) AS "updatedAt", u.version`;

/** A user: oneself, or anybody for an admin. */
export class FindUser extends Query<UserView> {
  constructor(
    readonly actor: Pick<Actor, 'userId' | 'role'>,
    readonly id: string,
  ) {
    super();
  }
}

@QueryHandler(FindUser)
export class FindUserHandler implements IQueryHandler<FindUser> {
  constructor(private readonly database: Database) {}

  async execute({ actor, id }: FindUser): Promise<UserView> {
    if (actor.role !== 'admin' && actor.userId !== id) throw new Forbidden('This is not your account.');
    const user = await this.database.maybeOne<UserView>(`SELECT ${USER} FROM identity.users u WHERE u.id = $1`, [id]);
    if (!user) throw new IdentityError('user-not-found', 'There is no such user.');
    return user;
  }
}

export interface UserFilter {
  /** Part of the username or the address. */
  search?: string;
  role?: Role;
  isActive?: boolean;
}

/** All users, or those that fit, the oldest first. */
export class ListUsers extends Query<Page<UserView>> {
  constructor(
    readonly filter: UserFilter,
    readonly page: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ListUsers)
export class ListUsersHandler implements IQueryHandler<ListUsers> {
  constructor(private readonly database: Database) {}

  execute({ filter, page }: ListUsers): Promise<Page<UserView>> {
    const { search, role, isActive } = filter;
    const list = {
      columns: USER,
      from: 'identity.users u',
      where: `($1::text IS NULL OR identity.search_text(u.username, u.email) LIKE identity.containing($1))
              AND ($2::text IS NULL OR u.role = $2) AND ($3::boolean IS NULL OR u.is_active = $3)`,
      id: 'u.id',
      values: [search, role, isActive],
    };
    return readPage<UserView>(this.database, list, page);
  }
}
