import { join } from 'node:path';
import { JobsWorkerModule, Settings } from '@holdfast/platform';
import { Global, Module } from '@nestjs/common';
import { Letters } from './application/letters.js';
import { MailOutcomes } from './application/mail-outcomes.js';
import { MailSender } from './application/mail-sender.js';
import { Mailer } from './application/mailer.js';
import { Mails } from './application/mails.js';
import { NotificationsConsumer } from './application/notifications-consumer.js';
import { PublicLinks } from './application/public-links.js';
import { FileMailer } from './infrastructure/file-mailer.js';
import { MailFigures } from './infrastructure/mail-figures.js';
import { SmtpMailer } from './infrastructure/smtp-mailer.js';
import { SqlMails } from './infrastructure/sql-mails.js';

const createMailer = ({ smtpUrl, dataDir, mailFrom }: Settings): Mailer =>
  smtpUrl ? new SmtpMailer(smtpUrl, mailFrom) : new FileMailer(join(dataDir, 'mail'), mailFrom);

/** Mail from events. For the worker: what it provides is subscribed there. Needs `PresentState` from a global module. */
@Global()
@Module({
  imports: [JobsWorkerModule.forSources([MailSender])],
  providers: [
    { provide: Mailer, inject: [Settings], useFactory: createMailer },
    { provide: Mails, useClass: SqlMails },
    MailOutcomes,
    MailFigures,
    PublicLinks,
    Letters,
    NotificationsConsumer,
  ],
  exports: [Mailer, Mails, Letters, MailOutcomes],
})
export class NotificationsModule {}
