import type { MigrationClass } from '@holdfast/platform';
import { MailsTrail1763773260000 } from './infrastructure/mails-trail.migration.js';
import { Mails1763771040000 } from './infrastructure/mails.migration.js';

export { PresentState } from './application/present-state.js';
export type { Reader, ReservationNow } from './domain/mail-policies.js';
export { NotificationsModule } from './notifications.module.js';

export const notificationsMigrations: MigrationClass[] = [Mails1763771040000, MailsTrail1763773260000];
