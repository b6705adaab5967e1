import openapiTypescript, { astToString } from 'openapi-typescript';

const HEADER = '// The types of the OpenAPI document. Made by `npm run client`: change the routes, not this file.\n\n';
const PROBLEM = 'application/problem+json';

/**
 * The text of `libs/client/src/schema.ts` for an OpenAPI document: its types, and the paths of those routes that take an
 * Idempotency-Key. What is at the root is left out, for it is there under `/api` too; and a problem is one type, whatever
 * its status, since `type` tells them apart.
 */
export async function clientTypesOf(document) {
  const inApi = Object.entries(document.paths).filter(([path]) => path.startsWith('/api/'));
  const paths = Object.fromEntries(inApi.map(([path, operations]) => [path, mapValues(operations, plain)]));
  const types = astToString(await openapiTypescript({ ...document, paths }, { silent: true }));
  const creations = inApi.filter(([, { post }]) => takesKey(post)).map(([path]) => path);
  return [
    HEADER,
    // Each path names the methods that it does not have, and each operation the kinds of parameters.
    types.replace(/^ {8}(?:get|put|post|delete|options|head|patch|trace)\?: never;\n/gm, ''),
    `export const creations: ReadonlySet<string> = new Set(${JSON.stringify(creations, null, 4)});\n`,
  ].join('');
}

const mapValues = (record, change) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

const takesKey = (operation) => operation?.parameters?.some(({ name }) => name === 'Idempotency-Key') ?? false;

const plain = ({ responses, ...operation }) => ({
  ...operation,
  responses: Object.fromEntries(Object.entries(responses).map(([status, answer]) => plainAnswer(status, answer))),
});

function plainAnswer(status, { description, content = {} }) {
  if (content[PROBLEM])
    return [`${status[0]}XX`, { description: 'Refused', content: { [PROBLEM]: plainMedia(content[PROBLEM]) } }];
  return [status, { description, content: mapValues(content, plainMedia) }];
}

const plainMedia = ({ schema }) => ({ schema });
