import { EventRegistry, type EventTable, type MigrationClass, platformProblems, ProblemCatalogue } from '@holdfast/platform';
import type { EntitySchema } from 'typeorm';

/** Every migration of every context; TypeORM runs them in the order of the time in their names. */
export const migrations: MigrationClass[] = [];

export const schemas: EntitySchema[] = [];

const eventTables: EventTable[] = [];

export const eventRegistry = (): EventRegistry => new EventRegistry(...eventTables);

export const problemCatalogue = (): ProblemCatalogue => new ProblemCatalogue(platformProblems);
