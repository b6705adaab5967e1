import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Client, Pool } from 'pg';
import { isConnectionFailure } from './failures.js';

/** Takes connections and says nothing, as a database on a machine that hangs. */
describe('a database that does not answer', () => {
  const sockets: Socket[] = [];
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  const options = () => ({ host: '127.0.0.1', port, connectionTimeoutMillis: 50 });
  const failureOf = (connecting: Promise<unknown>) =>
    connecting.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('is away for a connection of its own', async () => {
    expect(isConnectionFailure(await failureOf(new Client(options()).connect()))).toBe(true);
  });

  it('is away for a pool', async () => {
    expect(isConnectionFailure(await failureOf(new Pool(options()).connect()))).toBe(true);
  });

  it('is not what a query got wrong', () => {
    expect(isConnectionFailure(Object.assign(new Error('no such table'), { code: '42P01' }))).toBe(false);
    expect(isConnectionFailure(new Error('the lease has a timeout expired long ago'))).toBe(false);
  });
});
