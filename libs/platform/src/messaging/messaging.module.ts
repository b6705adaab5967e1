import { type DynamicModule, Module } from '@nestjs/common';
import { EventRegistry } from './events.js';
import { Outbox } from './outbox.js';
import { OutboxStatus } from './relay/outbox-status.js';
import { RelaySignal } from './relay-signal.js';

/** The writing side of events, for every app: the outbox, over the events of all contexts. */
@Module({})
export class MessagingModule {
  static forRoot(registry: EventRegistry): DynamicModule {
    return {
      module: MessagingModule,
      global: true,
      providers: [{ provide: EventRegistry, useValue: registry }, Outbox, OutboxStatus, RelaySignal],
      exports: [EventRegistry, Outbox, OutboxStatus, RelaySignal],
    };
  }
}
