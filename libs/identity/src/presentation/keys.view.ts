import { ApiProperty } from '@nestjs/swagger';

/** A JWK set (RFC 7517, section 5). */
export class JwkSetView {
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    example: [
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
        kid: '1',
        use: 'sig',
        alg: 'EdDSA',
      },
    ],
  })
  keys!: Record<string, unknown>[];
}
