import { Allow, Consumes } from '@holdfast/platform';
import { Body, Controller, Header, HttpCode, Post, Req, UseFilters } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
  ApiUnsupportedMediaTypeResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { RefreshSession } from '../application/refresh-session.js';
import { SignIn, type SignedIn } from '../application/sign-in.js';
import { deviceOf } from './device.js';
import { asOAuthError, OAuthError, OAuthErrorFilter } from './oauth-error.js';
import { OAuthTokenForm } from './sessions.dto.js';
import { OAuthErrorView, oauthTokensView, OAuthTokensView } from './tokens.view.js';

const FORM = 'application/x-www-form-urlencoded';
const LONGEST = 1000;

/**
 * The token endpoint of OAuth 2 for public clients: it makes the Authorize button of Swagger UI work. Clients are not
 * registered, so what they say of themselves is not looked at: neither `client_id` nor the Basic header that Swagger UI
 * sends with every request. Nor is `scope`: the answer says which one the role gives (RFC 6749, section 3.3).
 */
@ApiTags('Sessions')
@Controller('auth/token')
export class OAuthTokenController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @HttpCode(200)
  @Allow('account:sign-in')
  @Consumes(FORM)
  @UseFilters(OAuthErrorFilter)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  @ApiConsumes(FORM)
  @ApiBody({ type: OAuthTokenForm })
  @ApiOperation({ summary: 'Sign in or refresh, OAuth2 form (RFC 6749)' })
  @ApiBadRequestResponse({ type: OAuthErrorView, description: 'The error in the form of RFC 6749, section 5.2' })
  @ApiUnsupportedMediaTypeResponse({
    description: 'The body is no form; of a type or an encoding that no route takes: unsupported-media-type',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(OAuthErrorView) } },
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    },
  })
  @ApiTooManyRequestsResponse({
    type: OAuthErrorView,
    description: 'Too many failed tries: temporarily_unavailable, and Retry-After',
  })
  async token(@Body() form: Record<string, unknown>, @Req() request: FastifyRequest): Promise<OAuthTokensView> {
    try {
      return oauthTokensView(await this.grant(form, request));
    } catch (thrown) {
      throw asOAuthError(thrown);
    }
  }

  private async grant(form: Record<string, unknown>, request: FastifyRequest): Promise<SignedIn> {
    const repeated = Object.keys(form).some((name) => Array.isArray(form[name]));
    if (repeated) throw new OAuthError('invalid_request', 'a parameter is there more than once');
    const type = parameter(form, 'grant_type');
    if (type === 'password') {
      return this.commands.execute(
        new SignIn(parameter(form, 'username'), parameter(form, 'password'), deviceOf(request)),
      );
    }
    if (type === 'refresh_token') return this.commands.execute(new RefreshSession(parameter(form, 'refresh_token')));
    throw new OAuthError('unsupported_grant_type', 'grant_type must be password or refresh_token');
  }
}

/** RFC 6749, section 3.2: an empty parameter counts as left out. */
function parameter(form: Record<string, unknown>, name: string): string {
  const value = form[name];
  if (typeof value !== 'string' || value === '') throw new OAuthError('invalid_request', `${name} is needed`);
  if (value.length > LONGEST || value.includes('\0')) throw new OAuthError('invalid_request', `${name} is malformed`);
  return value;
}
