import type { ChannelModel, ConfirmChannel, Message, Options } from 'amqplib';
import { BrokerUnavailable } from '../broker.js';

/**
 * The confirm channel of one connection. A message is persistent and mandatory; `send` resolves when the broker confirmed
 * that a durable queue has it, and rejects when it went to no queue, was refused, or the channel was lost before.
 */
export class Publisher {
  private readonly returned = new Map<string, string>();
  private refusal: string | undefined;

  private constructor(private readonly channel: ConfirmChannel) {
    channel.on('return', (message: Message) => {
      const fields = message.fields as Message['fields'] & { replyText?: string };
      const key = keyOf(fields.exchange, fields.routingKey, message.properties.messageId as string | undefined);
      this.returned.set(key, fields.replyText ?? 'returned');
    });
    channel.on('error', (error: Error) => (this.refusal = error.message));
  }

  /** `lost` is called once when the channel ends in any way. */
  static async open(connection: ChannelModel, lost: (reason: string) => void): Promise<Publisher> {
    const publisher = new Publisher(await connection.createConfirmChannel());
    publisher.channel.once('close', () => lost(publisher.refusal ?? 'the publishing channel was closed'));
    return publisher;
  }

  send(exchange: string, routingKey: string, body: Buffer, options: Options.Publish): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null): void => {
        const key = keyOf(exchange, routingKey, options.messageId);
        const returned = this.returned.get(key);
        this.returned.delete(key);
        if (error) reject(this.failure(error));
        else if (returned) reject(new Error(`${returned}: no queue takes "${routingKey}" from "${exchange}"`));
        else resolve();
      };
      try {
        this.channel.publish(exchange, routingKey, body, { ...options, persistent: true, mandatory: true }, settle);
      } catch (error) {
        // The channel is closed, or (RangeError) the headers of this very message are too large.
        reject(error instanceof RangeError ? error : new BrokerUnavailable((error as Error).message));
      }
    });
  }

  /**
   * A nack, and a channel that the server closed for what was published on it, are the message's failures, so that one
   * that can never be published is put off and the others get through. The rest is the connection's.
   */
  private failure(error: Error): Error {
    if (this.refusal) return new Error(`the broker closed the channel: ${this.refusal}`);
    return error.message === 'message nacked'
      ? new Error('the broker refused the message (nack)')
      : new BrokerUnavailable(error.message);
  }
}

/** A return comes before the confirm of the same message, and both in the order of publishing. */
const keyOf = (exchange: string, routingKey: string, messageId: string | undefined): string =>
  `${exchange} ${routingKey} ${messageId ?? ''}`;
