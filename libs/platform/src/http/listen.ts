import { lookup } from 'node:dns/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * Listens at one address. For `localhost` Fastify would make a further server for each other address of it, and what stands
 * before Fastify (`Shedding`, `cutSlowReaders`) stands before the first only.
 */
export async function listen(app: NestFastifyApplication, port: number, host: string): Promise<void> {
  await app.listen(port, host === 'localhost' ? (await lookup(host)).address : host);
}
