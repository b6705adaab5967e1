import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { eventRegistry } from '@holdfast/composition';
import { type CloudEvent, RabbitMqBroker } from '@holdfast/platform';
import { describeWith, eventually, FaultProxy } from '@holdfast/platform/testing';
import { exampleOf } from '../../libs/platform/src/messaging/contract/asyncapi.js';
import { ownVirtualHost } from './support/installation.js';

jest.setTimeout(120_000);

const ROOT = join(__dirname, '..', '..');
const QUEUE = 'acme.shelf-display';
const DEAD = 'acme.shelf-display.dead';
const LONG = 60_000;

/** The example in examples/consumer, as its README starts it, fed by the broker that Holdfast publishes with. */
describeWith('rabbitmq', 'The example of a consumer', () => {
  const registry = eventRegistry();
  let virtualHost: { url: string; remove(): Promise<void> };
  let broker: RabbitMqBroker;
  let proxy: FaultProxy;
  let folder: string;
  let output = '';
  let running: ChildProcess[] = [];

  beforeAll(async () => {
    virtualHost = await ownVirtualHost();
    broker = new RabbitMqBroker({ url: virtualHost.url });
    await broker.start([]);
    const { hostname, port } = new URL(virtualHost.url);
    proxy = await FaultProxy.to(hostname, Number(port || 5672));
    folder = await mkdtemp(join(tmpdir(), 'holdfast-example-'));
  });
  afterAll(async () => {
    for (const program of running) program.kill('SIGKILL');
    await broker?.close();
    await proxy?.close();
    await virtualHost?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const shelf = (): string => join(folder, 'shelf');
  const file = (): string => join(shelf(), 'changes.ndjson');

  async function start(): Promise<ChildProcess> {
    const url = new URL(virtualHost.url);
    url.port = String(proxy.port);
    const program = spawn(process.execPath, ['examples/consumer/consumer.mjs'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, RABBITMQ_URL: url.href, SHELF_FILE: file(), FIRST_PAUSE_MS: '5' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(program);
    output = '';
    for (const stream of [program.stdout, program.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    await says(`consumes ${QUEUE}`);
    return program;
  }

  const says = (text: string): Promise<void> => eventually(() => expect(output).toContain(text), LONG);

  async function stop(program: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
    running = running.filter((one) => one !== program);
    program.kill(signal);
    await once(program, 'exit');
    return program.exitCode;
  }

  const lines = async (): Promise<any[]> =>
    (await readFile(file(), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  const known = (count: number): Promise<any[]> =>
    eventually(async () => {
      const found = await lines();
      expect(found).toHaveLength(count);
      return found;
    }, LONG);

  let sequence = 0;
  const next = (type: string): CloudEvent => {
    const number = ++sequence;
    const id = `0199a1b2-0000-7000-8000-${String(number).padStart(12, '0')}`;
    return { ...exampleOf(type, registry.get(type)), id, sequence: String(number).padStart(15, '0') };
  };
  const publish = async (...events: CloudEvent[]): Promise<void> => {
    for (const event of events) await broker.publish({ exchange: 'holdfast.events', event, traceparent: null });
  };
  const letters = async (): Promise<string[]> => {
    const connection = await connect(virtualHost.url);
    try {
      const channel = await connection.createChannel();
      const found: string[] = [];
      for (let message; (message = await channel.get(DEAD, { noAck: true }));)
        found.push(message.content.toString('utf8'));
      return found;
    } finally {
      await connection.close();
    }
  };

  it('keeps each event that it asked for once, whatever comes again, and in their order', async () => {
    await start();
    const [created, activated] = [next('reservation_created'), next('reservation_activated')];
    await publish(created, created, next('book_created'), activated, created, activated);
    expect(await known(2)).toMatchObject([
      { id: created.id, type: 'reservation_created', status: 'pending' },
      { id: activated.id, type: 'reservation_activated', status: 'active', library: 'Main Library' },
    ]);
    await eventually(() => expect(output.match(/was handled before/g)).toHaveLength(3), LONG);
  });

  it('takes what comes late for no news', async () => {
    const [late, newer] = [next('reservation_created'), next('reservation_completed')];
    await publish(newer, late);
    expect((await known(4)).slice(2)).toEqual([
      expect.objectContaining({ id: newer.id, status: 'completed' }),
      { id: late.id, subject: late.subject, sequence: late.sequence },
    ]);
  });

  it('comes back after its connection was cut, and has missed nothing', async () => {
    output = '';
    proxy.refuse();
    await says('RabbitMQ is lost');
    await publish(next('reservation_created'), next('reservation_cancelled'));
    proxy.heal();
    await says(`consumes ${QUEUE}`);
    await known(6);
  });

  it('comes back after its queue was deleted', async () => {
    output = '';
    const connection = await connect(virtualHost.url);
    await (await connection.createChannel()).deleteQueue(QUEUE);
    await connection.close();
    await says(`consumes ${QUEUE}`);
    await publish(next('reservation_created'));
    await known(7);
  });

  it('tries again what it cannot handle, with growing pauses, until it can', async () => {
    output = '';
    await rename(shelf(), `${shelf()}.away`);
    await publish(next('reservation_created'));
    await says('attempt 3 at');
    await rename(`${shelf()}.away`, shelf());
    await known(8);
    expect(await letters()).toEqual([]);
  });

  it('leaves to the dead letters what it never can, and what is no event at once', async () => {
    output = '';
    await rename(shelf(), `${shelf()}.away`);
    const hopeless = next('reservation_created');
    await publish(hopeless);
    const found: any[] = [];
    await eventually(async () => {
      found.push(...(await letters()));
      expect(found).toHaveLength(1);
    }, LONG);
    expect(JSON.parse(found[0])).toEqual(hopeless);
    expect(output.match(/attempt \d+ at/g)).toEqual(Array.from({ length: 10 }, (_, n) => `attempt ${n + 1} at`));
    await rename(`${shelf()}.away`, shelf());

    const connection = await connect(virtualHost.url);
    const channel = await connection.createConfirmChannel();
    for (const body of ['{"id":', '[]', '{}'])
      channel.publish('holdfast.events', 'reservation_created', Buffer.from(body));
    await channel.waitForConfirms();
    await connection.close();
    await eventually(async () => {
      found.push(...(await letters()));
      expect(found.slice(1)).toEqual(['{"id":', '[]', '{}']);
    }, LONG);
    await publish(next('reservation_created'));
    await known(9);
  });

  it('knows after a crash what it has handled, but for a line that was cut off', async () => {
    await stop(running[0]!, 'SIGKILL');
    const events = [next('reservation_created'), next('reservation_activated')];
    const before = await readFile(file(), 'utf8');
    const whole = JSON.stringify({ id: events[0]!.id, subject: events[0]!.subject, sequence: events[0]!.sequence });
    await writeFile(file(), `${before}${whole}\n{"id":"${events[1]!.id}","sub`);
    await publish(...events);
    const program = await start();
    const found = await known(11);
    expect(found.at(-1)).toMatchObject({ id: events[1]!.id, status: 'active' });
    await says('was handled before');
    expect(await stop(program, 'SIGTERM')).toBe(0);
  });
});
