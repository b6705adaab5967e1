import { Allow, Uncounted } from '@holdfast/platform';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccessTokens } from '../application/access-tokens.js';
import { JwkSetView } from './keys.view.js';

@ApiTags('Sessions')
@Controller('.well-known/jwks.json')
export class KeysController {
  constructor(private readonly tokens: AccessTokens) {}

  @Get()
  @Allow('account:sign-in')
  @Uncounted()
  @Header('Cache-Control', 'public, max-age=300')
  @ApiOperation({ summary: 'The public keys of access tokens (RFC 7517)' })
  keys(): JwkSetView {
    return { keys: this.tokens.publicKeys() };
  }
}
