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
 * `RouteConfig` one would count, and may not contradict each other; on a class it is of every route that does not say
 * otherwise itself.
 * @throws Error where two of a handler say different things, or a class has handlers of another
 */
export const routeConfig =
  (config: FastifyContextConfig): MethodDecorator & ClassDecorator =>
  (target: object, name?: string | symbol, method?: PropertyDescriptor) => {
    if (method) {
      const before = configOf(method);
      const twice = Object.keys(config).find((key) => key in before);
      if (twice) throw new Error(`${String(name)}: two decorators say what its ${twice} is`);
      return add(config, method, before);
    }
    const { prototype } = target as { prototype: object };
    if (Object.getPrototypeOf(prototype) !== Object.prototype) throw new Error('a class that extends none is wanted');
    for (const one of Object.values(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof one.value === 'function' && one.value !== target) add(configOf(one), one, config);
    }
  };

const configOf = ({ value }: PropertyDescriptor): FastifyContextConfig =>
  (Reflect.getOwnMetadata(CONFIG, value as object) as FastifyContextConfig | undefined) ?? {};

function add(config: FastifyContextConfig, method: PropertyDescriptor, before: FastifyContextConfig): void {
  const merged = { ...before, ...config };
  Reflect.defineMetadata(CONFIG, merged, method.value as object);
  RouteConfig(merged)(method.value as never);
}
