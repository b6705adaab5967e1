import { Parser } from '@asyncapi/parser';
import { eventRegistry } from '@holdfast/composition';
import { PRIVATE_EXCHANGE } from '@holdfast/platform';
import { describeEvents, exampleOf, subjectOf } from '../../libs/platform/src/messaging/contract/asyncapi.js';
import { type Schema, SchemaChecker } from '../e2e/support/json-schema.js';

const events = eventRegistry().entries();
const document = (): Schema => structuredClone(describeEvents(eventRegistry()));

/** What the parser of AsyncAPI has against the document; that there is a newer version of AsyncAPI is no fault of it. */
async function complaints(described: Schema): Promise<string[]> {
  const { diagnostics } = await new Parser().parse(JSON.stringify(described));
  return diagnostics
    .filter(({ code }) => code !== 'asyncapi-latest-version')
    .map(({ path, message }) => `${path.join('/')}: ${message}`);
}

describe('The AsyncAPI document', () => {
  it('is one to which the parser of AsyncAPI has no objection', async () => {
    expect(await complaints(document())).toEqual([]);
  });

  it.each<[string, (broken: Schema) => unknown, string]>([
    [
      'a channel of an operation that is not there',
      ({ operations }) => (operations.sendBookCreated.channel.$ref = '#/channels/Lost'),
      'operations/sendBookCreated',
    ],
    ['a message without its schema', ({ components }) => delete components.schemas.BookDeleted, 'BookDeleted'],
    [
      'a type that JSON does not have',
      ({ components }) => (components.schemas.OtpGenerated.type = 'text'),
      'OtpGenerated',
    ],
    ['no title', ({ info }) => delete info.title, 'info'],
  ])('would not pass with %s', async (_, spoil, told) => {
    const broken = document();
    spoil(broken);
    expect((await complaints(broken)).join('\n')).toContain(told);
  });

  it('has each event of the registry: a channel, an operation, a message and the schema that its messages name', () => {
    const { channels, operations, components } = document();
    expect(events.length).toBeGreaterThan(14);
    for (const names of [channels, components.messages]) {
      expect(Object.keys(names)).toEqual(events.map(([, { schema }]) => schema));
    }
    expect(Object.keys(operations)).toEqual(events.map(([, { schema }]) => `send${schema}`));
    for (const [name, type] of events) {
      const pointer = exampleOf(name, type).dataschema.split('#/')[1] ?? '';
      const found = pointer.split('/').reduce((node: Schema, key) => node[key], document());
      expect([name, found?.title]).toEqual([name, type.schema]);
    }
  });

  it('marks what is private, and nothing else', () => {
    const { channels, operations, components } = document();
    for (const [name, { schema, exchange }] of events) {
      const marked = [channels[schema], operations[`send${schema}`], components.messages[schema]].map(
        (part: Schema) => part['x-internal'] === true && part.tags[0].name === 'private',
      );
      expect([name, ...marked]).toEqual([name, ...Array<boolean>(3).fill(exchange === PRIVATE_EXCHANGE)]);
    }
  });
});

/** Fields that messages of earlier versions do not have. */
const ADDED_LATER: Record<string, string[]> = { books_imported: ['uploadedBy', 'fileName', 'status'] };

describe('The example of an event', () => {
  const { components } = document();
  const checker = new SchemaChecker(components.schemas);

  it.each(events)('%s is as its schema says, in the code and in the document', (name, type) => {
    expect(type.data.safeParse(type.example).error).toBeUndefined();
    expect(checker.complaints(components.messages[type.schema].payload, exampleOf(name, type))).toEqual([]);
    expect(subjectOf(type, type.example)).not.toContain('undefined');
  });

  it.each(events)('%s would be refused without any of the fields that it always has', (name, type) => {
    const { required, properties } = components.schemas[type.schema];
    for (const field of Object.keys(type.example)) {
      const { [field]: _left, ...rest } = type.example as Schema;
      expect([field, type.data.safeParse(rest).success]).toEqual([field, !required.includes(field)]);
    }
    const optional = Object.keys(properties).filter((field) => !required.includes(field));
    expect([name, optional]).toEqual([name, ADDED_LATER[name] ?? []]);
  });
});
