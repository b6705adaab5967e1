import { Body, Controller, Get, Param, Patch, Put } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBearerAuth,
  ApiBody,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  type Actor,
  Allow,
  CurrentActor,
  DocumentEtag,
  type ExpectedVersions,
  IdPipe,
  IfMatch,
  InvalidInput,
  ReadyJson,
} from '@holdfast/platform';
import { ChangeBook } from '../application/change-book.js';
import { GetBookMetadata } from '../application/get-book.js';
import type { MetadataChange } from '../domain/metadata.js';
import { reasonAgainstMetadataObject } from './rules.js';

type Json = Record<string, unknown>;
const freeForm = { type: 'object', additionalProperties: true, example: { publisher: 'Harper & Row' } } as const;

/** The version of the metadata is its book's. */
@ApiTags('Books')
@DocumentEtag()
@Controller('books/:id/metadata')
export class MetadataController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Allow('catalogue:read')
  @ApiOperation({ summary: 'Read the metadata of a book' })
  @ApiOkResponse({ schema: freeForm })
  @ApiNotFoundResponse({ description: 'book-not-found' })
  @ApiServiceUnavailableResponse({ description: 'metadata-unavailable' })
  async read(@Param('id', IdPipe) id: string): Promise<ReadyJson> {
    const { metadata, version } = await this.queries.execute(new GetBookMetadata(id));
    return answerOf(metadata, version);
  }

  @Put()
  @Allow('book:change')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Replace the metadata of a book' })
  @ApiBody({ schema: freeForm })
  @ApiOkResponse({ schema: freeForm })
  @ApiForbiddenResponse({ description: 'not-your-book' })
  @ApiNotFoundResponse({ description: 'book-not-found' })
  @ApiPayloadTooLargeResponse({ description: 'metadata-too-large' })
  replace(
    @Param('id', IdPipe) id: string,
    @Body() metadata: Json,
    @CurrentActor() actor: Actor,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<ReadyJson> {
    return this.change(id, { replace: checked(metadata) }, actor, expected);
  }

  @Patch()
  @Allow('book:change')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Change the metadata of a book (merge patch)' })
  @ApiBody({ schema: freeForm })
  @ApiOkResponse({ schema: freeForm })
  @ApiForbiddenResponse({ description: 'not-your-book' })
  @ApiNotFoundResponse({ description: 'book-not-found' })
  @ApiPayloadTooLargeResponse({ description: 'metadata-too-large' })
  @ApiServiceUnavailableResponse({ description: 'metadata-unavailable' })
  patch(
    @Param('id', IdPipe) id: string,
    @Body() patch: Json,
    @CurrentActor() actor: Actor,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<ReadyJson> {
    return this.change(id, { merge: checked(patch) }, actor, expected);
  }

  private async change(
    id: string,
    metadata: MetadataChange,
    actor: Actor,
    expected: ExpectedVersions,
  ): Promise<ReadyJson> {
    const book = await this.commands.execute(new ChangeBook(id, { metadata }, actor, expected));
    return answerOf(book.metadata ?? {}, book.version);
  }
}

/** The version is in the ETag only: the metadata may have one of its own. */
const answerOf = (metadata: Json, version: number): ReadyJson =>
  ReadyJson.ofResource(JSON.stringify(metadata), version);

function checked(metadata: Json): Json {
  const reason = reasonAgainstMetadataObject(metadata);
  if (reason !== null) throw new InvalidInput([{ pointer: '', detail: reason }]);
  return metadata;
}
