import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  type Actor,
  Allow,
  AnswersReadyJson,
  Creates,
  CurrentActor,
  type ExpectedVersions,
  IdPipe,
  IfMatch,
  PageOf,
  ReadyJson,
} from '@holdfast/platform';
import { BookView, BookWithMetadataView } from '../application/book.view.js';
import { ChangeBook } from '../application/change-book.js';
import { CreateBook } from '../application/create-book.js';
import { DeleteBook } from '../application/delete-book.js';
import { GetBook } from '../application/get-book.js';
import { ListBooks } from '../application/list-books.js';
import { ShownBookWithMetadata } from '../application/shown-book.js';
import { BookDto, BookPatchDto, changeOf, detailsOf } from './book.dto.js';
import { BookListQuery, FiltersByMetadata, filtersOf, MetadataFilters } from './book-list.dto.js';

export class BookPage extends PageOf(BookView) {}

@ApiTags('Books')
@Controller('books')
export class BooksController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Allow('catalogue:read')
  @ApiOperation({ summary: 'Search and list books' })
  @FiltersByMetadata()
  @AnswersReadyJson(BookPage)
  async list(@Query() query: BookListQuery, @MetadataFilters() metadata: Map<string, string>): Promise<ReadyJson> {
    return ReadyJson.ofPage(await this.queries.execute(new ListBooks(filtersOf(query), metadata, query)));
  }

  @Post()
  @Allow('book:create')
  @Creates({
    at: ({ id }: ShownBookWithMetadata) => `/api/books/${id}`,
    as: (book: ShownBookWithMetadata) => book.answer(),
  })
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Create a book' })
  @AnswersReadyJson(BookWithMetadataView, 201)
  @ApiNotFoundResponse({ description: 'author-not-found, library-not-found' })
  @ApiConflictResponse({ description: 'isbn-taken' })
  @ApiPayloadTooLargeResponse({ description: 'metadata-too-large' })
  create(@Body() book: BookDto, @CurrentActor() actor: Actor): Promise<ShownBookWithMetadata> {
    return this.commands.execute(new CreateBook(detailsOf(book), actor.userId));
  }

  @Get(':id')
  @Allow('catalogue:read')
  @ApiOperation({ summary: 'Read a book with its metadata' })
  @ApiNotFoundResponse({ description: 'book-not-found' })
  @AnswersReadyJson(BookWithMetadataView)
  read(@Param('id', IdPipe) id: string): Promise<ReadyJson> {
    return this.queries.execute(new GetBook(id));
  }

  /** What is left out gets its default: no ISBN, no authors, no copies, no metadata … */
  @Put(':id')
  @Allow('book:change')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Replace a book' })
  @AnswersReadyJson(BookWithMetadataView)
  @ApiForbiddenResponse({ description: 'not-your-book' })
  @ApiNotFoundResponse({ description: 'book-not-found, author-not-found, library-not-found' })
  @ApiConflictResponse({ description: 'isbn-taken, fewer-than-reserved, units-held-elsewhere' })
  @ApiPayloadTooLargeResponse({ description: 'metadata-too-large' })
  async replace(
    @Param('id', IdPipe) id: string,
    @Body() book: BookDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<ReadyJson> {
    return (await this.commands.execute(new ChangeBook(id, detailsOf(book), actor, expected))).answer();
  }

  @Patch(':id')
  @Allow('book:change')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Change a book (merge patch)' })
  @AnswersReadyJson(BookWithMetadataView)
  @ApiForbiddenResponse({ description: 'not-your-book' })
  @ApiNotFoundResponse({ description: 'book-not-found, author-not-found, library-not-found' })
  @ApiConflictResponse({ description: 'isbn-taken, fewer-than-reserved, units-held-elsewhere' })
  @ApiPayloadTooLargeResponse({ description: 'metadata-too-large' })
  @ApiServiceUnavailableResponse({ description: 'metadata-unavailable, for a patch of the metadata' })
  async patch(
    @Param('id', IdPipe) id: string,
    @Body() patch: BookPatchDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<ReadyJson> {
    return (await this.commands.execute(new ChangeBook(id, changeOf(patch), actor, expected))).answer();
  }

  /** Readers who wait for it lose their place. */
  @Delete(':id')
  @HttpCode(204)
  @Allow('book:change')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Delete a book of which no copy is reserved' })
  @ApiForbiddenResponse({ description: 'not-your-book' })
  @ApiNotFoundResponse({ description: 'book-not-found' })
  @ApiConflictResponse({ description: 'copies-reserved' })
  remove(
    @Param('id', IdPipe) id: string,
    @CurrentActor() actor: Actor,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<void> {
    return this.commands.execute(new DeleteBook(id, actor, expected));
  }
}
