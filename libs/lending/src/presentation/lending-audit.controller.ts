import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { Allow } from '@holdfast/platform';
import { AuditLending } from '../application/audit-lending.js';
import { LendingAuditView } from '../application/lending-audit.view.js';

@ApiTags('Reservations')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'unauthenticated' })
@ApiForbiddenResponse({ description: 'forbidden' })
@Controller('lending/audit')
export class LendingAuditController {
  constructor(private readonly queries: QueryBus) {}

  /** Looks at all copies, queues and reservations at once; changes nothing. It may take some seconds; one audit runs at a time. */
  @Get()
  @Allow('lending:audit')
  @ApiOperation({ summary: 'Check that lending keeps what it promises' })
  @ApiServiceUnavailableResponse({ description: 'temporarily-unavailable' })
  check(): Promise<LendingAuditView> {
    return this.queries.execute(new AuditLending());
  }
}
