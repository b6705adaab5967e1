import type { Subscription } from '../broker.js';
import { PRIVATE_EXCHANGE } from '../events.js';

/**
 * What is kept of a message that its consumer could not handle: all of it, but of a private event without the data, for
 * a dead letter stays until somebody looks at it, and a secret must not. What cannot be read as an event might be a private
 * one, as might any event of a consumer that nobody knows (`undefined`).
 */
export function deadLetterBody(body: string, subscription: Subscription | undefined): string {
  const secret = subscription && secretsOf(subscription);
  if (secret?.size === 0) return body;
  const event = readObject(body);
  if (event === null) return '';
  return !secret || secret.has(String(event.type)) ? JSON.stringify({ ...event, data: {} }) : body;
}

const secretsOf = ({ bindings }: Subscription): Set<string> =>
  new Set(bindings.filter(({ exchange }) => exchange === PRIVATE_EXCHANGE).map(({ event }) => event));

/** The object that a text is in JSON; null when it is none. */
export function readObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
