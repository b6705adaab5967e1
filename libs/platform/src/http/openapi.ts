import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Settings } from '../config/settings.js';
import { UNCOUNTED } from '../rate-limits/limited.js';
import { version } from '../version.js';
import { GIVES_ETAG } from './ready-json.js';

type Json = Record<string, unknown>;
type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

/** Serves the OpenAPI 3.1 document and Swagger UI under `/api`. The document is made once, from the compiled code. */
export function serveDocs(app: NestFastifyApplication): OpenAPIObject {
  const document = describeApi(app);
  SwaggerModule.setup('api/docs', app, document, {
    jsonDocumentUrl: 'api/schema',
    yamlDocumentUrl: 'api/schema.yaml',
    customSiteTitle: 'Holdfast API',
    swaggerOptions: { persistAuthorization: true },
  });
  return document;
}

export function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Holdfast')
    .setDescription(
      'The back end of a library network: a catalogue, the copies that each library holds, and reservations that are ' +
        'never oversold and always served in the order of the requests. Errors are problem documents (RFC 9457).',
    )
    .setVersion(version)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'bearer')
    .addOAuth2({ type: 'oauth2', flows: { password: { tokenUrl: '/api/auth/token', scopes: {} } } }, 'password')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) =>
      // A method at several paths comes as `ready[0]`, `ready[1]` …
      `${controller.replace(/Controller$/, '')}_${method.replace(/\[(\d+)\]/, '_$1')}`,
  });
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Problem: PROBLEM };
  const isEveryCallerLimited = app.get(Settings).requestsPerMinute > 0;
  for (const path of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(path as Record<string, Json>)) {
      if (typeof operation !== 'object' || !('responses' in operation)) continue;
      if (operation[GIVES_ETAG]) describeEtag(operation, method, document.components.schemas);
      delete operation[GIVES_ETAG];
      completeOperation(operation, isEveryCallerLimited);
    }
  }
  return asOpenApi31(document) as OpenAPIObject;
}

const PROBLEM: Schema = {
  type: 'object',
  description: 'RFC 9457. `type` is the path of a page that says what it means.',
  required: ['type', 'title', 'status', 'instance'],
  properties: {
    type: { type: 'string', example: '/problems/invalid-input' },
    title: { type: 'string', example: 'The input is invalid' },
    status: { type: 'integer', example: 400 },
    detail: { type: 'string', example: '/price must not be less than 0' },
    instance: { type: 'string', example: '/api/books' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
      },
    },
  },
};

const LIMIT_HEADERS = {
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', example: 118 } },
  'RateLimit-Policy': {
    description: 'The limits of this request, each with its quota `q` in `w` seconds.',
    schema: { type: 'string', example: '"codes-account";q=5;w=120' },
  },
  RateLimit: {
    description: 'What is left of each: no more than `r` in the next `t` seconds. Also sent with other answers.',
    schema: { type: 'string', example: '"codes-account";r=0;t=118' },
  },
};

/** Every error has the problem's schema; who must sign in may do it by token or by Swagger's Authorize form. */
function completeOperation(operation: Json, isEveryCallerLimited: boolean): void {
  const responses = operation.responses as Record<string, Json>;
  if (operation.security) {
    operation.security = [{ bearer: [] }, { password: [] }];
    responses['401'] ??= { description: 'unauthenticated' };
    responses['403'] ??= { description: 'forbidden' };
  }
  if (operation.parameters || operation.requestBody)
    responses['400'] ??= { description: 'invalid-input, malformed-request' };
  if (operation.requestBody) {
    responses['413'] ??= { description: 'payload-too-large' };
    responses['415'] ??= { description: 'unsupported-media-type' };
  }
  if (isEveryCallerLimited && !operation[UNCOUNTED]) responses['429'] ??= { description: 'too-many-requests' };
  delete operation[UNCOUNTED];
  if (responses['429']) responses['429'].headers = LIMIT_HEADERS;
  responses['503'] ??= { description: 'temporarily-unavailable' };
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) >= 400 && !response.content) {
      response.content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
    }
  }
}

/** As the interceptor does it: answers that have a version get an ETag, and those of a GET may be 304 instead. */
function describeEtag(operation: Json, method: string, schemas: Record<string, unknown>): void {
  const responses = operation.responses as Record<string, Json>;
  const versioned = Object.entries(responses).filter(
    ([status, { content }]) => status.startsWith('2') && hasVersion(content as Json | undefined, schemas),
  );
  for (const [, response] of versioned) response.headers = { ...(response.headers as Json), ETag: ETAG };
  if (method !== 'get' || versioned.length === 0) return;
  responses['304'] ??= { description: 'The client has it already', headers: { ETag: ETAG } };
  operation.parameters = [...((operation.parameters as Json[] | undefined) ?? []), IF_NONE_MATCH];
}

const ETAG = { description: 'Changes with all that is shown', schema: { type: 'string' } };
const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'ETag of what the client has: answered with 304 when that is still all.',
  schema: { type: 'string' },
};

function hasVersion(content: Json | undefined, schemas: Record<string, unknown>): boolean {
  const { schema } = (content?.['application/json'] ?? {}) as { schema?: { $ref?: string } };
  const name = schema?.$ref?.split('/').at(-1) ?? '';
  const { properties } = (schemas[name] ?? {}) as { properties?: Json };
  return properties !== undefined && 'version' in properties;
}

/** OpenAPI 3.1 says null by a type of its own, where the decorators still write `nullable`. */
function asOpenApi31(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(asOpenApi31);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, asOpenApi31(value)]),
  );
  if (nullable !== true) return rest;
  if (typeof rest.type === 'string') return { ...rest, type: [rest.type, 'null'] };
  return { anyOf: [rest, { type: 'null' }] };
}
