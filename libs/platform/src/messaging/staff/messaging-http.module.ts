import { Module } from '@nestjs/common';
import { DeadLetterDesk } from './dead-letter-desk.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { OutboxController } from './outbox.controller.js';

/** What admins see of events, and do with them. Needs no connection to the broker. */
@Module({ controllers: [OutboxController, DeadLettersController], providers: [DeadLetterDesk] })
export class MessagingHttpModule {}
