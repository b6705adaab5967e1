import type { MigrationClass } from '@holdfast/platform';
import { LendingSchema1763770000000 } from './lending-schema.migration.js';
import { Reminders1763770600000 } from './reminders.migration.js';

export const lendingMigrations: MigrationClass[] = [LendingSchema1763770000000, Reminders1763770600000];
