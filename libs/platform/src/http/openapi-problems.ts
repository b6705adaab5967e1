import type { OpenAPIObject } from '@nestjs/swagger';
import type { ProblemCatalogue } from './problem.js';

type Components = NonNullable<OpenAPIObject['components']>;
type Json = Record<string, unknown>;

export const PROBLEM: NonNullable<Components['schemas']>[string] = {
  type: 'object',
  description: 'RFC 9457. `type` is the path of a page that says what it means.',
  required: ['type', 'title', 'status', 'instance'],
  properties: {
    type: { type: 'string', example: '/problems/invalid-input' },
    title: { type: 'string', example: 'The input is invalid' },
    status: { type: 'integer', example: 400 },
    detail: { type: 'string', example: '/price The price is negative.' },
    instance: { type: 'string', description: 'Path and query of the request.', example: '/api/books' },
    errors: {
      type: 'array',
      description: 'Each place of the input that is wrong.',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'A JSON pointer (RFC 6901).', example: '/price' },
          detail: { type: 'string', example: 'The price is negative.' },
        },
      },
    },
  },
};

/** A problem document of each code, for the answers to refer to. */
export const examplesOf = (problems: ProblemCatalogue): NonNullable<Components['examples']> =>
  Object.fromEntries(
    problems.entries().map(([code, { status, title, meaning }]) => [
      code,
      {
        summary: title,
        description: meaning,
        value: { type: `/problems/${code}`, title, status, instance: '/api/…' },
      },
    ]),
  );

/** Adds the codes to what the answer's description says; those that it names already stay where they are. */
export function mention(responses: Record<string, Json>, status: string, ...codes: string[]): void {
  const response = (responses[status] ??= { description: '' });
  const described = textOf(response);
  const missing = codes.filter((code) => !codesIn(described).includes(code));
  response.description = [described, missing.join(', ')].filter((part) => part !== '').join('; ');
}

/** Gives each refusal that has no form of its own the form of a problem, with an example of each code it names. */
export function describeProblems(responses: Record<string, Json>, problems: ProblemCatalogue): void {
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) < 400 || response.content) continue;
    const codes = codesIn(textOf(response)).filter((code) => problems.get(code)?.status === Number(status));
    const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
    response.content = {
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, examples },
    };
  }
}

const textOf = ({ description }: Json): string => (typeof description === 'string' ? description : '');
const codesIn = (description: string): string[] => description.match(/[a-z]+(?:-[a-z]+)*/g) ?? [];
