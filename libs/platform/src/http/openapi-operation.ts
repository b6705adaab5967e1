import { STATUS_CODES } from 'node:http';
import { ApiExtension } from '@nestjs/swagger';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED } from '../idempotency/creates.js';
import { UNCOUNTED } from '../rate-limits/limited.js';
import { STANDS_UNDER } from '../security/access-guard.js';
import type { Permission } from '../security/permissions.js';
import { GIVES_ETAG } from './ready-json.js';
import { describeProblems, mention } from './openapi-problems.js';
import { closeBody, exampleOf, SOME_ID } from './openapi-schemas.js';
import type { ProblemCatalogue } from './problem.js';
import { NEVER_SHED } from './shedding.js';

type Json = Record<string, unknown>;
type Responses = Record<string, Json>;

const ALWAYS = 'always';

/** Says that each answer of a route has an ETag, where the route itself makes it. */
export const DocumentEtag = (): MethodDecorator & ClassDecorator => ApiExtension(GIVES_ETAG, ALWAYS);

/** What the decorators of a route have said of it. */
interface Operation {
  path: string;
  /** In small letters. */
  method: string;
  operation: Json;
}

interface Surroundings {
  schemas: Record<string, unknown>;
  problems: ProblemCatalogue;
  paths: Record<string, Json>;
  /** The ways to sign in. */
  securitySchemes: string[];
  isEveryCallerLimited: boolean;
  isOpen: (permission: Permission) => boolean;
}

/** Says what all routes have in common, so that no controller needs to: refusals, headers, ids, forms of a patch. */
export function completeOperation(described: Operation, surroundings: Surroundings): void {
  const { operation } = described;
  const responses = operation.responses as Responses;
  describeRefusals(described, responses, surroundings);
  describeHeaders(described, responses, surroundings);
  describeParameters(operation);
  if (hasParameter(operation, IDEMPOTENCY_KEY)) describeKey(responses);
  closeBody(contentOf(operation.requestBody)?.['application/json']?.schema, surroundings.schemas);
  if (described.method === 'patch') describePatch(operation);
  showAnswers(responses, surroundings.schemas);
  for (const mark of [GIVES_ETAG, UNCOUNTED, NEVER_SHED, STANDS_UNDER]) delete operation[mark];
  for (const [status, response] of Object.entries(responses)) response.description ||= STATUS_CODES[status] ?? status;
  describeProblems(responses, surroundings.problems);
}

/** Ids in a path are UUIDs, where nothing else is said of them; tags look alike everywhere. */
function describeParameters(operation: Json): void {
  for (const parameter of (operation.parameters ?? []) as Json[]) {
    const isId = parameter.in === 'path' && /id$/i.test(String(parameter.name)) && !parameter.description;
    if (isId) {
      parameter.description = `Id of the ${String(parameter.name).replace(/Id$/, '') || 'resource'}.`;
      parameter.schema = { type: 'string', format: 'uuid', example: SOME_ID };
    }
    if (/^If-(None-)?Match$/.test(String(parameter.name))) parameter.schema = ETAG.schema;
  }
}

/** Who must sign in may do it by token or, where there is one, by Swagger's Authorize form. */
function describeRefusals(
  { operation, method }: Operation,
  responses: Responses,
  { isEveryCallerLimited, securitySchemes, isOpen }: Surroundings,
): void {
  // The catalogue, while it is not public, says nothing of tokens itself.
  if (operation.security || !isOpen(operation[STANDS_UNDER] as Permission)) {
    operation.security = securitySchemes.map((scheme) => ({ [scheme]: [] }));
    mention(responses, '401', 'unauthenticated');
    mention(responses, '403', 'forbidden');
  }
  // To anyone: the empty requirement of the specification, so that none is forgotten.
  operation.security ??= [{}];
  if (operation.parameters || operation.requestBody) mention(responses, '400', 'invalid-input', 'malformed-request');
  // A body that comes unasked is read all the same.
  if (operation.requestBody || method !== 'get') {
    mention(responses, '400', 'malformed-request');
    mention(responses, '408', 'request-timeout');
    mention(responses, '413', 'payload-too-large');
    mention(responses, '415', 'unsupported-media-type');
    addHeaders(responses['415'], { Accept: ACCEPT });
  }
  if (isEveryCallerLimited && !operation[UNCOUNTED]) mention(responses, '429', 'too-many-requests');
  if (responses['429']) responses['429'].headers = LIMIT_HEADERS;
  mention(responses, '500', 'internal-error');
  mention(responses, '503', 'temporarily-unavailable', ...(operation[NEVER_SHED] ? [] : ['overloaded']));
  addHeaders(responses['503'], { 'Retry-After': RETRY_AFTER });
}

