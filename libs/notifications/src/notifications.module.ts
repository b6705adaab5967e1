import { join } from 'node:path';
import { Settings } from '@holdfast/platform';
import { Module } from '@nestjs/common';
import { Mailer } from './application/mailer.js';
import { NotificationsConsumer } from './application/notifications-consumer.js';
import { PublicLinks } from './application/public-links.js';
import { FileMailer } from './infrastructure/file-mailer.js';
import { SmtpMailer } from './infrastructure/smtp-mailer.js';

const createMailer = ({ smtpUrl, dataDir, mailFrom }: Settings): Mailer =>
  smtpUrl ? new SmtpMailer(smtpUrl, mailFrom) : new FileMailer(join(dataDir, 'mail'), mailFrom);

/** Mail from events. For the worker: what it provides is subscribed there. */
@Module({
  providers: [{ provide: Mailer, inject: [Settings], useFactory: createMailer }, PublicLinks, NotificationsConsumer],
})
export class NotificationsModule {}
