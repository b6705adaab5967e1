import type { Answer, Client } from './client.js';
import type { DocumentedOperation } from './documented-api.js';
import type { Spoiling } from './generated-requests.js';

/** What stands in the path; dots alone would lead out of it. */
export const pathId = (spoiling: Spoiling | null, id: string): string =>
  spoiling?.how === 'id' && !/^\.*$/.test(spoiling.id) ? spoiling.id : id;

/** The body with one thing dropped, replaced or added. */
export function spoilt(body: Record<string, unknown>, spoiling: Spoiling | null): Record<string, unknown> {
  const names = Object.keys(body);
  const at = spoiling && 'at' in spoiling ? (names[spoiling.at % names.length] ?? '') : '';
  if (spoiling?.how === 'drop') return Object.fromEntries(Object.entries(body).filter(([name]) => name !== at));
  if (spoiling?.how === 'replace') return { ...body, [at]: spoiling.value };
  if (spoiling?.how === 'add') return { ...body, [spoiling.name]: spoiling.value };
  return body;
}

/** The body in the form that the operation takes, or that it does not. */
export function payloadOf(
  { method, operation }: DocumentedOperation,
  body: Record<string, unknown>,
  spoiling: Spoiling | null,
): { payload?: RequestInit['body']; type?: string } {
  const [taken] = Object.keys(operation.requestBody?.content ?? {});
  const type = method === 'PATCH' ? 'application/merge-patch+json' : (taken ?? 'application/json');
  if (spoiling?.how === 'text') return { payload: spoiling.text as string, type };
  if (spoiling?.how === 'type') return { payload: JSON.stringify(body), type: spoiling.type };
  if (taken === undefined) return {};
  const texts = Object.entries(body).map(([name, value]): [string, string] => [name, textOf(value)]);
  if (type === 'application/x-www-form-urlencoded') return { payload: new URLSearchParams(texts) };
  if (type !== 'multipart/form-data') return { payload: JSON.stringify(body), type };
  const form = new FormData();
  for (const [name, value] of texts) if (name !== 'file') form.set(name, value);
  if ('file' in body) form.set('file', new Blob([`title,price\n${textOf(body.file)},1\n`]), 'books.csv');
  return { payload: form };
}

/** As `Client.raw`, but of a stream of events the first one is enough. */
export async function exchange(
  { base, token }: Client,
  method: string,
  path: string,
  body: RequestInit['body'],
  headers: Record<string, string>,
): Promise<Answer> {
  const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(base + path, {
    method,
    body,
    headers: { ...authorization, ...headers },
    redirect: 'manual',
  });
  const type = response.headers.get('content-type') ?? '';
  if (type.includes('event-stream')) {
    await response.body?.cancel();
    return { status: response.status, headers: response.headers, body: 'a stream' };
  }
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: /json/.test(type) && text ? JSON.parse(text) : text,
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));
