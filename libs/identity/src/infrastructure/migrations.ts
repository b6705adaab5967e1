import type { MigrationClass } from '@holdfast/platform';
import { AccountRecovery1763770100000 } from './account-recovery.migration.js';
import { IdentitySchema1763769700000 } from './identity-schema.migration.js';

export const identityMigrations: MigrationClass[] = [IdentitySchema1763769700000, AccountRecovery1763770100000];
