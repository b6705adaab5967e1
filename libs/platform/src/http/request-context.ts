import { AsyncLocalStorage } from 'node:async_hooks';

import type { KeyedRequest } from '../idempotency/keyed-request.js';
import type { Actor } from '../security/actor.js';
import type { LimitState } from '../rate-limits/rate-limit.js';

/** W3C Trace Context, version 00. */
export const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What follows a request through commands, events and log lines. */
export interface RequestContext {
  /** Of the request, or the id of the event that is handled; undefined in jobs. */
  requestId?: string;
  /** W3C trace context: of the present span; where nothing is traced the caller's, if it sent a well-formed one. */
  traceparent?: string;
  /** Of a request: its method and the pattern of its path. */
  route?: string;
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