function describeHeaders({ path, method, operation }: Operation, responses: Responses, all: Surroundings): void {
  if (hasProperty(responses['200'], 'nextCursor', all.schemas)) addHeaders(responses['200'], { Link: LINK });
  if (operation[GIVES_ETAG]) describeEtag(operation, method, all.schemas);
  for (const { headers } of Object.values(responses) as { headers?: Json }[]) {
    if (headers?.ETag) headers.ETag = { ...ETAG, ...headers.ETag, schema: ETAG.schema };
  }
  const made = responses['201'] ?? responses['202'];
  if (method === 'post' && made && hasItems(path, all.paths)) addHeaders(made, { Location: LOCATION });
}

/** Whether what is posted there can be read at an address of its own. */
const hasItems = (path: string, paths: Record<string, Json>): boolean =>
  Object.entries(paths).some(
    ([other, operations]) => 'get' in operations && other.startsWith(`${path}/{`) && other.endsWith('}'),
  );

const hasParameter = ({ parameters }: Json, name: string): boolean =>
  ((parameters ?? []) as Json[]).some((parameter) => parameter.name === name);

function describeKey(responses: Responses): void {
  mention(responses, '400', 'idempotency-key-invalid');
  mention(responses, '409', 'idempotency-key-in-use');
  mention(responses, '422', 'idempotency-key-reused');
  for (const status of ['201', '202']) addHeaders(responses[status], { [IDEMPOTENCY_REPLAYED]: REPLAYED });
}

type Content = Record<string, Json | undefined>;

const contentOf = (message: unknown): Content | undefined => (message as { content?: Content } | undefined)?.content;

/** A whole example of each answer in JSON, made of those of its parts. */
function showAnswers(responses: Responses, schemas: Record<string, unknown>): void {
  for (const [status, response] of Object.entries(responses)) {
    const json = contentOf(response)?.['application/json'];
    const example = json && Number(status) < 300 ? exampleOf(json.schema, schemas) : undefined;
    if (json && !('example' in json) && example !== undefined) json.example = example;
  }
}

/** A merge patch is JSON too, and may come as either. */
function describePatch({ requestBody }: Json): void {
  const content = (requestBody as { content?: Json } | undefined)?.content;
  if (content?.['application/json']) content['application/merge-patch+json'] = content['application/json'];
}

/** As the interceptor does it: answers that have a version get an ETag, and those of a GET may be 304 instead. */
function describeEtag(operation: Json, method: string, schemas: Record<string, unknown>): void {
  const responses = operation.responses as Responses;
  const tagged = Object.entries(responses).filter(
    ([status, response]) =>
      status.startsWith('2') && (operation[GIVES_ETAG] === ALWAYS || hasProperty(response, 'version', schemas)),
  );
  for (const [, response] of tagged) addHeaders(response, { ETag: ETAG });
  if (method !== 'get' || tagged.length === 0) return;
  responses['304'] ??= { description: 'The client has it already', headers: { ETag: ETAG } };
  operation.parameters = [...((operation.parameters as Json[] | undefined) ?? []), IF_NONE_MATCH];
}

function hasProperty(response: Json | undefined, property: string, schemas: Record<string, unknown>): boolean {
  const content = response?.content as Record<string, { schema?: { $ref?: string } }> | undefined;
  const name = content?.['application/json']?.schema?.$ref?.split('/').at(-1) ?? '';
  const { properties } = (schemas[name] ?? {}) as { properties?: Json };
  return properties !== undefined && property in properties;
}

function addHeaders(response: Json | undefined, headers: Json): void {
  if (response) response.headers = { ...(response.headers as Json | undefined), ...headers };
}

const ACCEPT = {
  description: 'The media types that are taken, where the body is of another.',
  schema: { type: 'string', example: 'application/json' },
};
const RETRY_AFTER = { description: 'Seconds to wait.', schema: { type: 'integer', example: 118 } };
const LIMIT_HEADERS = {
  'Retry-After': RETRY_AFTER,
  'RateLimit-Policy': {
    description: 'The limits of this request, each with its quota `q` in `w` seconds.',
    schema: { type: 'string', example: '"codes-account";q=5;w=120' },
  },
  RateLimit: {
    description: 'What is left of each: no more than `r` in the next `t` seconds. Also sent with other answers.',
    schema: { type: 'string', example: '"codes-account";r=0;t=118' },
  },
};
const LINK = {
  description:
    'RFC 8288: `first`, `prev` where there is an offset, and `next`. Left out for addresses of more than 2,000 characters.',
  schema: {
    type: 'string',
    example: '</api/books?limit=20>; rel="first", </api/books?limit=20&offset=20>; rel="next"',
  },
};
const LOCATION = {
  description: 'Path of what was made.',
  schema: { type: 'string', example: `/api/books/${SOME_ID}` },
};
const REPLAYED = {
  description: 'There when the answer is that to an earlier request with the same Idempotency-Key.',
  schema: { type: 'string', enum: ['true'] },
};
const ETAG = {
  description: 'Changes with all that is shown',
  schema: { type: 'string', example: '"1.wK4nGQYw3_jCA7mz"' },
};
const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'ETag of what the client has: answered with 304 when that is still all.',
};
