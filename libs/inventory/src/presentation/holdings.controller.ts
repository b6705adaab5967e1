import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Allow, DocumentEtag, type ExpectedVersions, IdPipe, IfMatch, ReadyJson } from '@holdfast/platform';
import { AvailabilityView, type VersionedAvailability } from '../application/libraries.view.js';
import { GetAvailability } from '../application/read-libraries.js';
import { SetHolding } from '../application/set-holding.js';
import { SetHoldingDto } from './libraries.dto.js';

/** Copies have the version of their book: an ETag of either is good for If-Match at the other. */
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
  @DocumentEtag()
  @ApiOkResponse({ type: AvailabilityView })
  @ApiNotFoundResponse({ description: 'book-not-found' })
  async availability(@Param('bookId', IdPipe) bookId: string): Promise<ReadyJson> {
    return answerOf(await this.queries.execute(new GetAvailability(bookId)));
  }

  /** More units are handed to those who wait, in the same transaction. */
  @Put('holdings/:libraryId')
  @Allow('copies:edit')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Set the units of a book at a library' })
  @DocumentEtag()
  @ApiOkResponse({ type: AvailabilityView })
  @ApiNotFoundResponse({ description: 'book-not-found, library-not-found' })
  @ApiConflictResponse({ description: 'fewer-than-reserved' })
  async set(
    @Param('bookId', IdPipe) bookId: string,
    @Param('libraryId', IdPipe) libraryId: string,
    @Body() { units }: SetHoldingDto,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<ReadyJson> {
    return answerOf(await this.commands.execute(new SetHolding(bookId, libraryId, units, expected)));
  }

  /** As zero units; where there are none already, nothing changes. */
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

/** The version is in the ETag only: the body is the availability and nothing else. */
const answerOf = ({ version, availability }: VersionedAvailability): ReadyJson =>
  ReadyJson.ofResource(JSON.stringify(availability), version);
