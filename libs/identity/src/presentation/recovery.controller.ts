import { Allow, Limited } from '@holdfast/platform';
import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBadRequestResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ForgotPassword } from '../application/forgot-password.js';
import { ResetPassword } from '../application/reset-password.js';
import { VerifyOtp } from '../application/verify-otp.js';
import { deviceOf } from './device.js';
import { ForgotPasswordInput, ResetPasswordInput, VerifyOtpInput } from './recovery.dto.js';
import { ResetTokenView } from './recovery.view.js';

@ApiTags('Account')
@Controller('auth')
export class RecoveryController {
  constructor(private readonly commands: CommandBus) {}

  /** The answer is the same, and as late, whether the address is known or not. A code that was sent before stops working. */
  @Post('forgot-password')
  @HttpCode(202)
  @Allow('account:recover')
  @ApiOperation({ summary: 'Ask for a code that leads to a new password' })
  @ApiBadRequestResponse({ description: 'invalid-input' })
  @Limited()
  forgotPassword(@Body() { email }: ForgotPasswordInput, @Req() request: FastifyRequest): Promise<void> {
    return this.commands.execute(new ForgotPassword(email, deviceOf(request).address));
  }

  /** A code is good for ten minutes and one use; after five wrong tries it is dead. */
  @Post('verify-otp')
  @HttpCode(200)
  @Allow('account:recover')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Change a code for a reset token' })
  @ApiBadRequestResponse({ description: 'invalid-input, code-refused' })
  @Limited()
  verifyOtp(@Body() { email, otp }: VerifyOtpInput, @Req() request: FastifyRequest): Promise<ResetTokenView> {
    return this.commands.execute(new VerifyOtp(email, otp, deviceOf(request).address));
  }

  /** All sessions of the account end. A password that breaks the rules does not spend the token. */
  @Post('reset-password')
  @HttpCode(204)
  @Allow('account:recover')
  @ApiOperation({ summary: 'Set a new password with a reset token' })
  @ApiBadRequestResponse({ description: 'invalid-input, reset-refused' })
  resetPassword(@Body() { resetToken, newPassword }: ResetPasswordInput): Promise<void> {
    return this.commands.execute(new ResetPassword(resetToken, newPassword));
  }
}
