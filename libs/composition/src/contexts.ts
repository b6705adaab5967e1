import {
  catalogEvents,
  CatalogHttpModule,
  catalogMigrations,
  CatalogModule,
  catalogProblems,
  catalogSchemas,
  CatalogWorkerModule,
} from '@holdfast/catalog';
import {
  identityEvents,
  IdentityHttpModule,
  identityMigrations,
  IdentityModule,
  identityProblems,
  identitySchemas,
  IdentityWorkerModule,
} from '@holdfast/identity';
import { InventoryHttpModule, inventoryMigrations, InventoryModule, inventoryProblems } from '@holdfast/inventory';
import {
  lendingEvents,
  LendingHttpModule,
  lendingMigrations,
  LendingModule,
  lendingProblems,
  LendingWorkerModule,
} from '@holdfast/lending';
import { NotificationsModule, notificationsMigrations } from '@holdfast/notifications';
import {
  EventDocsModule,
  EventRegistry,
  IdempotencyWorkerModule,
  LogsHttpModule,
  LogsWorkerModule,
  type MigrationClass,
  OperationsModule,
  platformProblems,
  ProblemCatalogue,
} from '@holdfast/platform';
import type { EntitySchema } from 'typeorm';
import { PresentStateModule } from './present-state.module.js';

/** Every migration of every context; TypeORM runs them in the order of the time in their names. */
export const migrations: MigrationClass[] = [
  ...identityMigrations,
  ...inventoryMigrations,
  ...catalogMigrations,
  ...lendingMigrations,
  ...notificationsMigrations,
];

export const schemas: EntitySchema[] = [...identitySchemas, ...catalogSchemas];

export const eventRegistry = (): EventRegistry => new EventRegistry(identityEvents, catalogEvents, lendingEvents);

export const problemCatalogue = (): ProblemCatalogue =>
  new ProblemCatalogue(platformProblems, identityProblems, inventoryProblems, catalogProblems, lendingProblems);

/** Use cases and adapters: every app that touches the data has all of them. */
export const contextModules = [IdentityModule, InventoryModule, CatalogModule, LendingModule];

/** The routes. */
export const httpModules = [
  IdentityHttpModule,
  InventoryHttpModule,
  CatalogHttpModule,
  LendingHttpModule,
  EventDocsModule,
  OperationsModule,
  LogsHttpModule,
];

/** Consumers and jobs. */
export const workerModules = [
  IdempotencyWorkerModule,
  LogsWorkerModule,
  IdentityWorkerModule,
  CatalogWorkerModule,
  LendingWorkerModule,
  PresentStateModule,
  NotificationsModule,
];
