import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that can misbehave: cut what runs, refuse what comes, or hold all bytes back while the connections stay. */
export class FaultProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private refusing = false;
  private frozen = false;

  private constructor(
    private target: { host: string; port: number },
    started: (proxy: FaultProxy) => void,
  ) {
    this.server = createServer((client) => this.join(client)).listen(0, '127.0.0.1', () => started(this));
  }

  static to(host: string, port: number): Promise<FaultProxy> {
    return new Promise((resolve) => new FaultProxy({ host, port }, resolve));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.sockets.size / 2;
  }

  /** Ends every connection that runs; new ones are taken. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Ends every connection, and each new one at once. */
  refuse(): void {
    this.refusing = true;
    this.cut();
  }

  /** New connections go there from now on. */
  aimAt(host: string, port: number): void {
    this.target = { host, port };
  }

  /** No byte passes any more, in both directions, and nobody is told. */
  freeze(): void {
    this.frozen = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** Lets new connections through again; those that were frozen are ended. */
  heal(): void {
    this.refusing = false;
    if (this.frozen) this.cut();
    this.frozen = false;
  }

  close(): Promise<void> {
    this.refuse();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private join(client: Socket): void {
    client.on('error', () => undefined);
    if (this.refusing) return void client.destroy();
    const upstream = connect(this.target.port, this.target.host);
    this.pipe(client, upstream);
    this.pipe(upstream, client);
  }

  private pipe(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.on('error', () => undefined);
    from.on('data', (bytes) => to.write(bytes));
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
    if (this.frozen) from.pause();
  }
}
