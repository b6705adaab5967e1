import { Controller, Get, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { Database } from '../../database/database.js';
import { readPage } from '../../database/read-page.js';
import { WithLinks } from '../../http/link.js';
import { PageOf, PageQuery } from '../../http/page.js';
import { Allow } from '../../security/access-guard.js';
import { OutboxStatus } from '../relay/outbox-status.js';
import { BacklogView, FailingEventView } from './outbox.view.js';

class FailingEventPage extends PageOf(FailingEventView) {}

const FAILING = {
  columns: `id, type, subject, platform.rfc3339(occurred_at) AS "occurredAt", attempts,
            platform.rfc3339(next_try_at) AS "nextTryAt", coalesce(last_error, '') AS reason`,
  from: 'platform.outbox',
  where: 'published_at IS NULL AND attempts > 0',
  id: 'id',
  values: [],
};

@ApiTags('Events')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'unauthenticated' })
@ApiForbiddenResponse({ description: 'forbidden' })
@Controller('events/outbox')
@Allow('events:operate')
export class OutboxController {
  constructor(
    private readonly database: Database,
    private readonly status: OutboxStatus,
  ) {}

  /** What the broker refused, or no queue takes, with the reason; the oldest first. What only waits for the broker is not among them. */
  @Get()
  @WithLinks()
  @ApiOperation({ summary: 'List the events that cannot be published' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  list(@Query() page: PageQuery): Promise<FailingEventPage> {
    return readPage<FailingEventView>(this.database, FAILING, page);
  }
  /** What waits for the relay, also while the broker is away; it is near to nothing when all is well. */
  @Get('backlog')
  @ApiOperation({ summary: 'Tell how many events wait to be published' })
  backlog(): Promise<BacklogView> {
    return this.status.read();
  }
}
