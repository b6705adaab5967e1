import { createPino, HoldfastLogger, readSettings } from '@holdfast/platform';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startAvailability } from '../src/availability-app.js';
import { ApiStandIn } from './api-stand-in.js';

export interface Answer {
  status: number;
  headers: Headers;
  body: ReturnType<typeof JSON.parse>;
}

/** The availability service at a port of its own, in front of a stand-in for the API. */
export class AvailabilityHouse {
  private constructor(
    readonly api: ApiStandIn,
    private readonly app: NestFastifyApplication,
    private readonly url: string,
    /** All that was logged, a line each. */
    readonly log: readonly string[],
  ) {}

  static async open(env: Record<string, string> = {}): Promise<AvailabilityHouse> {
    const api = await ApiStandIn.start();
    const settings = readSettings({
      AVAILABILITY_PORT: '0',
      API_URL: api.url,
      ALLOW_PRIVATE_STATUS_URLS: 'true',
      LOG_LEVEL: 'trace',
      ...env,
    });
    const lines: string[] = [];
    const logger = new HoldfastLogger(createPino('trace', 'availability', { write: (line) => void lines.push(line) }));
    const app = await startAvailability(settings, logger).catch(async (error: unknown) => {
      await api.close();
      throw error;
    });
    return new AvailabilityHouse(api, app, await app.getUrl(), lines);
  }

  /** Ends the service, and not the API. */
  end(): Promise<void> {
    return this.app.close();
  }

  async close(): Promise<void> {
    await this.end();
    await this.api.close();
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, { headers });
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.postText(path, JSON.stringify(body), headers);
  }

  postText(path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } });
  }

  private async send(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const body: unknown = isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body };
  }
}
