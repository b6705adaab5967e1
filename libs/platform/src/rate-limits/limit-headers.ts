import type { FastifyReply } from 'fastify';
import { currentContext } from '../http/request-context.js';
import type { LimitState } from './rate-limit.js';

/** Where limits stand, for the headers of the present request's answer; nothing outside of a request. */
export function tellLimits(...states: LimitState[]): void {
  const context = currentContext();
  if (context) context.limits = [...(context.limits ?? []), ...states];
}

/**
 * `RateLimit-Policy: "codes";q=5;w=120` and `RateLimit: "codes";r=4;t=118` (draft-ietf-httpapi-ratelimit-headers-11): one
 * item for each limit that the request was counted under, the latest state where it was counted twice. `t` is the time
 * within which no more than `r` uses are free: until the oldest falls out of the window.
 */
export function sendLimits(reply: FastifyReply, states: readonly LimitState[]): void {
  const latest = [...new Map(states.map((state) => [state.limit.name, state])).values()];
  const policies = latest.map(({ limit }) => `"${limit.name}";q=${limit.quota};w=${limit.windowSeconds}`);
  const present = latest.map(
    ({ limit, used, resetSeconds }) => `"${limit.name}";r=${Math.max(0, limit.quota - used)};t=${resetSeconds}`,
  );
  void reply.header('RateLimit-Policy', policies.join(', '));
  void reply.header('RateLimit', present.join(', '));
}
