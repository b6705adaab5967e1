import { type Actor, Database, Forbidden, type Page } from '@holdfast/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import { anywhere, type PageRequest, readPage } from './read-page.js';
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

/** All users, the oldest first; `search` is part of the username or the address. */
export class ListUsers extends Query<Page<UserView>> {
  constructor(
    readonly search: string | undefined,
    readonly page: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ListUsers)
export class ListUsersHandler implements IQueryHandler<ListUsers> {
  constructor(private readonly database: Database) {}

  execute({ search, page }: ListUsers): Promise<Page<UserView>> {
    const list = {
      columns: USER,
      from: 'identity.users u',
      where: '($1::text IS NULL OR u.username ILIKE $1 OR u.email ILIKE $1)',
      id: 'u.id',
      values: [anywhere(search)],
    };
    return readPage<UserView>(this.database, list, page);
  }
}
