import { describeWith, eventually } from '@holdfast/platform/testing';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { ownVirtualHost, startWithServices } from './support/installation.js';
import { Program } from './support/program.js';

jest.setTimeout(120_000);

describeWith('rabbitmq', 'The topology of RabbitMQ', () => {
  let corner: { url: string; remove(): Promise<void> };
  let control: ChannelModel;
  let channel: Channel;

  beforeEach(async () => {
    corner = await ownVirtualHost();
    control = await connect(corner.url);
    channel = await control.createChannel();
  });
  afterEach(async () => {
    await control?.close();
    await corner?.remove();
  });

  /** The exit code and all that the command says. */
  async function run(url = corner.url): Promise<{ code: number | null; said: string }> {
    const command = Program.start('topology', { RABBITMQ_URL: url });
    await eventually(() => expect(command.isRunning).toBe(false), 60_000);
    return { code: await command.stop(), said: command.log };
  }

  it('is made by one command, which may be repeated, on nothing but RabbitMQ', async () => {
    const first = await run();
    expect([first.code, first.said]).toEqual([0, expect.stringContaining('holdfast.notifications')]);
    for (const queue of ['holdfast.dead', 'holdfast.recent', 'holdfast.notifications', 'holdfast.retry.1000']) {
      expect((await channel.checkQueue(queue)).messageCount).toBe(0);
    }
    // Bound: a public event comes to the queue of the recent, a private one to its consumer.
    channel.publish('holdfast.events', 'book_created', Buffer.from('{}'));
    channel.publish('holdfast.private', 'otp_generated', Buffer.from('{}'));
    await eventually(async () => {
      expect((await channel.checkQueue('holdfast.recent')).messageCount).toBe(1);
      expect((await channel.checkQueue('holdfast.notifications')).messageCount).toBe(1);
    });
    expect(await run()).toEqual(first);
    expect((await channel.checkQueue('holdfast.notifications')).messageCount).toBe(1);
  });

  it('that exists otherwise is named with what to do, and left as it is; all the rest is made', async () => {
    await channel.assertQueue('holdfast.notifications', { durable: true, arguments: { 'x-max-length': 7 } });
    const { code, said } = await run();
    expect(code).toBe(1);
    expect(said).toMatch(
      /queue holdfast\.notifications exists in RabbitMQ with other arguments.*rabbitmqctl delete_queue/s,
    );
    expect(said.trim().split('\n')).toHaveLength(1);
    await channel.checkQueue('holdfast.dead');
    await channel.deleteQueue('holdfast.notifications');
    expect((await run()).code).toBe(0);
  });

  it('cannot be made where no RabbitMQ is, which the command says', async () => {
    expect(await run('amqp://127.0.0.1:1')).toEqual({ code: 1, said: expect.stringContaining('ECONNREFUSED') });
    expect(await run('')).toEqual({ code: 1, said: expect.stringContaining('RABBITMQ_URL is not set') });
  });
});

describeWith('redis', 'The topology that a worker declares', () => {
  describeWith('rabbitmq', 'at its start', () => {
    it('is that of the command: nothing is left to be made, and nothing is otherwise', async () => {
      const holdfast = await startWithServices();
      try {
        const url = holdfast.brokerUrl;
        const control = await connect(url);
        const channel = await control.createChannel();
        const command = Program.start('topology', { RABBITMQ_URL: url });
        const [, list = ''] = await command.says(/bindings: (.+)\n/);
        await eventually(() => expect(command.isRunning).toBe(false), 20_000);
        expect(await command.stop()).toBe(0);
        const subscribed = [...holdfast.programs[1]!.log.matchAll(/"([a-z0-9-]+) consumes /g)].map(([, name]) => name);
        expect(subscribed).toContain('notifications');
        expect(list.split(', ')).toEqual(expect.arrayContaining(subscribed.map((name) => `holdfast.${name}`)));
        const consuming = list.split(', ').filter((name) => !/\.(retry\.\d+|recent)$/.test(name));
        expect(consuming).toEqual(expect.arrayContaining(['holdfast.dead', 'holdfast.notifications']));
        // A queue that only the command made would have nobody who consumes.
        for (const queue of consuming) {
          expect([queue, (await channel.checkQueue(queue)).consumerCount]).toEqual([queue, 1]);
        }
        await control.close();
      } finally {
        await holdfast.close();
      }
    });
  });
});
