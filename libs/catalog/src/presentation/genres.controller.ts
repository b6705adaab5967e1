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
import { GenreDto, GenrePatchDto, HeadingListQuery } from './headings.dto.js';

class GenrePage extends PageOf(HeadingView) {}

@ApiTags('Authors and genres')
@Controller('genres')
@WithEtag()
export class GenresController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Allow('catalogue:read')
  @WithLinks()
  @ApiOperation({ summary: 'List genres by name' })
  list(@Query() query: HeadingListQuery): Promise<GenrePage> {
    return this.queries.execute<ListHeadings, Page<HeadingView>>(new ListHeadings('genre', query));
  }

  @Post()
  @Allow('catalogue:edit')
  @Creates({ at: ({ id }: HeadingView) => `/api/genres/${id}` })
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Add a genre' })
  @ApiConflictResponse({ description: 'genre-name-taken' })
  add(@Body() { name }: GenreDto): Promise<HeadingView> {
    return this.commands.execute(new AddHeading('genre', name));
  }

  @Get(':id')
  @Allow('catalogue:read')
  @ApiOperation({ summary: 'Read a genre' })
  @ApiNotFoundResponse({ description: 'genre-not-found' })
  read(@Param('id', IdPipe) id: string): Promise<HeadingView> {
    return this.queries.execute(new GetHeading('genre', id));
  }

  /** In all its books, too. */
  @Patch(':id')
  @Allow('catalogue:edit')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Rename a genre (merge patch)' })
  @ApiNotFoundResponse({ description: 'genre-not-found' })
  @ApiConflictResponse({ description: 'genre-name-taken' })
  rename(
    @Param('id', IdPipe) id: string,
    @Body() { name }: GenrePatchDto,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<HeadingView> {
    return this.commands.execute(new RenameHeading('genre', id, name, expected));
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('catalogue:edit')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Delete a genre without books' })
  @ApiNotFoundResponse({ description: 'genre-not-found' })
  @ApiConflictResponse({ description: 'genre-in-use' })
  remove(@Param('id', IdPipe) id: string, @IfMatch() expected: ExpectedVersions): Promise<void> {
    return this.commands.execute(new RemoveHeading('genre', id, expected));
  }

  /** With the parameters of the list of books. */
  @Get(':id/books')
  @Allow('catalogue:read')
  @ApiOperation({ summary: 'List the books of a genre' })
  @FiltersByMetadata()
  @AnswersReadyJson(BookPage)
  @ApiNotFoundResponse({ description: 'genre-not-found' })
  async books(
    @Param('id', IdPipe) id: string,
    @Query() query: BookListQuery,
    @MetadataFilters() metadata: Map<string, string>,
  ): Promise<ReadyJson> {
    await this.queries.execute(new GetHeading('genre', id));
    return ReadyJson.ofPage(
      await this.queries.execute(new ListBooks({ ...filtersOf(query), genre: id }, metadata, query)),
    );
  }
}
