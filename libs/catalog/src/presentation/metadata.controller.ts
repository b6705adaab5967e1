import { Body, Controller, Get, Param, Patch, Put, Req, Res } from '@nestjs/common';
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
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type Actor,
  Allow,
  CurrentActor,
  DocumentEtag,
  etagOf,
  type ExpectedVersions,
  IdPipe,
  IfMatch,
  InvalidInput,
} from '@holdfast/platform';
import { ChangeBook } from '../application/change-book.js';
import { GetBookMetadata, type VersionedMetadata } from '../application/get-book.js';
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
  async read(
    @Param('id', IdPipe) id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const found = await this.queries.execute(new GetBookMetadata(id));
    const etag = etagOf(found);
    void reply.header('ETag', etag);
    // The metadata may have a property "version" of its own, so the interceptor of other routes would be misled.
    const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
    if (!known.includes(etag) && !known.includes('*')) return found.metadata;
    void reply.status(304);
    return undefined;
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
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json> {
    return this.change(id, { replace: checked(metadata) }, actor, expected, reply);
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
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json> {
    return this.change(id, { merge: checked(patch) }, actor, expected, reply);
  }

  private async change(
    id: string,
    metadata: MetadataChange,
    actor: Actor,
    expected: ExpectedVersions,
    reply: FastifyReply,
  ): Promise<Json> {
    const book = await this.commands.execute(new ChangeBook(id, { metadata }, actor, expected));
    const changed: VersionedMetadata = { version: book.version, metadata: book.metadata ?? {} };
    void reply.header('ETag', etagOf(changed));
    return changed.metadata;
  }
}

function checked(metadata: Json): Json {
  const reason = reasonAgainstMetadataObject(metadata);
  if (reason !== null) throw new InvalidInput([{ pointer: '', detail: reason }]);
  return metadata;
}
