import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { currentContext, Forbidden, Settings, TooManyRequests, Unauthenticated } from '@holdfast/platform';
import { z } from 'zod';
import { type ApiAnswer, type Caller, type Library, LibraryNetwork, NoAnswer } from '../application/network.js';
import { exchange, type Reply } from './exchange.js';
import { limitsOf, Outage, Patience } from './patience.js';

/** A page of a hundred libraries, or a book with all its metadata. */
const MAX_BYTES = 4 * 1024 * 1024;
const PAGE = 100;
/** Questions to the API at a time. */
const PARALLEL = 50;

const Book = z.object({ isbn: z.string().nullable() });
const LibraryPage = z.object({
  items: z.array(z.object({ id: z.string(), name: z.string(), statusUrl: z.string().nullable() })),
  nextCursor: z.string().nullable(),
});
const Copies = z.object({
  libraries: z.array(z.object({ library: z.object({ id: z.string() }), availableUnits: z.number() })),
});

/** What of an answer to a reservation is told on: it is of the reservation, and not of the connection. */
const PASSED_ON = [
  'content-type',
  'location',
  'etag',
  'idempotency-replayed',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'www-authenticate',
];

@Injectable()
export class HttpLibraryNetwork extends LibraryNetwork implements OnApplicationShutdown {
  private readonly base: string;
  private readonly agent: HttpAgent;
  private readonly patience: Patience;

  constructor(private readonly settings: Settings) {
    super();
    this.base = (settings.apiUrl || `http://127.0.0.1:${settings.port}`).replace(/\/$/, '');
    const options = { keepAlive: true, maxFreeSockets: PARALLEL };
    this.agent = this.base.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
    // No breaker: without the API there is nothing to tell, and each question may be the first that it answers again.
    this.patience = new Patience({ ...limitsOf(settings), parallel: PARALLEL, breakerFailures: Infinity });
  }

  onApplicationShutdown(): void {
    this.agent.destroy();
  }

  async isbnOf(bookId: string, caller: Caller, signal: AbortSignal): Promise<{ isbn: string | null } | null> {
    return this.read(`/api/books/${encodeURIComponent(bookId)}`, Book, caller, signal);
  }

  async libraries(caller: Caller, signal: AbortSignal): Promise<Library[]> {
    // By id: one whose name changes meanwhile may come twice.
    const found = new Map<string, Library>();
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: URLSearchParams = new URLSearchParams({ limit: String(PAGE), ...(cursor ? { cursor } : {}) });
      const page: z.infer<typeof LibraryPage> | null = await this.read(
        `/api/libraries?${query.toString()}`,
        LibraryPage,
        caller,
        signal,
      );
      if (page === null) throw new NoAnswer('bad-status', true);
      for (const library of page.items) if (!found.has(library.id)) found.set(library.id, library);
      cursor = page.nextCursor;
    }
    return [...found.values()];
  }

  async freeCopies(bookId: string, caller: Caller, signal: AbortSignal): Promise<ReadonlyMap<string, number> | null> {
    const copies = await this.read(`/api/books/${encodeURIComponent(bookId)}/availability`, Copies, caller, signal);
    return copies && new Map(copies.libraries.map(({ library, availableUnits }) => [library.id, availableUnits]));
  }

  async reserve(wish: object, idempotencyKey: string, caller: Caller): Promise<ApiAnswer> {
    const { status, headers, body } = await exchange({
      url: new URL(`${this.base}/api/reservations`),
      method: 'POST',
      headers: {
        ...headersFor(caller),
        'Content-Type': 'application/json',
        'Idempotency-Key': idempotencyKey,
      },
      body: JSON.stringify(wish),
      signal: AbortSignal.timeout(this.settings.reserveTimeoutMs),
      maxBytes: MAX_BYTES,
      isOurs: true,
      // A connection of its own: one that was kept may end at the very moment, and nobody would know what had arrived.
    });
    const told = PASSED_ON.flatMap((name) =>
      typeof headers[name] === 'string' ? [[name, headers[name]] as const] : [],
    );
    return { status, headers: Object.fromEntries(told), body };
  }

  async check(): Promise<void> {
    const signal = AbortSignal.timeout(this.settings.availabilityTryMs);
    const { status } = await this.get('/health/live', {}, signal);
    if (status !== 200) throw new Error(`the API is not well (${status})`);
  }

  /** Null for 404. */
  private async read<T>(path: string, schema: z.ZodType<T>, caller: Caller, signal: AbortSignal): Promise<T | null> {
    const { status, headers, body } = await this.patience.ask(async (limit) => {
      const reply = await this.get(path, headersFor(caller), limit);
      if (reply.status >= 500) throw new Outage('bad-status', true, new Error(`${reply.status} for ${path}`));
      return reply;
    }, signal);
    if (status === 404) return null;
    if (status === 401) throw new Unauthenticated();
    if (status === 403) throw new Forbidden();
    if (status === 429) throw new TooManyRequests(Number(headers['retry-after']) || 1);
    if (status !== 200) throw new NoAnswer('bad-status', true, new Error(`${status} for ${path}`));
    return parsed(body, schema);
  }

  private get(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Reply> {
    const url = new URL(this.base + path);
    const accepted = { Accept: 'application/json', 'Accept-Encoding': 'identity' };
    return exchange({
      url,
      method: 'GET',
      headers: { ...accepted, ...headers },
      signal,
      maxBytes: MAX_BYTES,
      isOurs: true,
      agent: this.agent,
    });
  }
}

/** The API knows the caller by the token, and by the address if it trusts us (`TRUSTED_PROXIES`). */
function headersFor({ authorization, address }: Caller): Record<string, string> {
  const { requestId, traceparent } = currentContext() ?? {};
  return {
    'X-Forwarded-For': address,
    ...(authorization === undefined ? {} : { Authorization: authorization }),
    ...(requestId === undefined ? {} : { 'X-Request-Id': requestId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function parsed<T>(body: Buffer, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(body.toString('utf8')));
  } catch (error) {
    throw new NoAnswer('bad-answer', true, error);
  }
}
