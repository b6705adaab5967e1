import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Neighbour, type SeenRequest, sendJson } from './neighbour.js';

export interface KnownLibrary {
  id: string;
  name: string;
  statusUrl: string | null;
  /** Free copies of every book; undefined: it holds none. */
  free?: number;
}

/** As much of the API as the availability service asks, with what a test puts into it. */
export class ApiStandIn {
  books = new Map<string, { isbn: string | null }>();
  libraries: KnownLibrary[] = [];
  /** What answers instead, where it gives true. */
  instead: (request: SeenRequest, response: ServerResponse, socket: Socket) => boolean = () => false;
  private server!: Neighbour;

  static async start(): Promise<ApiStandIn> {
    const api = new ApiStandIn();
    api.server = await Neighbour.start((request, response, socket) => {
      if (!api.instead(request, response, socket)) api.answer(request, response);
    });
    return api;
  }

  get url(): string {
    return this.server.url;
  }

  get seen(): SeenRequest[] {
    return this.server.seen;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  private answer({ method, path }: SeenRequest, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(path, this.url);
    const [, bookId = '', part] = /^\/api\/books\/([^/]+)(\/availability)?$/.exec(pathname) ?? [];
    const book = this.books.get(bookId);
    if (pathname === '/health/live') return sendJson(response, 200, { status: 'ok' });
    if (method === 'GET' && pathname === '/api/libraries') return sendJson(response, 200, this.page(searchParams));
    if (method === 'GET' && book && part) return sendJson(response, 200, this.copiesOf(bookId));
    if (method === 'GET' && book) return sendJson(response, 200, { id: bookId, title: 'A book', ...book });
    sendJson(response, 404, { type: '/problems/book-not-found', title: 'No such book', status: 404, instance: path });
  }

  private page(query: URLSearchParams): object {
    const [from, limit] = [Number(query.get('cursor') ?? 0), Number(query.get('limit'))];
    const items = this.libraries.slice(from, from + limit).map(({ free: _free, ...library }) => library);
    const next = from + limit;
    return { items, nextCursor: next < this.libraries.length ? String(next) : null };
  }

  private copiesOf(bookId: string): object {
    const libraries = this.libraries
      .filter(({ free }) => free !== undefined)
      .map(({ id, name, free }) => ({ library: { id, name }, units: 5, availableUnits: free }));
    return { bookId, units: 5, availableUnits: 5, libraries };
  }
}
