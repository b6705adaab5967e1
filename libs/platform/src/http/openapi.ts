import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Settings } from '../config/settings.js';
import { isOpenToAnyone, type Permission } from '../security/permissions.js';
import { version } from '../version.js';
import { allowSwaggerUi } from './browser-headers.js';
import { completeOperation } from './openapi-operation.js';
import { examplesOf, PROBLEM } from './openapi-problems.js';
import { asOpenApi31 } from './openapi-schemas.js';
import { ProblemCatalogue } from './problem.js';

type Json = Record<string, unknown>;

/** What a document says of its program as a whole. */
export interface ProgramDescription {
  title: string;
  description: string;
  /** What each tag of its operations is about. */
  tags: Record<string, string>;
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
  tags: {
    Account: 'Register, verify an address, change or recover a password.',
    Sessions: 'Sign in, refresh, sign out; the keys of access tokens.',
    Users: 'Accounts and their roles.',
    Customers: 'Readers, with their profiles.',
    Audit: 'Who changed which account.',
    Books: 'The catalogue, with free-form metadata.',
    'Authors and genres': 'By what books are found.',
    Import: 'Books from CSV in the background, and to CSV.',
    'Libraries and copies': 'Where copies are, and how many of them are free.',
    Reservations: 'Copies on loan, and the queue of those who wait.',
    Events: 'What could not be published or consumed.',
    Jobs: 'Background work.',
    Logs: 'Warnings and errors of every program.',
    Health: 'For whoever watches the program.',
  },
  tokenUrl: '/api/auth/token',
};

const TOKENS = 'An access token of 15 minutes unless set otherwise; a JWT that is made and checked as RFC8725 asks.';

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
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: TOKENS }, 'bearer');
  for (const [name, description] of Object.entries(about.tags)) builder.addTag(name, description);
  if (about.tokenUrl !== undefined) {
    const flows = { password: { tokenUrl: about.tokenUrl, refreshUrl: about.tokenUrl, scopes: {} } };
    builder.addOAuth2({ type: 'oauth2', flows, description: TOKENS }, 'password');
  }
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) =>
      // A method at several paths comes as `ready[0]`, `ready[1]` …
      `${controller.replace(/Controller$/, '')}_${method.replace(/\[(\d+)\]/, '_$1')}`,
  });
  const problems = app.get(ProblemCatalogue);
  const settings = app.get(Settings);
  const schemas = { ...document.components?.schemas, Problem: PROBLEM };
  document.components = { ...document.components, schemas, examples: examplesOf(problems) };
  const surroundings = {
    schemas,
    problems,
    paths: document.paths as Record<string, Json>,
    securitySchemes: Object.keys(document.components.securitySchemes ?? {}),
    isEveryCallerLimited: settings.requestsPerMinute > 0,
    isOpen: (permission: Permission) => isOpenToAnyone(permission, settings),
  };
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations as Record<string, Json>)) {
      if (typeof operation !== 'object' || !('responses' in operation)) continue;
      completeOperation({ path, method, operation }, surroundings);
    }
  }
  document.components.examples = pick(document.components.examples ?? {}, namesIn(document.paths));
  return asOpenApi31(document) as OpenAPIObject;
}

/** The names of the examples that a part of the document refers to. */
const namesIn = (part: unknown): Set<string> =>
  new Set(Array.from(JSON.stringify(part).matchAll(/"#\/components\/examples\/([^"]+)"/g), ([, name = '']) => name));

const pick = <Value>(record: Record<string, Value>, names: Set<string>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
