import type { Answer, Client } from './client.js';

/** Words that only our own inside uses: of stack traces, SQL, PostgreSQL and libraries. */
const INTERNAL =
  /node_modules|\.[jt]s:\d+|\n\s+at |SELECT .+ FROM|INSERT INTO|duplicate key|violates|syntax error at|relation "|column "|TypeError|Cannot read|QueryFailed|typeorm|fastify/i;

/** Collects what is wrong with the answers to hostile requests, so that one test can tell of all of them. */
export class Refusals {
  readonly complaints: string[] = [];
  /** Statuses by problem type. */
  readonly types = new Map<string, number>();
  count = 0;

  /** The answer must be a problem document with one of the statuses, and say nothing about the inside. */
  expect(request: string, answer: Answer, ...statuses: number[]): void {
    this.count++;
    const wrong = complaintAbout(answer, statuses);
    if (wrong) this.complaints.push(`${request.slice(0, 200)} → ${answer.status}: ${wrong}`);
    if (typeof answer.body?.type === 'string') this.types.set(answer.body.type, answer.status);
  }

  /** Any answer but a fault of ours. */
  expectNoFault(request: string, answer: Answer): void {
    if (answer.status >= 400) return this.expect(request, answer);
    this.count++;
  }

  /** Each problem type that was met is an address with a page, which tells of the status that was met. */
  async expectPages(client: Client): Promise<void> {
    for (const [type, status] of this.types) {
      const page = await client.get(type);
      if (page.status !== 200) this.complaints.push(`${type} → ${page.status}: the problem type has no page`);
      else if (!page.body.includes(`HTTP status ${status}<`)) this.complaints.push(`${type} is no ${status}`);
    }
  }
}

function complaintAbout({ status, headers, body }: Answer, statuses: number[]): string | null {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  if (status < 400 || status >= 500) return `not a 4xx: ${text.slice(0, 200)}`;
  if (statuses.length > 0 && !statuses.includes(status)) return `not ${statuses.join(' or ')}: ${text.slice(0, 300)}`;
  if (isOAuthRefusal(body)) return null;
  if (!/^application\/problem\+json\b/.test(headers.get('content-type') ?? ''))
    return `no problem document: ${text.slice(0, 200)}`;
  if (body.status !== status) return `says status ${body.status}`;
  if (!/^\/problems\/[a-z-]+$/.test(body.type)) return `has the type ${body.type}`;
  if (!body.title) return 'has no title';
  if ((body.errors ?? []).some(({ pointer }: { pointer: string }) => pointer !== '' && !pointer.startsWith('/')))
    return `has an error without a JSON pointer: ${text.slice(0, 200)}`;
  const told = JSON.stringify({ ...body, instance: undefined });
  return INTERNAL.test(told) ? `tells about the inside: ${told.slice(0, 300)}` : null;
}

/** The token endpoint refuses in the form of RFC 6749, section 5.2. */
const isOAuthRefusal = (body: any): boolean =>
  ['invalid_request', 'invalid_grant', 'unsupported_grant_type'].includes(body?.error);
