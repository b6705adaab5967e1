import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { type Document } from 'bson';
import { answer, isHandshake } from './commands.js';
import { ServerError } from './errors.js';
import { Store } from './store.js';
import { decodeMessage, encodeReply, MessageReader, type Request } from './wire.js';

export interface StandInOptions {
  /** A free one by default. */
  port?: number;
  /** A stopped stand-in whose databases this one goes on with, as a restarted server would. Empty by default. */
  dataOf?: MongoStandIn;
}

/**
 * Enough of a MongoDB server on 127.0.0.1 to test an adapter where no server can be had. Data lives in memory. What it
 * does, and what it refuses, is listed in the README beside.
 */
export class MongoStandIn {
  readonly #server: Server = createServer((socket) => this.#serve(socket));
  readonly #store: Store;
  readonly #sockets = new Set<Socket>();
  readonly #seen: Document[] = [];
  #held: (() => void)[] | undefined;
  #port = 0;

  private constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves when connections are accepted; rejects when the port is taken. */
  static async start({ port = 0, dataOf }: StandInOptions = {}): Promise<MongoStandIn> {
    const standIn = new MongoStandIn(dataOf === undefined ? new Store() : dataOf.#store);
    standIn.#server.listen(port, '127.0.0.1');
    await once(standIn.#server, 'listening');
    standIn.#port = (standIn.#server.address() as AddressInfo).port;
    return standIn;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `mongodb://127.0.0.1:${this.#port}/`;
  }

  /** Cuts all connections and frees the port. May be called twice. */
  async stop(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** From now on accepts and reads, but runs and answers nothing: a server that is stuck, not one that is away. */
  hang(): void {
    this.#held ??= [];
  }

  /** Runs and answers what came meanwhile, on the connections that are still open, and goes on. */
  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const run of held) run();
  }

  /** The commands of that name that arrived, in order. */
  seen(name: string): Document[] {
    return this.#seen.filter((command) => Object.keys(command)[0] === name);
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  #serve(socket: Socket): void {
    const reader = new MessageReader();
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      try {
        for (const message of reader.push(chunk)) this.#receive(socket, decodeMessage(message));
      } catch {
        socket.destroy();
      }
    });
  }

  #receive(socket: Socket, request: Request): void {
    const name = Object.keys(request.command)[0] ?? '';
    if (!isHandshake(name)) this.#seen.push(request.command);
    const run = (): void => {
      if (!socket.destroyed) this.#reply(socket, request);
    };
    if (this.#held === undefined) run();
    else this.#held.push(run);
  }

  #reply(socket: Socket, request: Request): void {
    const reply = this.#answer(request);
    if (request.expectsReply) socket.write(reply);
  }

  #answer(request: Request): Buffer {
    const name = Object.keys(request.command)[0] ?? '';
    if (request.legacy && !isHandshake(name)) {
      return encodeReply(request, new ServerError(352, 'OP_QUERY is for the handshake only').toAnswer());
    }
    const reply = answer(this.#store, request.command);
    try {
      return encodeReply(request, reply);
    } catch {
      return encodeReply(request, new ServerError(10334, 'the answer is too large for one message').toAnswer());
    }
  }
}
