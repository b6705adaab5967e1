import { createHttpApp, type HoldfastLogger, listen, serveDocs, type Settings } from '@holdfast/platform';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { AvailabilityModule } from './availability.module.js';

/** Paths that are not under `/api`. */
const ROOT_PATHS = ['status/*path', 'reserve'];

const ABOUT = {
  title: 'Holdfast availability',
  description:
    'Asks every library of the network whether it has a book, ours and external ones, and says which did not answer ' +
    'instead of failing. Errors are problem documents (RFC 9457).',
  tags: {
    Availability: 'What libraries have, and reservations there.',
    Health: 'For whoever watches the program.',
  },
};

/** Starts the availability service at its port; `close` ends it. */
export async function startAvailability(settings: Settings, logger: HoldfastLogger): Promise<NestFastifyApplication> {
  const app = await createHttpApp(AvailabilityModule.forRoot(settings), settings, logger, ROOT_PATHS);
  await app.init();
  sayThatATokenMayBeSent(serveDocs(app, ABOUT));
  try {
    await listen(app, settings.availabilityPort, settings.host);
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const detail = `port ${settings.availabilityPort} is taken. Set AVAILABILITY_PORT to another one, or to 0 for any.`;
    throw new Error(`The availability service cannot listen: ${detail}`, { cause: error });
  }
  return app;
}

/** A decorator can only say that a token must be sent. Where the catalogue is not public, the API wants one for a status. */
function sayThatATokenMayBeSent({ paths }: OpenAPIObject): void {
  const status = paths['/status/{bookId}']?.get;
  if (status) status.security = [{}, { bearer: [] }];
}
