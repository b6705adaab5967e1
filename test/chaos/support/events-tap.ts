import type { CloudEvent } from '@holdfast/platform';
import { type ChannelModel, connect, type GetMessage } from 'amqplib';
import { nameOf, type Told } from './events-judge.js';

const QUEUE = 'tap';

/** An outside consumer of all public events, whose queue survives the broker's restart. */
export class Tap {
  private readonly messages: Told[] = [];

  private constructor(private readonly url: string) {}

  /** Listens from now on. */
  static async on(url: string): Promise<Tap> {
    await withBroker(url, async (connection) => {
      const channel = await connection.createChannel();
      await channel.assertExchange('holdfast.events', 'topic', { durable: true });
      await channel.assertQueue(QUEUE, { durable: true });
      await channel.bindQueue(QUEUE, 'holdfast.events', '#');
    });
    return new Tap(url);
  }

  /** All that came so far, in the order of arrival. */
  async told(): Promise<readonly Told[]> {
    for (const { content } of await takeAll(this.url, QUEUE)) {
      const { id, subject, sequence, data } = JSON.parse(content.toString('utf8')) as CloudEvent<{
        insertedRows: number;
      }>;
      this.messages.push({ id, subject, sequence, n: data.insertedRows });
    }
    return this.messages;
  }

  /** All that came of these changes. */
  async toldOf(changes: readonly { subject: string; n: number }[]): Promise<Told[]> {
    const names = new Set(changes.map(nameOf));
    return (await this.told()).filter((message) => names.has(nameOf(message)));
  }
}

export interface DeadLetter {
  consumer: string;
  body: Buffer;
  reason: string;
}

/** Takes what consumers without a table for it have set aside, wherever that is kept. */
export async function takeDeadLetters(url: string): Promise<DeadLetter[]> {
  return (await takeAll(url, 'holdfast.dead')).map(({ content, fields, properties }) => ({
    consumer: fields.routingKey,
    body: content,
    reason: String(properties.headers?.['x-holdfast-reason']),
  }));
}

async function takeAll(url: string, queue: string): Promise<GetMessage[]> {
  const taken: GetMessage[] = [];
  await withBroker(url, async (connection) => {
    const channel = await connection.createChannel();
    for (let next; (next = await channel.get(queue, { noAck: true }));) taken.push(next);
  });
  return taken;
}

export async function withBroker(url: string, work: (connection: ChannelModel) => Promise<void>): Promise<void> {
  const connection = await connect(url);
  connection.on('error', () => undefined);
  try {
    await work(connection);
  } finally {
    await connection.close().catch(() => undefined);
  }
}
