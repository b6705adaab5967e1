import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

type Answering = (request: SeenRequest, response: ServerResponse, socket: Socket) => void;

/** A server of somebody else, on a port of its own, that does what a test says. */
export class Neighbour {
  readonly seen: SeenRequest[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  connections = 0;

  /** Speaks HTTP. */
  static async start(answer: Answering, port = 0): Promise<Neighbour> {
    const server = createServer((request, response) => {
      response.on('error', () => undefined);
      void text(request)
        .then((body) => {
          const seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
          neighbour.seen.push(seen);
          answer(seen, response, request.socket);
        })
        .catch(() => undefined);
    });
    const neighbour = new Neighbour(server);
    return neighbour.listen(port);
  }

  /** Answers each connection with these bytes, once something has come, or does with it what it likes. */
  static raw(act: Buffer | string | ((socket: Socket) => void)): Promise<Neighbour> {
    const onData = typeof act === 'function' ? act : (socket: Socket): void => void socket.end(act);
    return new Neighbour(createTcpServer((socket) => void socket.once('data', () => onData(socket)))).listen(0);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private async listen(port: number): Promise<this> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }
}

export const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
};

/** The address of a port at which nobody listens. */
export async function deadUrl(): Promise<string> {
  const gone = await Neighbour.raw('');
  const { url } = gone;
  await gone.close();
  return url;
}
