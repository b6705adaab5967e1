import type { ConsumeMessage } from 'amqplib';

/** Attempts so far. */
export const ATTEMPTS = 'x-holdfast-attempts';
/** Why the last one failed. */
export const REASON = 'x-holdfast-reason';
/** RFC 3339 times of the first and the last failure. */
const FIRST_FAILED_AT = 'x-holdfast-first-failed-at';
export const FAILED_AT = 'x-holdfast-failed-at';
/** X-Request-Id of the request that made the change. */
export const REQUEST_ID = 'x-request-id';
/** True when a secret was taken out of the body. */
export const DATA_REMOVED = 'x-holdfast-data-removed';
/** True for a dead letter that is tried once more: when it fails it is one again, at once. */
export const REPLAY = 'x-holdfast-replay';

const MOST_ATTEMPTS = 1_000_000;

type Headed = Pick<ConsumeMessage, 'properties'>;

export function attemptsOf(message: Headed): number {
  const value: unknown = message.properties.headers?.[ATTEMPTS];
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? Math.min(value, MOST_ATTEMPTS) : 0;
}

export function textHeader(message: Headed, name: string): string | undefined {
  const value: unknown = message.properties.headers?.[name];
  return typeof value === 'string' ? value : undefined;
}

export function timeHeader(message: Headed, name: string): Date | undefined {
  const time = new Date(textHeader(message, name) ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}

export const firstFailureOf = (message: Headed): Date | undefined => timeHeader(message, FIRST_FAILED_AT);

/** What a copy tells of the past of its message. */
export const pastHeaders = (past: {
  traceparent: string | null;
  attempts: number;
  firstFailedAt: Date;
}): Record<string, string | number> => ({
  ...(past.traceparent ? { traceparent: past.traceparent } : {}),
  [ATTEMPTS]: past.attempts,
  [FIRST_FAILED_AT]: past.firstFailedAt.toISOString(),
});
