import { findingsIn, type Exception } from './support/openapi-lint.js';
import { type Installation, startEmbedded } from './support/installation.js';
import type { Schema } from './support/json-schema.js';

jest.setTimeout(180_000);

/** Each with why it is right. One that nothing needs any more fails. */
const EXCEPTIONS: Exception[] = [
  {
    rule: 'owasp:api2:2023-no-credentials-in-url',
    where: /verify-email.*token/,
    because:
      'A link in a mail has nothing but its URL. It verifies an address, signs nobody in, and may be opened again.',
  },
  {
    rule: 'owasp:api4:2023-string-restricted',
    where: /\/(?:title|name|fullName|address|description|genre|author|library|search|metadata\.<key>)(?:\/schema)?:/,
    because: 'What things are called, in any language.',
  },
  {
    rule: 'owasp:api4:2023-string-restricted',
    where: /\/authors\/items\/oneOf\/0:/,
    because: 'As before.',
  },
  {
    rule: 'owasp:api4:2023-string-restricted',
    where: /\/(?:login|username|refreshToken|refresh_token|resetToken):/,
    because: 'What does not fit is no account or token, and nobody is to learn why.',
  },
  {
    rule: 'owasp:api4:2023-string-restricted',
    where: /\/(?:isbn|consumer)(?:\/schema)?:/,
    because:
      'An ISBN comes in many spellings, and its check digit is no matter of patterns; a consumer is one or is none.',
  },
  {
    rule: 'owasp:api4:2023-string-restricted',
    where: /\/(?:If-Match|If-None-Match|Last-Event-ID)\/schema:/,
    because: 'Lists of tags, weak ones and `*`: RFC 9110 has the grammar. What is no tag of ours does not match.',
  },
  {
    rule: 'owasp:api4:2023-string-limit',
    where: /\/(?:If-Match|If-None-Match|Last-Event-ID)\/schema:/,
    because: 'Node takes 16 KiB of headers, all together.',
  },
  {
    rule: 'owasp:api4:2023-string-limit',
    where: /books\/upload\/.*\/file:/,
    because: 'How large a file may be is a setting; it is not kept in memory.',
  },
];

/** Whether the documents that the programs serve are what people and tools can build on. */
describe('An OpenAPI document', () => {
  let holdfast: Installation;
  const documents: Record<string, Schema> = {};

  beforeAll(async () => {
    holdfast = await startEmbedded();
    documents.api = (await holdfast.client.get('/api/schema')).body;
    const [, availability = ''] = (await holdfast.programs[0]?.says(/Availability +(http:\S+)\/status/)) ?? [];
    documents.availability = (await (await fetch(`${availability}/api/schema`)).json()) as Schema;
  });
  afterAll(() => holdfast?.close());

  it('keeps the rules of Spectral and of OWASP, but for the exceptions that we know', async () => {
    const found = [...(await findingsIn(documents.api!)), ...(await findingsIn(documents.availability!))];
    const covers = ({ rule, where }: Exception, finding: string): boolean =>
      finding.startsWith(`${rule} `) && where.test(finding);
    expect(found.filter((finding) => !EXCEPTIONS.some((one) => covers(one, finding)))).toEqual([]);
    expect(EXCEPTIONS.filter((one) => !found.some((finding) => covers(one, finding)))).toEqual([]);
  });

  it('is found out when it does not', async () => {
    const faulty = structuredClone(documents.availability!);
    const reserve = faulty.paths['/reserve'].post;
    delete reserve.security;
    delete reserve.responses['500'];
    faulty.components.schemas.ReservationWishDto.properties.bookId = { type: 'string' };
    const found = (await findingsIn(faulty)).map((finding) => finding.split(' ')[0]);
    for (const rule of ['api2:2023-write-restricted', 'api4:2023-string-limit', 'api8:2023-define-error-responses-500'])
      expect(found).toContain(`owasp:${rule}`);
  });

  interface Operation {
    name: string;
    operation: Schema;
  }

  const operations = (): Operation[] =>
    Object.values(documents).flatMap(({ paths }) =>
      Object.entries<Schema>(paths).flatMap(([path, methods]) =>
        Object.entries<Schema>(methods).map(([method, operation]) => ({
          name: `${method.toUpperCase()} ${path}`,
          operation,
        })),
      ),
    );
  const lacking = (whatLacks: (operation: Schema) => string[]): string[] =>
    operations().flatMap(({ name, operation }) => whatLacks(operation).map((what) => `${name}: ${what}`));

  it('says of each operation what it does, to whom it is open, and what each of its parameters and answers is', () => {
    expect(operations().length).toBeGreaterThan(80);
    const complaints = lacking(({ summary, operationId, tags = [], security, parameters = [], responses }) => [
      ...(summary && operationId && tags.length === 1 ? [] : ['no summary, id or tag']),
      ...(security?.length > 0 ? [] : ['no security']),
      ...parameters.filter(({ description }: Schema) => !description).map(({ name }: Schema) => `what is ${name}?`),
      ...Object.entries<Schema>(responses)
        .filter(([, { description }]) => !description)
        .map(([status]) => `what is ${status}?`),
    ]);
    expect(complaints).toEqual([]);
  });

  it('has a schema and an example of each answer and each body in JSON', () => {
    const complaints = lacking(({ requestBody, responses }) => {
      const good = Object.entries<Schema>(responses).filter(([status]) => Number(status) < 400);
      const answers = good.flatMap(([status, { content = {} }]) => withoutShape(status, content));
      const refusals = Object.entries<Schema>(responses)
        .filter(([status, { content = {} }]) => Number(status) >= 400 && Object.keys(content).length === 0)
        .map(([status]) => `${status} has no form`);
      return [...answers, ...refusals, ...(requestBody ? withoutSchema(requestBody.content) : [])];
    });
    expect(complaints).toEqual([]);
  });

  const withoutShape = (status: string, content: Schema): string[] => {
    const json = content['application/json'];
    if (!json) return [];
    return json.schema && (json.example ?? json.schema.example) !== undefined ? [] : [`${status} has no example`];
  };
  const withoutSchema = (content: Schema): string[] =>
    Object.entries<Schema>(content).flatMap(([type, { schema }]) => (schema ? [] : [`${type} has no schema`]));
});
