import { Controller, Get, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readSettings, Settings } from '../config/settings.js';
import { createPino, HoldfastLogger } from '../observability/logger.js';
import { Consumes } from './consumes.js';
import { WithEtag } from './etag.js';
import { createHttpApp } from './http-app.js';
import { WithLinks } from './link.js';
import { platformProblems, ProblemCatalogue } from './problem.js';
import { Creates } from '../idempotency/creates.js';
import { routeConfig } from './route-config.js';
import { NeverShed } from './shedding.js';

const MADE = { id: 7, version: 3 };

@Controller('things')
@WithEtag()
class Things {
  @Post('upload')
  @Consumes('multipart/form-data')
  @NeverShed()
  upload(): object {
    return {};
  }

  @Get('one')
  one(): object {
    return MADE;
  }

  @Get()
  @WithLinks()
  list(): object {
    return { items: [], limit: 20, offset: 20, nextCursor: null, version: 1 };
  }

  @Get('careless')
  @routeConfig({
    present: () => {
      throw new Error('cannot be shown');
    },
  })
  careless(): object {
    return MADE;
  }
}

@Controller('plain')
class Plain {
  @Get()
  plain(): object {
    return MADE;
  }
}

@Module({
  controllers: [Things, Plain],
  providers: [{ provide: ProblemCatalogue, useValue: new ProblemCatalogue(platformProblems) }],
})
class Program {}

describe('What the server knows of a route', () => {
  let app: NestFastifyApplication;
  const configs = new Map<string, object>();
  beforeAll(async () => {
    const settings: Settings = readSettings({ NODE_ENV: 'test' });
    const silent = createPino('fatal', 'test', { write: () => undefined });
    app = await createHttpApp(Program, settings, new HoldfastLogger(silent));
    const server = app.getHttpAdapter().getInstance();
    server.addHook('onRoute', ({ method, url, config }) => {
      configs.set(`${String(method)} ${url}`, config ?? {});
    });
    await app.init();
  });
  afterAll(() => app?.close());

  it('is what all its decorators say', () => {
    expect(configs.get('POST /api/things/upload')).toMatchObject({
      consumes: ['multipart/form-data'],
      neverShed: true,
      present: expect.any(Function),
    });
  });

  it('is nothing of another controller’s', () => {
    expect(configs.get('GET /api/plain')).not.toHaveProperty('present');
  });

  it('is of its class where it says nothing itself', async () => {
    const { headers, body } = await app.inject('/api/things/one');
    expect([headers.etag, headers.link, body]).toEqual([
      expect.stringMatching(/^"3\./),
      undefined,
      JSON.stringify(MADE),
    ]);
  });

  it('is its own where both speak', async () => {
    const { headers } = await app.inject('/api/things');
    expect([headers.etag, headers.link]).toEqual([undefined, expect.stringContaining('rel="prev"')]);
  });

  it('is not said twice: the order of decorators would decide', () => {
    class Twice {
      one(): object {
        return MADE;
      }
    }
    const method = Object.getOwnPropertyDescriptor(Twice.prototype, 'one') ?? {};
    Creates()(Twice.prototype, 'one', method as TypedPropertyDescriptor<() => Promise<object>>);
    expect(() => WithEtag()(Twice.prototype, 'one', method)).toThrow('one: two decorators say what its present is');
  });

  it('does not reach handlers of a class above, and so is refused there', () => {
    class Heir extends Things {}
    expect(() => WithEtag()(Heir)).toThrow('a class that extends none');
  });

  it('may fail to show what was given: a problem document says so', async () => {
    const { statusCode, json } = await app.inject('/api/things/careless');
    expect([statusCode, json().type]).toEqual([500, '/problems/internal-error']);
  });
});
