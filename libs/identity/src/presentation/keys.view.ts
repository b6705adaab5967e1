import { ApiProperty } from '@nestjs/swagger';

/** A JWK set (RFC 7517, section 5). */
export class JwkSetView {
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  keys!: Record<string, unknown>[];
}
