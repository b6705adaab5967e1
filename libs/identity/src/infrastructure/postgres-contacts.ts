import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { type Contact, Contacts } from '../application/contacts.js';

@Injectable()
export class PostgresContacts extends Contacts {
  constructor(private readonly database: Database) {
    super();
  }

  find(userId: string): Promise<Contact | null> {
    return this.database.maybeOne<Contact>(
      `SELECT u.email, u.email_verified AS "emailVerified", coalesce(c.full_name, u.username) AS name,
              u.is_active AS "isActive", coalesce(c.notify_by_email, true) AS "wantsNotices"
         FROM identity.users u LEFT JOIN identity.customers c ON c.user_id = u.id AND u.role = 'customer'
        WHERE u.id = $1`,
      [userId],
    );
  }
}
