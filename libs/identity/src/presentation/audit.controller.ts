import { Allow, PageOf, WithLinks } from '@holdfast/platform';
import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { AuditLineView } from '../application/audit.view.js';
import { ReadAudit } from '../application/read-audit.js';
import { AuditQuery } from './audit.dto.js';

const timeOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

class AuditPage extends PageOf(AuditLineView) {}

@ApiTags('Audit')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'unauthenticated' })
@ApiForbiddenResponse({ description: 'forbidden' })
@Controller('audit')
export class AuditController {
  constructor(private readonly queries: QueryBus) {}

  /** Who changed which account, and what; the newest first. Kept for AUDIT_RETENTION_DAYS. */
  @Get()
  @Allow('audit:read')
  @WithLinks()
  @ApiOperation({ summary: 'Read who changed which account' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  list(@Query() { userId, actorId, action, from, to, ...page }: AuditQuery): Promise<AuditPage> {
    const filter = { userId, actorId, action, from: timeOf(from), to: timeOf(to) };
    return this.queries.execute(new ReadAudit(filter, page));
  }
}
