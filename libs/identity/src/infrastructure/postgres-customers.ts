import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { Customers } from '../application/customers.js';

@Injectable()
export class PostgresCustomers extends Customers {
  constructor(private readonly database: Database) {
    super();
  }

  async lock(customerId: string): Promise<{ id: string; isActive: boolean } | null> {
    this.database.requireTransaction('Customers.lock');
    const [customer] = await this.database.prepared<{ id: string; isActive: boolean }>(
      'identity_lock_customer',
      `SELECT id, is_active AS "isActive" FROM identity.users WHERE id = $1 AND role = 'customer' FOR NO KEY UPDATE`,
      [customerId],
    );
    return customer ?? null;
  }

  async leaveHomeLibrary(libraryId: string): Promise<void> {
    this.database.requireTransaction('Customers.leaveHomeLibrary');
    await this.database.execute('UPDATE identity.customers SET home_library_id = NULL WHERE home_library_id = $1', [
      libraryId,
    ]);
  }
}
