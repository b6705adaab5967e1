import { eventually } from '@holdfast/platform/testing';
import type { Answer, Client } from '../client.js';

interface Finding {
  line: number;
  column: string;
  reason: string;
}

/** What has become of a request, in the words of `HostileUpload`. Waits for the end of an import. */
export async function outcomeOf(answer: Answer, staff: Client): Promise<string> {
  if (answer.status !== 202) return refusal(answer);
  const { body } = await ended(answer.body.uploadId, staff);
  if (body.status === 'failed') return `failed: ${body.failure}`;
  const counts = ['inserted', 'updated', 'unchanged', 'skipped', 'failed']
    .filter((outcome) => body[`${outcome}Rows`] > 0)
    .map((outcome) => `${body[`${outcome}Rows`]} ${outcome}`);
  const told = [...grouped(body.errors), ...grouped(body.warnings).map((warning) => `~${warning}`)];
  return [`${body.status}: ${counts.join(', ')}`, ...told].join('\n');
}

function refusal({ status, headers, body }: Answer): string {
  if (status === 0) return 'hung up';
  const isProblem = /^application\/problem\+json\b/.test(headers.get('content-type') ?? '');
  if (!isProblem || body.status !== status || !body.title) return `${status} without a problem document`;
  return `${status} ${body.type}: ${body.detail}`;
}

const ended = (uploadId: string, staff: Client): Promise<Answer> =>
  eventually(async () => {
    const answer = await staff.get(`/api/books/upload/${uploadId}`);
    if (answer.body.finishedAt === null) throw new Error(`the upload is still ${answer.body.status}`);
    return answer;
  }, 60_000);

/** `2,5 price: reason`: the lines that have the same reason together. */
function grouped(findings: readonly Finding[]): string[] {
  const lines = new Map<string, number[]>();
  for (const { line, column, reason } of findings) {
    const told = `${column}: ${reason}`;
    lines.set(told, [...(lines.get(told) ?? []), line]);
  }
  return [...lines].map(([told, of]) => `${of.join()} ${told}`);
}
