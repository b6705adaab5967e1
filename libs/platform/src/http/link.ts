import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from './page.js';
import { routeConfig } from './route-config.js';

/** Three links of this length still fit into what clients and proxies take of headers, often 8 KiB. */
const LONGEST_ADDRESS = 2000;

/**
 * The `Link` header of a page (RFC 8288): `first`, `prev` where offsets are used, and `next`, with all other parameters
 * of the request. The next page goes by offset when the request did, else by cursor.
 * Undefined where the request is so long that clients would choke on it repeated; `nextCursor` leads on then too.
 * @param url path and query of the request
 */
export function linksOf(url: string, page: Pick<Page<unknown>, 'limit' | 'offset' | 'nextCursor'>): string | undefined {
  if (url.length > LONGEST_ADDRESS) return undefined;
  const { pathname, searchParams } = new URL(url, 'http://relative');
  const link = (rel: string, place: Record<string, string>): string => {
    const query = new URLSearchParams(searchParams);
    query.delete('cursor');
    query.delete('offset');
    for (const [name, value] of Object.entries(place)) query.set(name, value);
    return `<${pathname}${query.size > 0 ? `?${query.toString()}` : ''}>; rel="${rel}"`;
  };
  const byOffset = searchParams.has('offset') && !searchParams.has('cursor');
  const links = [link('first', {})];
  if (page.offset > 0) links.push(link('prev', { offset: String(Math.max(0, page.offset - page.limit)) }));
  if (page.nextCursor !== null) {
    links.push(link('next', byOffset ? { offset: String(page.offset + page.limit) } : { cursor: page.nextCursor }));
  }
  return links.join(', ');
}

/** Gives the pages of a route their `Link` header. */
export const WithLinks = (): MethodDecorator & ClassDecorator => routeConfig({ present: linked });

function linked(given: unknown, { url }: FastifyRequest, reply: FastifyReply): unknown {
  const links = linksOf(url, given as Page<unknown>);
  if (links !== undefined) void reply.header('Link', links);
  return given;
}
