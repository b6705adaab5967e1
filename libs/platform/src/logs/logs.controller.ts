import { Controller, Get, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { Database } from '../database/database.js';
import { readPage } from '../database/read-page.js';
import { WithLinks } from '../http/link.js';
import { PageOf } from '../http/page.js';
import { Allow } from '../security/access-guard.js';
import { levels } from './kept-lines.js';
import { LogLineView } from './log-line.view.js';
import { LogsQuery } from './logs.dto.js';

class LogPage extends PageOf(LogLineView) {}

const NAME_OF_LEVEL = `CASE level ${Object.entries(levels)
  .map(([name, number]) => `WHEN ${number} THEN '${name}'`)
  .join(' ')} END`;

/** The text as itself in a LIKE, wherever it stands. */
const anywhere = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

@ApiTags('Logs')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'unauthenticated' })
@ApiForbiddenResponse({ description: 'forbidden' })
@Controller('logs')
export class LogsController {
  constructor(private readonly database: Database) {}

  /** Warnings and errors of the api and the workers, the newest first; some seconds after they were said. Kept for LOG_RETENTION_DAYS. */
  @Get()
  @Allow('logs:read')
  @WithLinks()
  @ApiOperation({ summary: 'Search the warnings and errors of all processes' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  list(@Query() { level, from, to, search, requestId, app, ...page }: LogsQuery): Promise<LogPage> {
    const list = {
      columns: `id, platform.rfc3339(at) AS at, ${NAME_OF_LEVEL} AS level, app, context, message,
                request_id AS "requestId", trace_id AS "traceId", details`,
      from: 'platform.logs',
      where: `($1::smallint IS NULL OR level >= $1)
              AND ($2::timestamptz IS NULL OR at >= $2) AND ($3::timestamptz IS NULL OR at < $3)
              AND ($4::text IS NULL OR message ILIKE $4) AND ($5::text IS NULL OR request_id = $5)
              AND ($6::text IS NULL OR app = $6)`,
      id: 'id',
      at: 'at',
      values: [
        level && levels[level],
        from && new Date(from),
        to && new Date(to),
        search && anywhere(search),
        requestId,
        app,
      ],
    };
    return readPage<LogLineView>(this.database, list, page);
  }
}
