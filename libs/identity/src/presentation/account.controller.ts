import { type Actor, Allow, Creates, CurrentActor, DocumentEtag, Limited, WithEtag } from '@holdfast/platform';
import { Body, Controller, Get, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiConflictResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ChangePassword } from '../application/change-password.js';
import { FindUser } from '../application/read-users.js';
import { Register } from '../application/register.js';
import { ResendVerification } from '../application/resend-verification.js';
import { UserView } from '../application/user.view.js';
import { VerifyEmail } from '../application/verify-email.js';
import { ChangePasswordInput, RegisterInput, ResendVerificationInput } from './account.dto.js';
import { VerifiedEmailView } from './account.view.js';
import { deviceOf } from './device.js';

/** The router takes no longer ones. */
const LINK_TOKEN = {
  type: 'string',
  maxLength: 1000,
  pattern: '^[A-Za-z0-9_-]+$',
  example: 'u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc',
};

@ApiTags('Account')
@Controller('auth')
export class AccountController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** Whoever registers is a customer; a link that proves the address is mailed. */
  @Post('register')
  @Allow('account:register')
  @DocumentEtag()
  @Creates<UserView>()
  @ApiOperation({ summary: 'Register' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  @ApiConflictResponse({ description: 'username-taken, email-taken' })
  @Limited()
  register(@Body() input: RegisterInput, @Req() request: FastifyRequest): Promise<UserView> {
    return this.commands.execute(new Register({ ...input }, deviceOf(request).address));
  }

  /** Opened by people and by scanners of their mail: it may be opened again and answers the same. */
  @Get('verify-email/:token')
  @Allow('account:verify-email')
  @Header('Cache-Control', 'no-store')
  @Header('Referrer-Policy', 'no-referrer')
  @ApiOperation({ summary: 'Verify an e-mail address' })
  @ApiParam({ name: 'token', description: 'The secret of the link, as it was mailed.', schema: LINK_TOKEN })
  @ApiBadRequestResponse({ description: 'verification-link-invalid' })
  async verifyEmail(@Param('token') token: string): Promise<VerifiedEmailView> {
    return { email: await this.commands.execute(new VerifyEmail(token)), verified: true };
  }

  /**
   * The answer is the same, and as late, whether the address is known or not. The link that was sent before stops working.
   * Asked too often, as the RateLimit headers tell, it stays 202 and nothing is sent.
   */
  @Post('resend-verification')
  @HttpCode(202)
  @Allow('account:verify-email')
  @ApiOperation({ summary: 'Send the verification link again' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  resendVerification(@Body() { email }: ResendVerificationInput, @Req() request: FastifyRequest): Promise<void> {
    return this.commands.execute(new ResendVerification(email, deviceOf(request).address));
  }

  @Get('me')
  @Allow('account:use')
  @WithEtag()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Who am I' })
  @ApiUnauthorizedResponse({ description: 'unauthenticated' })
  me(@CurrentActor() actor: Actor): Promise<UserView> {
    return this.queries.execute(new FindUser(actor, actor.userId));
  }

  /** All other sessions of the account end. A wrong current password counts as a failed sign-in. */
  @Post('change-password')
  @HttpCode(204)
  @Allow('account:use')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Change the password' })
  @ApiBadRequestResponse({ description: 'invalid-input, wrong-current-password' })
  @ApiUnauthorizedResponse({ description: 'unauthenticated' })
  @Limited()
  changePassword(
    @CurrentActor() actor: Actor,
    @Body() { currentPassword, newPassword }: ChangePasswordInput,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    return this.commands.execute(new ChangePassword(actor, currentPassword, newPassword, deviceOf(request).address));
  }
}
