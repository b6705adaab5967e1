import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiConflictResponse, ApiNotFoundResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  Allow,
  Creates,
  type ExpectedVersions,
  IdPipe,
  IfMatch,
  PageOf,
  PageQuery,
  WithEtag,
  WithLinks,
} from '@holdfast/platform';
import { LibraryView } from '../application/libraries.view.js';
import { AddLibrary, ChangeLibrary, RemoveLibrary } from '../application/manage-library.js';
import { GetLibrary, ListLibraries } from '../application/read-libraries.js';
import { AddLibraryDto, ChangeLibraryDto } from './libraries.dto.js';

class LibraryPage extends PageOf(LibraryView) {}

@ApiTags('Libraries and copies')
@Controller('libraries')
@WithEtag()
export class LibrariesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** All libraries by name. */
  @Get()
  @Allow('catalogue:read')
  @WithLinks()
  @ApiOperation({ summary: 'List libraries' })
  list(@Query() { limit, offset, cursor }: PageQuery): Promise<LibraryPage> {
    return this.queries.execute(new ListLibraries(limit, offset, cursor));
  }

  @Post()
  @Allow('library:edit')
  @Creates({ at: ({ id }: LibraryView) => `/api/libraries/${id}` })
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Add a library' })
  @ApiConflictResponse({ description: 'library-name-taken' })
  add(@Body() input: AddLibraryDto): Promise<LibraryView> {
    return this.commands.execute(new AddLibrary(input));
  }

  @Get(':id')
  @Allow('catalogue:read')
  @ApiOperation({ summary: 'Read a library' })
  @ApiNotFoundResponse({ description: 'library-not-found' })
  read(@Param('id', IdPipe) id: string): Promise<LibraryView> {
    return this.queries.execute(new GetLibrary(id));
  }

  @Patch(':id')
  @Allow('library:edit')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Change a library (merge patch)' })
  @ApiNotFoundResponse({ description: 'library-not-found' })
  @ApiConflictResponse({ description: 'library-name-taken' })
  change(
    @Param('id', IdPipe) id: string,
    @Body() change: ChangeLibraryDto,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<LibraryView> {
    return this.commands.execute(new ChangeLibrary(id, change, expected));
  }

  /** Readers whose home library it is have none then. */
  @Delete(':id')
  @HttpCode(204)
  @Allow('library:edit')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Remove a library of which nobody has or wants anything' })
  @ApiNotFoundResponse({ description: 'library-not-found' })
  @ApiConflictResponse({ description: 'library-in-use' })
  remove(@Param('id', IdPipe) id: string, @IfMatch() expected: ExpectedVersions): Promise<void> {
    return this.commands.execute(new RemoveLibrary(id, expected));
  }
}
