import { Module } from '@nestjs/common';
import { EventDocsController } from './event-docs.controller.js';

/** `/api/events` and `/api/events/schema`, for the apps that serve the API. */
@Module({ controllers: [EventDocsController] })
export class EventDocsModule {}
