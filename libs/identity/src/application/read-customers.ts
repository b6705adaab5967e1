import {
  type Actor,
  Database,
  Forbidden,
  isLendingStaff,
  type Page,
  type PageRequest,
  readPage,
} from '@holdfast/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import type { CustomerView } from './customer.view.js';

const CUSTOMER = `
  u.id, u.username, u.email, c.full_name AS "fullName", c.phone, c.home_library_id AS "homeLibraryId",
  json_build_object('email', c.notify_by_email) AS notifications,
  platform.rfc3339(u.created_at) AS "createdAt", platform.rfc3339(u.updated_at) AS "updatedAt", u.version`;
const FROM = `identity.customers c JOIN identity.users u ON u.id = c.user_id AND u.role = 'customer'`;

/** A customer: oneself, or anybody for staff. */
export class FindCustomer extends Query<CustomerView> {
  constructor(
    readonly actor: Pick<Actor, 'userId' | 'role'>,
    readonly id: string,
  ) {
    super();
  }
}

@QueryHandler(FindCustomer)
export class FindCustomerHandler implements IQueryHandler<FindCustomer> {
  constructor(private readonly database: Database) {}

  async execute({ actor, id }: FindCustomer): Promise<CustomerView> {
    if (!isLendingStaff(actor.role) && actor.userId !== id) throw new Forbidden('This is not your profile.');
    const customer = await this.database.maybeOne<CustomerView>(`SELECT ${CUSTOMER} FROM ${FROM} WHERE u.id = $1`, [
      id,
    ]);
    if (!customer) throw new IdentityError('customer-not-found', 'There is no such customer.');
    return customer;
  }
}

/** All customers, the oldest first; `search` is part of the username, the address or the name. */
export class ListCustomers extends Query<Page<CustomerView>> {
  constructor(
    readonly search: string | undefined,
    readonly page: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ListCustomers)
export class ListCustomersHandler implements IQueryHandler<ListCustomers> {
  constructor(private readonly database: Database) {}

  execute({ search, page }: ListCustomers): Promise<Page<CustomerView>> {
    const list = {
      columns: CUSTOMER,
      from: FROM,
      where: '($1::text IS NULL OR c.search_text LIKE identity.containing($1))',
      id: 'u.id',
      values: [search],
    };
    return readPage<CustomerView>(this.database, list, page);
  }
}
