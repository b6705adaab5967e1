import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Makes of what the handler gives what is sent, with the headers that belong to it: on the way out, where a Nest
     * interceptor would cost more than all the rest of Nest. Problem documents do not come by here.
     */
    present?: (given: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;
  }
}

const CONFIG = 'holdfast:route-config';

/**
 * What Fastify's hooks know of a route. Decorators of one handler add to each other, where of several of Nest's
 * `RouteConfig` one would count; on a class it is of every route that does not say otherwise itself.
 */
export const routeConfig =
  (config: FastifyContextConfig): MethodDecorator & ClassDecorator =>
  (target: object, _name?: string | symbol, method?: PropertyDescriptor) => {
    if (method) return add(config, method);
    const { prototype } = target as { prototype: object };
    for (const one of Object.values(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof one.value === 'function' && one.value !== target) add(configOf(one), one, config);
    }
  };

const configOf = ({ value }: PropertyDescriptor): FastifyContextConfig =>
  (Reflect.getOwnMetadata(CONFIG, value as object) as FastifyContextConfig | undefined) ?? {};

function add(config: FastifyContextConfig, method: PropertyDescriptor, before = configOf(method)): void {
  const merged = { ...before, ...config };
  Reflect.defineMetadata(CONFIG, merged, method.value as object);
  RouteConfig(merged)(method.value as never);
}
