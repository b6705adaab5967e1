import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { PAGE_POLICY } from '../../http/browser-headers.js';
import { Uncounted } from '../../rate-limits/limited.js';
import { Allow } from '../../security/access-guard.js';
import { EventRegistry } from '../events.js';
import { describeEvents } from './asyncapi.js';
import { eventsPage } from './events-page.js';

/** The contract of the events: for tools as AsyncAPI 3, and as a page for people. Both are made once. */
@ApiExcludeController()
@Controller('events')
@Allow('docs:read')
@Uncounted()
export class EventDocsController {
  private readonly document: string;
  private readonly html: string;

  constructor(registry: EventRegistry) {
    this.document = JSON.stringify(describeEvents(registry));
    this.html = eventsPage(registry);
  }

  @Get('schema')
  @Header('Content-Type', 'application/json; charset=utf-8')
  schema(): string {
    return this.document;
  }

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_POLICY)
  page(): string {
    return this.html;
  }
}
