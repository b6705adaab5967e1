import type { FastifyInstance } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';

/** A route as the server knows it: the pattern has `:name` for a parameter and may end in `*`. */
export interface Route {
  method: string;
  pattern: string;
}

/** How paths are read, by Fastify and here. */
export const ROUTING = { ignoreTrailingSlash: true, maxParamLength: 1000 };

/**
 * Every route of the server. Made before the routes are, it sees them come. Finds them with a router of Fastify's own kind and
 * options, so that both find the same, however a path is written; routes with constraints are not told apart.
 */
export class RouteTable {
  readonly routes: Route[] = [];
  private readonly router = findMyWay({ ...ROUTING, querystringParser: () => null });

  constructor(server: FastifyInstance) {
    server.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) {
        this.routes.push({ method: one, pattern: url });
        this.router.on(one as HTTPMethod, url, unused, `${String(method)} ${url}`);
      }
    });
  }

  /** Method and pattern of the route that Fastify gives the request to; undefined when it has none, or cannot read the path. */
  nameOf(method: string, url: string): string | undefined {
    return this.router.find(method as HTTPMethod, url)?.store as string | undefined;
  }

  /** The methods that a path has; none when nothing is there, such as behind an empty parameter. */
  methodsOf(url: string): string[] {
    const methods = new Set(this.routes.map(({ method }) => method));
    return [...methods].filter((method) => {
      const found = this.router.find(method as HTTPMethod, url);
      return found && Object.values(found.params).every((value) => value !== '');
    });
  }
}

/** The router wants a handler with each route. */
const unused = (): void => undefined;
