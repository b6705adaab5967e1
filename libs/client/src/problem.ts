import type { components } from './schema.js';

export type Problem = components['schemas']['Problem'];

/** A refusal as the API tells it (RFC 9457); `type` says which one, and is the path of a page about it. */
export class HoldfastProblem extends Error implements Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly instance: string;
  /** Each place of the input that is wrong. */
  readonly errors: NonNullable<Problem['errors']>;

  /** @param body what the answer had: of something in between, a proxy say, it may be no problem document */
  constructor(
    body: unknown,
    readonly response: Response,
  ) {
    const told: Partial<Problem> = typeof body === 'object' ? (body ?? {}) : {};
    const title = told.title ?? (response.statusText || `HTTP ${response.status}`);
    super(told.detail ?? title);
    this.name = 'HoldfastProblem';
    this.type = told.type ?? 'about:blank';
    this.title = title;
    this.status = told.status ?? response.status;
    this.detail = told.detail;
    this.instance = told.instance ?? new URL(response.url || 'http://localhost').pathname;
    this.errors = told.errors ?? [];
  }
}

/** What each call of the client gives. */
export interface Called {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** The data of a call's answer. @throws HoldfastProblem when it is a refusal */
export async function orThrow<Call extends Called>(called: Promise<Call>): Promise<Exclude<Call['data'], undefined>> {
  const { data, error, response } = await called;
  if (error !== undefined || !response.ok) throw new HoldfastProblem(error, response);
  return data as Exclude<Call['data'], undefined>;
}
