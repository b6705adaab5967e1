import { Controller, Get, Header, Module } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Uncounted } from '../rate-limits/limited.js';
import { Allow } from '../security/access-guard.js';
import { OPERATIONS_PAGE, OPERATIONS_POLICY } from './operations-page.js';

/**
 * The page on which admins see jobs, outbox and dead letters, and act on these. Anybody gets the page, for a browser that
 * opens one sends no token; nobody gets data but from the routes that it asks, each behind its own permission.
 */
@ApiExcludeController()
@Controller('operations')
@Allow('docs:read')
@Uncounted()
export class OperationsController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', OPERATIONS_POLICY)
  @Header('Cross-Origin-Opener-Policy', 'same-origin')
  page(): string {
    return OPERATIONS_PAGE;
  }
}

@Module({ controllers: [OperationsController] })
export class OperationsModule {}
