import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiConflictResponse, ApiNotFoundResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, type ExpectedVersions, IdPipe, IfMatch } from '@holdfast/platform';
import { AvailabilityView } from '../application/libraries.view.js';
import { GetAvailability } from '../application/read-libraries.js';
import { SetHolding } from '../application/set-holding.js';
import { SetHoldingDto } from './libraries.dto.js';

@ApiTags('Libraries and copies')
@Controller('books/:bookId')
export class HoldingsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('availability')
  @Allow('catalogue:read')
  @ApiOperation({ summary: 'Where a book is available' })
  @ApiNotFoundResponse({ description: 'title-not-found' })
  availability(@Param('bookId', IdPipe) bookId: string): Promise<AvailabilityView> {
    return this.queries.execute(new GetAvailability(bookId));
  }

  /** More units are handed to those who wait, in the same transaction. */
  @Put('holdings/:libraryId')
  @Allow('copies:edit')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Set the units of a book at a library' })
  @ApiNotFoundResponse({ description: 'book-not-found, library-not-found' })
  @ApiConflictResponse({ description: 'fewer-than-reserved' })
  set(
    @Param('bookId', IdPipe) bookId: string,
    @Param('libraryId', IdPipe) libraryId: string,
    @Body() { units }: SetHoldingDto,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<AvailabilityView> {
    return this.commands.execute(new SetHolding(bookId, libraryId, units, expected));
  }

  @Delete('holdings/:libraryId')
  @HttpCode(204)
  @Allow('copies:edit')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'End the holding of a book at a library' })
  @ApiNotFoundResponse({ description: 'book-not-found, library-not-found' })
  @ApiConflictResponse({ description: 'fewer-than-reserved' })
  async end(
    @Param('bookId', IdPipe) bookId: string,
    @Param('libraryId', IdPipe) libraryId: string,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<void> {
    await this.commands.execute(new SetHolding(bookId, libraryId, 0, expected));
  }
}
