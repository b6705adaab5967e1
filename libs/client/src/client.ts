import createClient, { type Client, type Middleware } from 'openapi-fetch';
import { type Called, orThrow } from './problem.js';
import { creations, type paths } from './schema.js';
import { type Fetch, refreshing, type Session, signed, type Tokens } from './session.js';

export interface HoldfastOptions {
  /** Where the API is, without `/api`: `https://library.example`. */
  baseUrl: string;
  /** Of an access token; a function is asked before each request. Without one, requests are anonymous. */
  accessToken?: string | (() => string | undefined | Promise<string | undefined>);
  /** With it, and an access token that is a text, the client refreshes the session by itself. */
  refreshToken?: string;
  /** Told the tokens of each refresh, for whoever keeps them: the old refresh token is spent. */
  onTokens?: (tokens: Tokens) => void;
  /** In place of the global one. */
  fetch?: Fetch;
}

export type HoldfastClient = Client<paths>;

/**
 * A client of the REST API, typed by its OpenAPI document: `client.GET('/api/books/{id}', { params: { path: { id } } })`.
 * Calls resolve with `{ data, error, response }`; `orThrow` makes of them the data or an error. A POST that creates gets an
 * Idempotency-Key of its own unless it has one, so that it is done once however often it is sent; it, and what only reads,
 * is sent once more when the connection breaks.
 */
export function createHoldfastClient(options: HoldfastOptions): HoldfastClient {
  const { baseUrl, fetch: send = (request) => fetch(request) } = options;
  const patient = sentAgain(send);
  const client = createClient<paths>({ baseUrl, fetch: signed(patient, sessionOf(options, patient)) });
  client.use(keyed);
  return client;
}

function sessionOf({ baseUrl, accessToken, refreshToken, onTokens }: HoldfastOptions, send: Fetch): Session {
  if (typeof accessToken === 'function') return { token: accessToken };
  if (accessToken === undefined || refreshToken === undefined) return { token: () => accessToken };
  const anonymous = createClient<paths>({ baseUrl, fetch: send });
  return refreshing({ accessToken, refreshToken }, async (spent) => {
    const { data } = await anonymous.POST('/api/auth/refresh', { body: { refreshToken: spent } });
    if (data) onTokens?.(data);
    return data;
  });
}

const KEY = 'Idempotency-Key';

const keyed: Middleware = {
  onRequest: ({ request, schemaPath }) => {
    const creates = request.method === 'POST' && creations.has(schemaPath);
    if (creates && !request.headers.has(KEY)) request.headers.set(KEY, crypto.randomUUID());
  },
};

const sentAgain =
  (send: Fetch): Fetch =>
  async (request) => {
    const isHarmless = request.method === 'GET' || request.method === 'HEAD' || request.headers.has(KEY);
    if (!isHarmless) return send(request);
    const again = request.clone();
    try {
      return await send(request);
    } catch (error) {
      if (request.signal.aborted) throw error;
      return send(again);
    }
  };

interface Page {
  items: unknown[];
  nextCursor: string | null;
}

type PageCall = Called & { data?: Page };
type ItemOf<Call extends PageCall> = NonNullable<Call['data']>['items'][number];

/**
 * All items of a list, page after page: `paginate((cursor) => client.GET('/api/books', { params: { query: { cursor } } }))`.
 * A page is asked for when it is needed. @throws HoldfastProblem
 */
export async function* paginate<Call extends PageCall>(
  pageAt: (cursor: string | undefined) => Promise<Call>,
): AsyncGenerator<ItemOf<Call>, void, undefined> {
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = (await orThrow(pageAt(cursor))) as Page;
    yield* items as ItemOf<Call>[];
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}
