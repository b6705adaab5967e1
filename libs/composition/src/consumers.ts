import { EventConsumer } from '@holdfast/platform';
import type { DynamicModule, Type } from '@nestjs/common';
import { workerModules } from './contexts.js';

type ModuleLike = Type | DynamicModule | { forwardRef: () => Type };

/**
 * Every consumer that a worker subscribes, found in the declarations of its modules, for who needs to know their names and
 * events without a running program. They are made without what they need to handle anything.
 */
export function declaredConsumers(modules: readonly ModuleLike[] = workerModules): EventConsumer[] {
  const seen = new Set<unknown>();
  const found = new Map<unknown, EventConsumer>();
  const visit = (one: ModuleLike): void => {
    const module = 'forwardRef' in one ? one.forwardRef() : one;
    if (seen.has(module)) return;
    seen.add(module);
    const type = 'module' in module ? module.module : module;
    const added = 'module' in module ? module : undefined;
    for (const provider of [...listOf(type, 'providers'), ...(added?.providers ?? [])]) {
      const made: unknown = isObject(provider) && 'useClass' in provider ? provider.useClass : provider;
      if (isConsumer(made) && !found.has(made)) found.set(made, new made());
    }
    for (const imported of [...listOf(type, 'imports'), ...(added?.imports ?? [])]) visit(imported as ModuleLike);
  };
  modules.forEach(visit);
  return [...found.values()];
}

const listOf = (module: Type, kind: 'imports' | 'providers'): unknown[] =>
  (Reflect.getMetadata(kind, module) as unknown[] | undefined) ?? [];

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isConsumer = (value: unknown): value is new () => EventConsumer =>
  typeof value === 'function' && value.prototype instanceof EventConsumer;
