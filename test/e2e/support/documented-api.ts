import type { Answer, Client } from './client.js';
import { type Schema, SchemaChecker } from './json-schema.js';
import { fillPath } from './operations.js';

const NOBODY = '0199a1b2-0000-7000-8000-00000000dead';
const JSON_TYPE = 'application/json';
/** They are there when, and only when, the document says so. */
const HEADERS = ['ETag', 'Link', 'Location', 'Retry-After'];

/** A schema with the place where it was found. */
export type Placed = [place: string, schema: Schema];

interface Call {
  body?: unknown;
  /** Of the path; an id that is not given is nobody's. */
  ids?: Record<string, string>;
  query?: string;
  headers?: Record<string, string>;
}

/** One operation of the document. */
export class DocumentedOperation {
  constructor(
    readonly method: string,
    readonly path: string,
    readonly operation: Schema,
  ) {}

  get name(): string {
    return `${this.method} ${this.path}`;
  }

  get responses(): [status: string, response: Schema][] {
    return Object.entries<Schema>(this.operation.responses);
  }

  parameters(...places: string[]): Schema[] {
    return (this.operation.parameters ?? []).filter((one: Schema) => places.includes(one.in));
  }

  /** Of the body, by its media types, and of each answer. */
  get contents(): Placed[] {
    const contents = [this.operation.requestBody?.content, ...this.responses.map(([, { content }]) => content)];
    return contents.flatMap((content) =>
      Object.entries<Schema>(content ?? {}).map(([type, { schema }]): Placed => [type, schema]),
    );
  }

  get headers(): Placed[] {
    return this.responses.flatMap(([, { headers = {} }]) =>
      Object.entries<Schema>(headers).map(([name, { schema }]): Placed => [name, schema]),
    );
  }
}

/** The OpenAPI document of a running program, and calls that are compared with it. */
export class DocumentedApi {
  readonly operations: DocumentedOperation[];
  readonly checker: SchemaChecker;
  /** What answers had that the document does not say, or had not that it says. */
  readonly complaints: string[] = [];
  /** Statuses by operation. */
  readonly answered = new Map<string, number[]>();

  constructor(
    readonly document: Schema,
    private readonly client: Client,
  ) {
    this.checker = new SchemaChecker(document.components.schemas);
    this.operations = Object.entries<Schema>(document.paths).flatMap(([path, item]) =>
      Object.entries<Schema>(item).map(
        ([verb, operation]) => new DocumentedOperation(verb.toUpperCase(), path, operation),
      ),
    );
  }

  /** As somebody else. */
  with(client: Client): DocumentedApi {
    return Object.assign(new DocumentedApi(this.document, client), {
      complaints: this.complaints,
      answered: this.answered,
    });
  }

  get(name: string): DocumentedOperation {
    const found = this.operations.find((one) => one.name === name);
    if (!found) throw new Error(`${name} is not in the document`);
    return found;
  }

  /** The body that the document shows. */
  exampleFor(name: string): any {
    return this.exampleOf(this.get(name).operation.requestBody.content[JSON_TYPE].schema);
  }

  /** Calls a route, and looks whether the answer is one that the document knows. */
  async call(name: string, { body, ids = {}, query = '', headers = {} }: Call = {}): Promise<Answer> {
    const { method, path } = this.get(name);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : JSON_TYPE;
    const url = fillPath(path, (id) => ids[id] ?? NOBODY) + query;
    const isJson = body !== undefined && !(body instanceof FormData);
    const answer = await this.client.raw(method, url, isJson ? JSON.stringify(body) : body, {
      ...(isJson ? { 'content-type': type } : {}),
      ...headers,
    });
    this.answered.set(name, [...(this.answered.get(name) ?? []), answer.status]);
    this.complaints.push(
      ...this.complaintsAbout(name, answer).map((complaint) => `${name}${query} → ${answer.status}: ${complaint}`),
    );
    return answer;
  }

  private exampleOf(unresolved: Schema): unknown {
    const schema = this.checker.resolve(unresolved);
    if (schema.example !== undefined) return schema.example;
    if (schema.enum) return schema.enum[0];
    if (schema.items) return [this.exampleOf(schema.items)];
    const properties = Object.entries<Schema>(schema.properties ?? {});
    return Object.fromEntries(properties.map(([name, one]) => [name, this.exampleOf(one)]));
  }

  /** What of an answer the document does not say, or says otherwise. */
  complaintsAbout(name: string, { status, headers, body }: Answer): string[] {
    const response: Schema | undefined = this.get(name).operation.responses[status];
    if (!response) return ['is not in the document'];
    const { content = {}, headers: told = {} } = response;
    const complaints = HEADERS.filter((name) => !!headers.get(name) !== name in told).map(
      (name) => `${name} is ${name in told ? 'missing' : 'not told'}`,
    );
    if (Object.keys(content).length === 0) return body === '' ? complaints : [...complaints, 'has a body'];
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    if (!(type in content)) return [...complaints, `is ${type}`];
    if (type.endsWith('json')) complaints.push(...this.checker.complaints(content[type].schema, body));
    const { examples } = content[type];
    const isTold = !examples || String(body.type).replace('/problems/', '') in examples;
    return isTold ? complaints : [...complaints, `${body.type} is not told`];
  }
}
