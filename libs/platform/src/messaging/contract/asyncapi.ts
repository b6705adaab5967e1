import { version } from '../../version.js';
import { dataSchemaOf, toCloudEvent } from '../cloud-event.js';
import { type CloudEvent, type EventRegistry, type EventType, PRIVATE_EXCHANGE } from '../events.js';
import { type JsonSchema, jsonSchemaOf } from './data-schema.js';

type Json = Record<string, unknown>;

const AMQP = { bindingVersion: '0.3.0' };
const CLOUD_EVENT = 'application/cloudevents+json';
const EXAMPLE_EVENT = '0199a1b2-0000-7000-8000-00000000e0e0';
const EXAMPLE_TIME = new Date('2026-11-22T10:00:00.000Z');
const EXAMPLE_TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** The AsyncAPI 3 document of all events, made from the registry. It says nothing of where the broker is. */
export function describeEvents(registry: EventRegistry): Json {
  const events = registry.entries();
  const each = (describe: (name: string, type: EventType) => unknown): Json =>
    Object.fromEntries(events.map(([name, type]) => [type.schema, describe(name, type)]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Holdfast events',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
    },
    defaultContentType: CLOUD_EVENT,
    servers: {
      rabbitmq: {
        host: '{host}:{port}',
        protocol: 'amqp',
        protocolVersion: '0.9.1',
        description:
          'The RabbitMQ of the installation. Its operators know the address, and give you an account of your own.',
        variables: { host: { default: 'localhost' }, port: { default: '5672' } },
        security: [{ $ref: '#/components/securitySchemes/account' }],
      },
    },
    channels: each(channelOf),
    operations: Object.fromEntries(events.map(([name, type]) => [`send${type.schema}`, operationOf(name, type)])),
    components: {
      messages: each(messageOf),
      schemas: { ...each((_, type) => ({ title: type.schema, ...jsonSchemaOf(type) })), EventHeaders: HEADERS },
      securitySchemes: { account: { type: 'userPassword', description: 'An account of RabbitMQ.' } },
    },
  };
}

/** The example of an event as it goes over the wire. */
export function exampleOf(name: string, type: EventType): CloudEvent {
  const event = { position: '42', id: EXAMPLE_EVENT, type: name, data: type.example, occurredAt: EXAMPLE_TIME };
  return toCloudEvent({ ...event, subject: subjectOf(type, type.example) }, type);
}

/** The subject of an event with this data. */
export const subjectOf = ({ subject }: EventType, data: object): string =>
  subject.replace(/\{(\w+)\}/, (_, field: string) => String((data as Json)[field]));

export const isPrivate = ({ exchange }: EventType): boolean => exchange === PRIVATE_EXCHANGE;

function channelOf(name: string, type: EventType): Json {
  return {
    address: name,
    title: name,
    description: isPrivate(type) ? NOT_FOR_OTHERS : `Bind your queue to \`${type.exchange}\` with the key \`${name}\`.`,
    servers: [{ $ref: '#/servers/rabbitmq' }],
    messages: { [name]: { $ref: `#/components/messages/${type.schema}` } },
    bindings: {
      amqp: {
        is: 'routingKey',
        exchange: { name: type.exchange, type: 'topic', durable: true, autoDelete: false },
        ...AMQP,
      },
    },
    ...marksOf(type),
  };
}

const operationOf = (name: string, type: EventType): Json => ({
  action: 'send',
  summary: type.description,
  channel: { $ref: `#/channels/${type.schema}` },
  messages: [{ $ref: `#/channels/${type.schema}/messages/${name}` }],
  bindings: { amqp: { deliveryMode: 2, mandatory: true, timestamp: true, ...AMQP } },
  ...marksOf(type),
});

function messageOf(name: string, type: EventType): Json {
  return {
    name,
    title: type.schema,
    summary: type.description,
    contentType: CLOUD_EVENT,
    headers: { $ref: '#/components/schemas/EventHeaders' },
    payload: payloadOf(name, type),
    bindings: { amqp: { messageType: name, ...AMQP } },
    examples: [{ name, headers: { traceparent: EXAMPLE_TRACE }, payload: exampleOf(name, type) }],
    ...marksOf(type),
  };
}

/** Private events are in the document, for their `dataschema` points there, and marked for people and for tools. */
const marksOf = (type: EventType): Json => (isPrivate(type) ? { tags: [{ name: 'private' }], 'x-internal': true } : {});

function payloadOf(name: string, type: EventType): JsonSchema {
  const properties: Record<string, JsonSchema> = {
    specversion: { type: 'string', const: '1.0' },
    id: { type: 'string', format: 'uuid', description: 'The same each time that the event is delivered.' },
    source: { type: 'string', const: type.source },
    type: { type: 'string', const: name },
    subject: {
      type: 'string',
      pattern: `^${type.subject.replace(/\{\w+\}/, UUID)}$`,
      description: `What it is about: ${type.subject}.`,
    },
    time: { type: 'string', format: 'date-time', description: 'When the change was made.' },
    datacontenttype: { type: 'string', const: 'application/json' },
    dataschema: { type: 'string', const: dataSchemaOf(type) },
    sequence: {
      type: 'string',
      pattern: '^[0-9]{15}$',
      description: 'Grows from event to event of a subject: compare it as text.',
    },
    data: { $ref: `#/components/schemas/${type.schema}` },
  };
  return { type: 'object', required: Object.keys(properties), properties };
}

const HEADERS: JsonSchema = {
  type: 'object',
  properties: {
    traceparent: {
      type: 'string',
      pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$',
      description: 'W3C Trace Context: there when the request that made the change had one, or Holdfast is traced.',
    },
    'x-request-id': {
      type: 'string',
      pattern: '^[A-Za-z0-9_.:-]{1,128}$',
      description: 'X-Request-Id of the request that made the change; not there when none did.',
    },
  },
};

const NOT_FOR_OTHERS =
  'Not for others: it carries a secret. Only the notifications of Holdfast bind to this exchange; give nobody else ' +
  'access to it.';

const DESCRIPTION = `What happens in Holdfast, as CloudEvents 1.0 (structured JSON) on RabbitMQ. \`/api/events\` is the same for people.

- **Where.** The topic exchange \`holdfast.events\` has every public event; the routing key is the event's name. Bind a
  queue of your own. Channels with the tag \`private\` (and \`x-internal\`) are of the exchange \`holdfast.private\`: they
  carry secrets and are not for others.
- **True.** An event is published if and only if its change was committed.
- **At least once.** The same \`id\` may come again: \`message_id\` is the id too. Who remembers the ids sees each once.
- **In order per subject.** \`sequence\` grows with the changes of a subject.
- **Compatible.** A field is never removed or given another meaning. New fields, new events and new values of a list may
  come: ignore what you do not know.`;
