import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** As TypeORM sends it: a simple query of PostgreSQL's protocol. */
const COMMIT = Buffer.from('Q\0\0\0\x0bCOMMIT\0', 'latin1');

/**
 * A TCP proxy before PostgreSQL, in which one transaction with an Idempotency-Key stops at its COMMIT: `before` the server
 * gets it, or `after`, with the answer lost on its way back.
 */
export class CommitProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private armed: { where: 'before' | 'after'; reached: () => void } | null = null;

  private constructor(
    private readonly target: URL,
    started: (proxy: CommitProxy) => void,
  ) {
    this.server = createServer((client) => this.join(client)).listen(0, '127.0.0.1', () => started(this));
  }

  static to(databaseUrl: string): Promise<CommitProxy> {
    return new Promise((resolve) => new CommitProxy(new URL(databaseUrl), resolve));
  }

  /** The database, through the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.toString();
  }

  /** Stops the next such transaction; resolves when it has come that far. */
  stop(where: 'before' | 'after'): Promise<void> {
    return new Promise((reached) => (this.armed = { where, reached }));
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private join(client: Socket): void {
    const upstream = connect(Number(this.target.port || 5432), this.target.hostname);
    let hasKey = false;
    let isStopped = false;
    client.on('data', (bytes) => {
      if (isStopped) return;
      hasKey ||= bytes.includes('idempotency_keys');
      const stops = hasKey && bytes.includes(COMMIT) ? this.armed : null;
      if (stops) [isStopped, this.armed] = [true, null];
      if (stops?.where !== 'before') upstream.write(bytes, () => stops?.reached());
      else stops.reached();
    });
    upstream.on('data', (bytes) => {
      if (!isStopped) client.write(bytes);
    });
    for (const [socket, peer] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        peer.destroy();
      });
    }
  }
}
