import type { z } from 'zod';

/** The topic exchange of everybody, and the one whose messages carry secrets. */
export const EVENTS_EXCHANGE = 'holdfast.events';
export const PRIVATE_EXCHANGE = 'holdfast.private';

/** What the contract says of one type of event; its name (the routing key) is the key in the table. */
export interface EventType {
  exchange: typeof EVENTS_EXCHANGE | typeof PRIVATE_EXCHANGE;
  /** CloudEvents `source`: `/holdfast/<context>`. */
  source: string;
  /** CloudEvents `subject`, with the field of the data that has the id in braces: `books/{id}`. */
  subject: `${string}/{${string}}`;
  /** Name of the schema of `data` in the AsyncAPI document. */
  schema: string;
  /** When it is published, in a sentence. */
  description: string;
  /**
   * What `data` is. Open: fields that it does not name may come. A field that is added later is optional, for messages
   * from before may still wait in somebody's queue.
   */
  data: z.ZodType<object>;
  example: object;
}

/** A context's events by name. */
export type EventTable<Name extends string = string> = Readonly<Record<Name, EventType>>;

/** The `data` of an event of a context's table. */
export type DataOf<Table extends EventTable, Name extends keyof Table> = z.infer<Table[Name]['data']>;

/** An event of a context's table: `type` tells which, and so what `data` is. */
export type EventOf<Table extends EventTable, Name extends keyof Table & string = keyof Table & string> = {
  [Each in Name]: CloudEvent<DataOf<Table, Each>, Each>;
}[Name];

/** Every event of the program; composed by the apps. Nothing outside of it can be published or subscribed to. */
export class EventRegistry {
  private readonly types: ReadonlyMap<string, EventType>;

  constructor(...tables: EventTable[]) {
    const entries = tables.flatMap((table) => Object.entries(table));
    this.types = new Map(entries);
    if (this.types.size !== entries.length)
      throw new Error('two contexts publish an event of the same name; rename one');
  }

  /** @throws Error for a name that is not in the table: a mistake of the programmer. */
  get(name: string): EventType {
    const type = this.types.get(name);
    if (!type) throw new Error(`there is no event "${name}"; add it to the event table of its context`);
    return type;
  }

  has(name: string): boolean {
    return this.types.has(name);
  }

  entries(): [string, EventType][] {
    return [...this.types];
  }
}

/** A fact to publish: `type` is in the registry, `subject` is `<collection>/<id>`, `data` is the contract's JSON. */
export interface NewEvent {
  type: string;
  subject: string;
  data: object;
}

/** A CloudEvent 1.0 as it goes over the wire (structured JSON). */
export interface CloudEvent<Data = unknown, Type extends string = string> {
  specversion: '1.0';
  id: string;
  source: string;
  type: Type;
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  dataschema: string;
  /** Grows per subject, in the order of the changes; fixed width, so that it compares as text. */
  sequence: string;
  data: Data;
}
