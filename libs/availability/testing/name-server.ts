import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A name server (RFC 1035, as much as is asked of it) that leads names where a test says. */
export class NameServer {
  /** IPv4 addresses by name; all other names do not exist. */
  readonly leads = new Map<string, string[]>();
  isSilent = false;

  private constructor(private readonly socket: Socket) {
    socket.on('message', (query, from) => {
      if (!this.isSilent) socket.send(this.answer(query), from.port, from.address);
    });
  }

  static async start(): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket);
  }

  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.socket.close(resolve));
  }

  /** The question is repeated, then come the addresses: none of IPv6. */
  private answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const question = query.subarray(12, at + 5);
    const isIpv4 = query.readUInt16BE(at + 1) === 1;
    const known = this.leads.get(labels.join('.').toLowerCase());
    const addresses = isIpv4 ? (known ?? []) : [];
    const head = Buffer.from([
      ...query.subarray(0, 2),
      0x81,
      known ? 0x80 : 0x83,
      0,
      1,
      0,
      addresses.length,
      0,
      0,
      0,
      0,
    ]);
    const records = addresses.map((address) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
    );
    return Buffer.concat([head, question, ...records]);
  }
}
