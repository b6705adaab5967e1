import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { eventually } from './eventually.js';
import { FaultProxy } from './fault-proxy.js';

/** One end of a connection, with what happened to it. */
class End {
  text = '';
  readonly heard: string[] = [];

  constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (text: string) => (this.text += text));
    socket.on('end', () => this.heard.push('end'));
    socket.on('error', (error: NodeJS.ErrnoException) => this.heard.push(error.code ?? error.message));
    socket.on('close', () => this.heard.push('close'));
  }
}

describe('The fault proxy', () => {
  let server: Server;
  let proxy: FaultProxy;
  let served: End[];
  const clients: End[] = [];

  beforeEach(async () => {
    served = [];
    server = createServer({ allowHalfOpen: true }, (socket) => void served.push(new End(socket)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    proxy = await FaultProxy.to('127.0.0.1', (server.address() as AddressInfo).port);
  });
  afterEach(async () => {
    for (const { socket } of [...clients.splice(0), ...served]) socket.destroy();
    await proxy.close();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Both ends of a connection that has carried a byte each way. */
  async function joined(): Promise<{ client: End; peer: End }> {
    const before = served.length;
    const client = new End(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }));
    clients.push(client);
    client.socket.write('a');
    const peer = await eventually(() => {
      expect(served[before]?.text).toBe('a');
      return served[before]!;
    });
    peer.socket.write('b');
    await eventually(() => expect(client.text).toBe('b'));
    return { client, peer };
  }

  it('carries bytes both ways, and an end', async () => {
    const { client, peer } = await joined();
    client.socket.destroy();
    await eventually(() => expect(peer.heard).toContain('end'));
    await eventually(() => expect(proxy.connections).toBe(0));
  });

  it('cuts with an end, and resets with a reset', async () => {
    const first = await joined();
    proxy.cut();
    await eventually(() => expect([first.client.heard, first.peer.heard]).toEqual([['end'], ['end']]));
    const second = await joined();
    proxy.reset();
    const reset = ['ECONNRESET', 'close'];
    await eventually(() => expect([second.client.heard, second.peer.heard]).toEqual([reset, reset]));
  });

  it('tells the client of an end and still carries what it sends', async () => {
    const { client, peer } = await joined();
    proxy.halfClose();
    await eventually(() => expect(client.heard).toEqual(['end']));
    peer.socket.write('lost');
    client.socket.write('still');
    await eventually(() => expect(peer.text).toBe('astill'));
    expect([client.text, peer.heard]).toEqual(['b', []]);
  });

  it('cuts right behind a byte, once', async () => {
    const { client, peer } = await joined();
    proxy.cutAfter(5);
    client.socket.write('123');
    await eventually(() => expect(peer.text).toBe('a123'));
    client.socket.write('456');
    await eventually(() => expect(peer.heard).toContain('end'));
    expect(peer.text).toBe('a12345');
    await eventually(() => expect(client.heard).toContain('end'));
    await joined();
  });

  it('is slow and keeps the order, also when it becomes quick again', async () => {
    const { client, peer } = await joined();
    proxy.delay(150);
    const began = performance.now();
    client.socket.write('1');
    await eventually(() => expect(peer.text).toBe('a1'));
    // A timer may be a millisecond early.
    expect(performance.now() - began).toBeGreaterThan(148);
    client.socket.write('2');
    peer.socket.write('3');
    await eventually(() => expect(client.text).toBe('b3'));
    client.socket.write('4');
    proxy.heal();
    client.socket.write('5');
    await eventually(() => expect(peer.text).toBe('a1245'));
  });

  it('loses what is sent in one direction and nobody is told, until it heals by an end', async () => {
    const { client, peer } = await joined();
    proxy.swallow('to client');
    peer.socket.write('lost');
    client.socket.write('c');
    await eventually(() => expect([peer.text, proxy.swallowed]).toEqual(['ac', 4]));
    proxy.swallow('to server', 'to client');
    client.socket.write('gone');
    await eventually(() => expect(proxy.swallowed).toBe(8));
    expect([client.heard, peer.heard, client.text, peer.text]).toEqual([[], [], 'b', 'ac']);
    proxy.heal();
    await eventually(() => expect([client.heard, peer.heard]).toEqual([['end'], ['end']]));
    await joined();
  });

  it('holds back what comes while it is frozen, and refuses when it is told to', async () => {
    const { client, peer } = await joined();
    proxy.freeze();
    client.socket.write('held');
    proxy.heal();
    await eventually(() => expect(peer.heard).toContain('end'));
    expect(peer.text).toBe('a');
    proxy.refuse();
    const refused = new End(connect(proxy.port, '127.0.0.1'));
    await eventually(() => expect(refused.heard).toContain('close'));
    proxy.heal();
    await joined();
  });
});
