import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { Customers } from '../application/customers.js';

@Injectable()
export class PostgresCustomers extends Customers {
  constructor(private readonly database: Database) {
    super();
  }

  async leaveHomeLibrary(libraryId: string): Promise<void> {
    this.database.requireTransaction('Customers.leaveHomeLibrary');
    await this.database.execute('UPDATE identity.customers SET home_library_id = NULL WHERE home_library_id = $1', [
      libraryId,
    ]);
  }
}
