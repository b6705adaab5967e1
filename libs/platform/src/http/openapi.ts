import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Settings } from '../config/settings.js';
import { version } from '../version.js';
import { allowSwaggerUi } from './browser-headers.js';
import { completeOperation } from './openapi-operation.js';
import { examplesOf, PROBLEM } from './openapi-problems.js';
import { ProblemCatalogue } from './problem.js';

type Json = Record<string, unknown>;

/** What a document says of its program as a whole. */
export interface ProgramDescription {
  title: string;
  description: string;
  /** Where the Authorize form of Swagger UI signs in; without it, callers bring a token that they have. */
  tokenUrl?: string;
}

const HOLDFAST: ProgramDescription = {
  title: 'Holdfast',
  description:
    'The back end of a library network: a catalogue, the copies that each library holds, and reservations that are ' +
    'never oversold and always served in the order of the requests. Errors are problem documents (RFC 9457). ' +
    'What changes is told as events on RabbitMQ: see [/api/events](/api/events), or the AsyncAPI document at ' +
    '[/api/events/schema](/api/events/schema).',
  tokenUrl: '/api/auth/token',
};

/** Serves the OpenAPI 3.1 document and Swagger UI under `/api`. The document is made once, from the compiled code. */
export function serveDocs(app: NestFastifyApplication, about = HOLDFAST): OpenAPIObject {
  const document = describeApi(app, about);
  allowSwaggerUi(app.getHttpAdapter().getInstance(), '/api/docs');
  SwaggerModule.setup('api/docs', app, document, {
    jsonDocumentUrl: 'api/schema',
    yamlDocumentUrl: 'api/schema.yaml',
    customSiteTitle: `${about.title} API`,
    swaggerOptions: { persistAuthorization: true },
  });
  return document;
}

export function describeApi(app: NestFastifyApplication, about = HOLDFAST): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle(about.title)
    .setDescription(about.description)
    .setVersion(version)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'bearer');
  if (about.tokenUrl !== undefined) {
    const flows = { password: { tokenUrl: about.tokenUrl, scopes: {} } };
    builder.addOAuth2({ type: 'oauth2', flows }, 'password');
  }
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) =>
      // A method at several paths comes as `ready[0]`, `ready[1]` …
      `${controller.replace(/Controller$/, '')}_${method.replace(/\[(\d+)\]/, '_$1')}`,
  });
  const problems = app.get(ProblemCatalogue);
  const schemas = { ...document.components?.schemas, Problem: PROBLEM };
  document.components = { ...document.components, schemas, examples: examplesOf(problems) };
  const surroundings = {
    schemas,
    problems,
    paths: document.paths as Record<string, Json>,
    securitySchemes: Object.keys(document.components.securitySchemes ?? {}),
    isEveryCallerLimited: app.get(Settings).requestsPerMinute > 0,
  };
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations as Record<string, Json>)) {
      if (typeof operation !== 'object' || !('responses' in operation)) continue;
      completeOperation({ path, method, operation }, surroundings);
    }
  }
  return asOpenApi31(document) as OpenAPIObject;
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
