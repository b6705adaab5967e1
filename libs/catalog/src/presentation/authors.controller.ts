import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiConflictResponse, ApiNotFoundResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  Allow,
  AnswersReadyJson,
  Creates,
  type ExpectedVersions,
  IdPipe,
  IfMatch,
  type Page,
  PageOf,
  ReadyJson,
  WithEtag,
  WithLinks,
} from '@holdfast/platform';
import { HeadingView } from '../application/headings.view.js';
import { ListBooks } from '../application/list-books.js';
import { AddHeading, RemoveHeading, RenameHeading } from '../application/manage-headings.js';
import { GetHeading, ListHeadings } from '../application/read-headings.js';
import { BookListQuery, FiltersByMetadata, filtersOf, MetadataFilters } from './book-list.dto.js';
import { BookPage } from './books.controller.js';
import { AuthorDto, AuthorPatchDto, HeadingListQuery } from './headings.dto.js';

class AuthorPage extends PageOf(HeadingView) {}

@ApiTags('Authors and genres')
@Controller('authors')
@WithEtag()
export class AuthorsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Allow('catalogue:read')
  @WithLinks()
  @ApiOperation({ summary: 'List authors by name' })
  list(@Query() query: HeadingListQuery): Promise<AuthorPage> {
    return this.queries.execute<ListHeadings, Page<HeadingView>>(new ListHeadings('author', query));
  }

  @Post()
  @Allow('catalogue:edit')
  @Creates({ at: ({ id }: HeadingView) => `/api/authors/${id}` })
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Add an author' })
  @ApiConflictResponse({ description: 'author-name-taken' })
  add(@Body() { name }: AuthorDto): Promise<HeadingView> {
    return this.commands.execute(new AddHeading('author', name));
  }

  @Get(':id')
  @Allow('catalogue:read')
  @ApiOperation({ summary: 'Read an author' })
  @ApiNotFoundResponse({ description: 'author-not-found' })
  read(@Param('id', IdPipe) id: string): Promise<HeadingView> {
    return this.queries.execute(new GetHeading('author', id));
  }

  /** In all its books, too. */
  @Patch(':id')
  @Allow('catalogue:edit')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Rename an author (merge patch)' })
  @ApiNotFoundResponse({ description: 'author-not-found' })
  @ApiConflictResponse({ description: 'author-name-taken' })
  rename(
    @Param('id', IdPipe) id: string,
    @Body() { name }: AuthorPatchDto,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<HeadingView> {
    return this.commands.execute(new RenameHeading('author', id, name, expected));
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('catalogue:edit')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Delete an author without books' })
  @ApiNotFoundResponse({ description: 'author-not-found' })
  @ApiConflictResponse({ description: 'author-in-use' })
  remove(@Param('id', IdPipe) id: string, @IfMatch() expected: ExpectedVersions): Promise<void> {
    return this.commands.execute(new RemoveHeading('author', id, expected));
  }

  /** With the parameters of the list of books. */
  @Get(':id/books')
  @Allow('catalogue:read')
  @ApiOperation({ summary: 'List the books of an author' })
  @FiltersByMetadata()
  @AnswersReadyJson(BookPage)
  @ApiNotFoundResponse({ description: 'author-not-found' })
  async books(
    @Param('id', IdPipe) id: string,
    @Query() query: BookListQuery,
    @MetadataFilters() metadata: Map<string, string>,
  ): Promise<ReadyJson> {
    await this.queries.execute(new GetHeading('author', id));
    return ReadyJson.ofPage(
      await this.queries.execute(new ListBooks({ ...filtersOf(query), author: id }, metadata, query)),
    );
  }
}
