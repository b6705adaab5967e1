import { Module } from '@nestjs/common';
import { OutboxController } from './outbox.controller.js';

/** What admins see of events, and do with them. Needs no connection to the broker. */
@Module({ controllers: [OutboxController] })
export class MessagingHttpModule {}
