import { type Actor, Allow, CurrentActor, IdPipe, Limited, PageOf, PageQuery, WithLinks } from '@holdfast/platform';
import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOperation,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { EndSession } from '../application/end-session.js';
import { ListSessions } from '../application/list-sessions.js';
import { RefreshSession } from '../application/refresh-session.js';
import { SessionView } from '../application/session.view.js';
import { SignIn } from '../application/sign-in.js';
import { deviceOf } from './device.js';
import { RefreshInput, SignInInput } from './sessions.dto.js';
import { TokensView, tokensView } from './tokens.view.js';

class SessionPage extends PageOf(SessionView) {}

@ApiTags('Sessions')
@Controller('auth')
export class SessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** Failed tries count, for the account and for the network address: each waits longer than the one before, then 429. */
  @Post('login')
  @HttpCode(200)
  @Allow('account:sign-in')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Sign in' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  @ApiUnauthorizedResponse({ description: 'wrong-credentials' })
  @ApiForbiddenResponse({ description: 'account-inactive, email-not-verified' })
  @Limited()
  async login(@Body() { login, password }: SignInInput, @Req() request: FastifyRequest): Promise<TokensView> {
    return tokensView(await this.commands.execute(new SignIn(login, password, deviceOf(request))));
  }

  /** A refresh token works once. The same one again within 10 s gives the same successor; later it ends the session. */
  @Post('refresh')
  @HttpCode(200)
  @Limited()
  @Allow('account:sign-in')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Refresh the tokens of a session' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  @ApiUnauthorizedResponse({ description: 'refresh-refused' })
  async refresh(@Body() { refreshToken }: RefreshInput): Promise<TokensView> {
    return tokensView(await this.commands.execute(new RefreshSession(refreshToken)));
  }

  /** The tokens of this session stop working at once. */
  @Post('logout')
  @HttpCode(204)
  @Allow('account:use')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Sign out' })
  @ApiUnauthorizedResponse({ description: 'unauthenticated' })
  logout(@CurrentActor() { userId, sessionId }: Actor): Promise<void> {
    return this.commands.execute(new EndSession(userId, sessionId, 'this session'));
  }

  /** One's own sessions that still stand, the oldest first. */
  @Get('sessions')
  @WithLinks()
  @Allow('account:use')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'List my sessions' })
  @ApiUnauthorizedResponse({ description: 'unauthenticated' })
  list(@CurrentActor() actor: Actor, @Query() page: PageQuery): Promise<SessionPage> {
    return this.queries.execute(new ListSessions(actor, page));
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @Allow('account:use')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'End one of my sessions' })
  @ApiUnauthorizedResponse({ description: 'unauthenticated' })
  @ApiNotFoundResponse({ description: 'session-not-found' })
  end(@CurrentActor() { userId }: Actor, @Param('id', IdPipe) id: string): Promise<void> {
    return this.commands.execute(new EndSession(userId, id));
  }
}
