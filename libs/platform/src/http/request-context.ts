import { AsyncLocalStorage } from 'node:async_hooks';

import type { KeyedRequest } from '../idempotency/keyed-request.js';
import type { Actor } from '../security/actor.js';
import type { LimitState } from '../rate-limits/rate-limit.js';

/** What follows a request through commands, events and log lines. */
export interface RequestContext {
  requestId: string;
  /** W3C trace context of the caller, when it sent a well-formed one. */
  traceparent?: string;
  /** Who calls, once the guard knows; undefined where anybody may. */
  actor?: Actor;
  /** Where the limits stand that this request was counted under: for the headers of the answer. */
  limits?: LimitState[];
  /** Of a request with an Idempotency-Key to a route that creates. */
  keyed?: KeyedRequest;
}

const storage = new AsyncLocalStorage<RequestContext>();

export const runInContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** The context of the current call; undefined outside of requests, jobs and consumers. */
export const currentContext = (): RequestContext | undefined => storage.getStore();
