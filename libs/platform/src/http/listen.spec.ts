import dns from 'node:dns';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Module } from '@nestjs/common';
import { readSettings } from '../config/settings.js';
import { createPino, HoldfastLogger } from '../observability/logger.js';
import { createHttpApp } from './http-app.js';
import { listen } from './listen.js';
import { platformProblems, ProblemCatalogue } from './problem.js';

@Module({ providers: [{ provide: ProblemCatalogue, useValue: new ProblemCatalogue(platformProblems) }] })
class Program {}

describe('An app', () => {
  let app: NestFastifyApplication;
  beforeEach(async () => {
    const silent = createPino('fatal', 'test', { write: () => undefined });
    app = await createHttpApp(Program, readSettings({ NODE_ENV: 'test' }), new HoldfastLogger(silent));
  });
  afterEach(() => app?.close());

  const addressesOf = (): string[] => {
    const server = app.getHttpAdapter().getInstance();
    return server.addresses().flatMap((at) => (typeof at === 'string' ? [] : [at.address]));
  };

  it.each(['127.0.0.1', '0.0.0.0'])('listens at %s', async (host) => {
    await listen(app, 0, host);
    expect(addressesOf()).toEqual([host]);
  });

  it('listens at one address of localhost, however many that has', async () => {
    const two = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
    const asked = jest.spyOn(dns, 'lookup').mockImplementation((host: string, ...rest: unknown[]) => {
      const done = rest.at(-1) as (...answer: unknown[]) => void;
      if ((rest[0] as { all?: boolean }).all) done(null, two);
      else done(null, host === 'localhost' ? '127.0.0.1' : host, 4);
    });
    await listen(app, 0, 'localhost').finally(() => asked.mockRestore());
    expect(addressesOf()).toEqual([expect.stringMatching(/^(127\.0\.0\.1|::1)$/)]);
  });
});
