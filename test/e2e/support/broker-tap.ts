import { connect } from 'amqplib';
import type { CloudEvent } from '@holdfast/platform';

export interface TappedEvent extends CloudEvent<any> {
  routingKey: string;
}

/** An outside consumer of `holdfast.events`, with a queue of its own bound to everything. */
export async function tapBroker(url: string): Promise<{ events: TappedEvent[]; close(): Promise<void> }> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange('holdfast.events', 'topic', { durable: true });
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'holdfast.events', '#');
  const events: TappedEvent[] = [];
  await channel.consume(
    queue,
    (message) => {
      if (!message) return;
      if (message.properties.contentType !== 'application/cloudevents+json') throw new Error('not a CloudEvent');
      const event = JSON.parse(message.content.toString('utf8')) as CloudEvent;
      if (message.properties.messageId !== event.id) throw new Error('message_id is not the id of the event');
      events.push({ ...event, routingKey: message.fields.routingKey });
    },
    { noAck: true },
  );
  return { events, close: () => connection.close() };
}
