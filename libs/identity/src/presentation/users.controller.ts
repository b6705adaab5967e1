import {
  type Actor,
  Allow,
  Creates,
  CurrentActor,
  type ExpectedVersions,
  IdPipe,
  IfMatch,
  PageOf,
  WithEtag,
  WithLinks,
} from '@holdfast/platform';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiConflictResponse,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { ChangeUser } from '../application/change-user.js';
import { DeleteAccount } from '../application/delete-account.js';
import { OpenAccount } from '../application/open-account.js';
import { FindUser, ListUsers } from '../application/read-users.js';
import { UserView } from '../application/user.view.js';
import { NewUserInput, UserChangesInput, UserListQuery } from './users.dto.js';

class UserPage extends PageOf(UserView) {}

@ApiTags('Users')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'unauthenticated' })
@ApiForbiddenResponse({ description: 'forbidden' })
@Controller('users')
@WithEtag()
export class UsersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** All accounts, or those that fit, the oldest first. */
  @Get()
  @Allow('account:administer')
  @WithLinks()
  @ApiOperation({ summary: 'List users' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  list(@Query() { search, role, isActive, ...page }: UserListQuery): Promise<UserPage> {
    return this.queries.execute(new ListUsers({ search, role, isActive }, page));
  }

  @Post()
  @Allow('account:administer')
  @Creates({ at: ({ id }: UserView) => `/api/users/${id}` })
  @ApiOperation({ summary: 'Create a user with a role' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  @ApiConflictResponse({ description: 'username-taken, email-taken' })
  create(@CurrentActor() actor: Actor, @Body() input: NewUserInput): Promise<UserView> {
    return this.commands.execute(new OpenAccount(input, 'created', (id) => new FindUser(actor, id)));
  }

  @Get(':id')
  @Allow('account:use')
  @ApiOperation({ summary: 'Read a user: oneself, or any for an admin' })
  @ApiNotFoundResponse({ description: 'user-not-found' })
  read(@CurrentActor() actor: Actor, @Param('id', IdPipe) id: string): Promise<UserView> {
    return this.queries.execute(new FindUser(actor, id));
  }

  /** A new role, or a deactivation, counts at once for tokens in use. */
  @Patch(':id')
  @Allow('account:administer')
  @ApiOperation({ summary: 'Change a user (merge patch)' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  @ApiNotFoundResponse({ description: 'user-not-found' })
  @ApiConflictResponse({ description: 'username-taken, email-taken, last-admin' })
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', IdPipe) id: string,
    @Body() changes: UserChangesInput,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<UserView> {
    await this.commands.execute(new ChangeUser(id, changes, expected));
    return this.queries.execute(new FindUser(actor, id));
  }

  /** Oneself, or any for an admin. Refused while the user has copies out. */
  @Delete(':id')
  @HttpCode(204)
  @Allow('account:use')
  @ApiOperation({ summary: 'Delete a user' })
  @ApiNotFoundResponse({ description: 'user-not-found' })
  @ApiConflictResponse({ description: 'last-admin, copies-out' })
  remove(
    @CurrentActor() actor: Actor,
    @Param('id', IdPipe) id: string,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<void> {
    return this.commands.execute(new DeleteAccount(actor, id, expected));
  }
}
