import type { Subscription } from './broker.js';
import { PRIVATE_EXCHANGE } from './events.js';

/**
 * What is kept of a message that its consumer could not handle: all of it, but of a private event without the data, for
 * a dead letter stays until somebody looks at it, and a secret must not. What cannot be read as an event might be a private one.
 */
export function deadLetterBody(body: string, { bindings }: Subscription): string {
  const secret = new Set(bindings.filter(({ exchange }) => exchange === PRIVATE_EXCHANGE).map(({ event }) => event));
  if (secret.size === 0) return body;
  const event = readObject(body);
  if (event === null) return '';
  return secret.has(String(event.type)) ? JSON.stringify({ ...event, data: {} }) : body;
}

function readObject(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
