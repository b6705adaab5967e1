import type { FastifyInstance } from 'fastify';

/** A route as the server knows it: the pattern has `:name` for a parameter and may end in `*`. */
export interface Route {
  method: string;
  pattern: string;
}

/** Every route of the server. Made before the routes are, it sees them come. */
export class RouteTable {
  readonly routes: Route[] = [];

  constructor(server: FastifyInstance) {
    server.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) this.routes.push({ method: one, pattern: url });
    });
  }

  /** The methods that a path has; none when nothing is there. */
  methodsOf(path: string): string[] {
    const wanted = path.split('/');
    while (wanted.length > 2 && wanted.at(-1) === '') wanted.pop();
    const found = this.routes.filter(({ pattern }) => pattern !== '*' && matches(pattern.split('/'), wanted));
    return [...new Set(found.map(({ method }) => method))];
  }
}

function matches(pattern: string[], path: string[]): boolean {
  if (pattern.at(-1) !== '*' && pattern.length !== path.length) return false;
  return pattern.every(
    (part, place) => part === '*' || part === path[place] || (part.startsWith(':') && !!path[place]),
  );
}
