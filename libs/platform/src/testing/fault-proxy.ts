import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export type Direction = 'to server' | 'to client';

/**
 * A TCP proxy that can misbehave: end what runs in one of several ways, refuse what comes, be slow, hold all bytes back, or lose
 * them, while the connections stay.
 */
export class FaultProxy {
  private readonly server: Server;
  private readonly clients = new Set<Socket>();
  private readonly upstreams = new Set<Socket>();
  private refusing = false;
  private frozen = false;
  private latencyMs = 0;
  private losing: readonly Direction[] = [];
  private bytesUntilCut: number | undefined;
  /** Bytes that `swallow` has made vanish. */
  swallowed = 0;

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
    return this.sockets.length / 2;
  }

  /** Ends every connection that runs; new ones are taken. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** As `cut`, but both sides get a reset instead of an orderly end. */
  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** The clients hear that nothing more will come, as if the servers had closed their half; what they send still passes. */
  halfClose(): void {
    for (const client of this.clients) client.end();
  }

  /** The connection that brings the servers' bytes to so many from now on is cut right behind that byte, amid whatever it is of. */
  cutAfter(bytes: number): void {
    this.bytesUntilCut = bytes;
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

  /** All bytes take so long from now on, in each direction. */
  delay(milliseconds: number): void {
    this.latencyMs = milliseconds;
  }

  /** No byte passes any more, in both directions, and nobody is told. */
  freeze(): void {
    this.frozen = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** What is sent is taken and lost, and nobody is told: unlike with `freeze`, no sender ever has to wait. */
  swallow(...directions: Direction[]): void {
    this.losing = directions;
  }

  /** Lets everything pass again; connections that were frozen, or have lost bytes, are ended. */
  heal(): void {
    if (this.frozen || this.losing.length > 0) this.cut();
    this.refusing = this.frozen = false;
    this.losing = [];
    this.latencyMs = 0;
    this.bytesUntilCut = undefined;
  }

  close(): Promise<void> {
    this.refuse();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private get sockets(): Socket[] {
    return [...this.clients, ...this.upstreams];
  }

  private join(client: Socket): void {
    client.on('error', () => undefined);
    if (this.refusing) return void client.destroy();
    const upstream = connect(this.target.port, this.target.host);
    this.pipe(client, upstream, this.clients, 'to server');
    this.pipe(upstream, client, this.upstreams, 'to client');
  }

  private pipe(from: Socket, to: Socket, among: Set<Socket>, direction: Direction): void {
    among.add(from);
    let waiting: Promise<void> | undefined;
    const write = (bytes: Buffer): void => void (to.writable && to.write(bytes));
    from.on('error', () => undefined);
    from.on('data', (bytes) => {
      if (this.losing.includes(direction)) return void (this.swallowed += bytes.length);
      if (direction === 'to server' && this.bytesUntilCut !== undefined) return this.passUntilCut(bytes, from, to);
      if (!this.latencyMs && !waiting) return write(bytes);
      // One behind the other, also when the latency changes.
      const due = Promise.all([waiting, passed(this.latencyMs)]).then(() => write(bytes));
      waiting = due;
      void due.then(() => {
        if (waiting === due) waiting = undefined;
      });
    });
    from.on('close', () => {
      among.delete(from);
      to.destroy();
    });
    if (this.frozen) from.pause();
  }

  private passUntilCut(bytes: Buffer, from: Socket, to: Socket): void {
    const last = bytes.subarray(0, this.bytesUntilCut);
    this.bytesUntilCut = (this.bytesUntilCut ?? 0) - last.length;
    if (this.bytesUntilCut > 0) return void to.write(last);
    this.bytesUntilCut = undefined;
    from.pause();
    to.end(last, () => from.destroy());
  }
}

const passed = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
