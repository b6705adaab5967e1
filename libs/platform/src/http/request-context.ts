import { AsyncLocalStorage } from 'node:async_hooks';

/** What follows a request through commands, events and log lines. */
export interface RequestContext {
  requestId: string;
  /** W3C trace context of the caller, when it sent a well-formed one. */
  traceparent?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

export const runInContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** The context of the current call; undefined outside of requests, jobs and consumers. */
export const currentContext = (): RequestContext | undefined => storage.getStore();
