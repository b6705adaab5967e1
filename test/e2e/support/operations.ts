import type { Client } from './client.js';

/** One route as the OpenAPI document tells it. */
export interface Operation {
  method: string;
  /** With `{name}` for a parameter. */
  path: string;
  /** Media types of the body; none when it takes no body. */
  bodies: string[];
  queryParameters: string[];
  /** `POST /api/books` */
  name: string;
}

/** Every route of the document that the running system serves. */
export async function readOperations(client: Client): Promise<Operation[]> {
  const { body } = await client.get('/api/schema');
  return Object.entries<any>(body.paths).flatMap(([path, methods]) =>
    Object.entries<any>(methods).map(([verb, { requestBody, parameters = [] }]) => ({
      method: verb.toUpperCase(),
      path,
      bodies: Object.keys(requestBody?.content ?? {}),
      queryParameters: parameters.filter((one: any) => one.in === 'query').map((one: any) => one.name),
      name: `${verb.toUpperCase()} ${path}`,
    })),
  );
}

/** The path with a value for each of its parameters. */
export const fillPath = (path: string, valueOf: (parameter: string) => string): string =>
  path.replace(/\{(\w+)\}/g, (_, parameter: string) => valueOf(parameter));
