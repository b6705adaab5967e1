import { connect, type ConsumeMessage } from 'amqplib';
import type { CloudEvent } from '@holdfast/platform';

export interface TappedEvent extends CloudEvent<any> {
  routingKey: string;
}

/** An outside consumer of an exchange, with a queue of its own bound to everything. */
export async function tapExchange(
  url: string,
  exchange: string,
  take: (message: ConsumeMessage) => void,
): Promise<{ close(): Promise<void> }> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange(exchange, 'topic', { durable: true });
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, exchange, '#');
  await channel.consume(queue, (message) => message && take(message), { noAck: true });
  return { close: () => connection.close() };
}

/** The events of `holdfast.events`, as an outside consumer gets them. */
export async function tapBroker(url: string): Promise<{ events: TappedEvent[]; close(): Promise<void> }> {
  const events: TappedEvent[] = [];
  const tap = await tapExchange(url, 'holdfast.events', (message) => {
    if (message.properties.contentType !== 'application/cloudevents+json') throw new Error('not a CloudEvent');
    const event = JSON.parse(message.content.toString('utf8')) as CloudEvent;
    if (message.properties.messageId !== event.id) throw new Error('message_id is not the id of the event');
    events.push({ ...event, routingKey: message.fields.routingKey });
  });
  return { events, close: () => tap.close() };
}

/** Each event in the place where it came first: what comes again is no breach, and must not hide one either. */
export function firstArrivals<Event extends { id: string }>(events: readonly Event[]): Event[] {
  const seen = new Set<string>();
  return events.filter(({ id }) => !seen.has(id) && seen.add(id));
}
