import type { FastifyRequest } from 'fastify';
import type { Device } from '../application/sessions.js';

/** Where a request comes from; the address is that of the client behind trusted proxies. */
export const deviceOf = (request: FastifyRequest): Device => ({
  userAgent: request.headers['user-agent']?.slice(0, 300) ?? null,
  address: request.ip || null,
});
