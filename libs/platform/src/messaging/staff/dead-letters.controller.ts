import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { IdPipe } from '../../http/input-pipe.js';
import { WithLinks } from '../../http/link.js';
import { PageOf } from '../../http/page.js';
import { Allow } from '../../security/access-guard.js';
import { DeadLetterDesk } from './dead-letter-desk.js';
import { DeadLetterView } from './dead-letter.view.js';
import { DeadLettersQuery } from './dead-letters.dto.js';

class DeadLetterPage extends PageOf(DeadLetterView) {}

@ApiTags('Events')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'unauthenticated' })
@ApiForbiddenResponse({ description: 'forbidden' })
@Controller('events/dead-letters')
@Allow('events:operate')
export class DeadLettersController {
  constructor(private readonly desk: DeadLetterDesk) {}

  /** Events that failed to the last attempt, or can never be handled, for each consumer; the oldest event first. */
  @Get()
  @WithLinks()
  @ApiOperation({ summary: 'List the events that consumers could not handle' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  list(@Query() { consumer, ...page }: DeadLettersQuery): Promise<DeadLetterPage> {
    return this.desk.list(consumer, page);
  }

  /** Gives the event to that consumer alone, for one attempt. It leaves the list then, and is back when it fails again. */
  @Post(':id/replay')
  @HttpCode(202)
  @ApiOperation({ summary: 'Have a dead letter handled again' })
  @ApiNotFoundResponse({ description: 'not-found' })
  @ApiUnprocessableEntityResponse({ description: 'dead-letter-without-data' })
  replay(@Param('id', IdPipe) id: string): Promise<DeadLetterView> {
    return this.desk.replay(id);
  }

  /** It is gone for good. A replay that is on its way already may still happen. */
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Discard a dead letter' })
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiNotFoundResponse({ description: 'not-found' })
  async discard(@Param('id', IdPipe) id: string): Promise<void> {
    await this.desk.discard(id);
  }
}
