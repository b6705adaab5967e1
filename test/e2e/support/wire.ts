import { Agent, request } from 'node:http';
import type { Answer } from './client.js';

export interface WireRequest {
  method: string;
  path: string;
  token?: string;
  body?: string;
}

/** What proxies and frameworks of other houses believe, so that a request for one path is taken for another. */
const OVERRIDES = {
  'X-Original-URL': '/api/books',
  'X-Rewrite-URL': '/api/books',
  'X-Forwarded-Prefix': '/health',
  'X-HTTP-Method-Override': 'OPTIONS',
};

/** Sends paths as they are written, where fetch would mend them, over a few connections that are kept. */
export class Wire {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(private readonly base: string) {}

  /** Status 0: the server hung up without a word. */
  send({ method, path, token, body }: WireRequest): Promise<Answer> {
    const { hostname, port } = new URL(this.base);
    const headers = {
      ...OVERRIDES,
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    return new Promise((resolve) => {
      const sent = request({ agent: this.agent, hostname, port, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => {
          const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
          const fields = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
          resolve({ status: response.statusCode ?? 0, headers: fields, body: isJson ? JSON.parse(text) : text });
        });
      });
      sent.on('error', (error) => resolve({ status: 0, headers: new Headers(), body: String(error) }));
      sent.end(body);
    });
  }

  /** All of them, eight at a time, each with its answer, in the order of the list. */
  async sendAll<Request extends WireRequest>(requests: readonly Request[]): Promise<[Request, Answer][]> {
    const answers: [Request, Answer][] = [];
    for (let from = 0; from < requests.length; from += 8) {
      const some = requests.slice(from, from + 8);
      answers.push(
        ...(await Promise.all(some.map(async (one): Promise<[Request, Answer]> => [one, await this.send(one)]))),
      );
    }
    return answers;
  }

  close(): void {
    this.agent.destroy();
  }
}
