/** A message of a stream of server-sent events. */
export interface StreamedEvent<Data = unknown> {
  event?: string;
  id?: string;
  data?: Data;
  comment?: string;
}

/** A client of server-sent events, which remembers all that it got. */
export class EventStream<Data = unknown> {
  readonly events: StreamedEvent<Data>[] = [];
  /** The server has ended it. */
  hasEnded = false;
  private readonly controller = new AbortController();

  private constructor(readonly status: number) {}

  static async open<Data>(url: string, token: string, lastEventId?: string): Promise<EventStream<Data>> {
    const controller = new AbortController();
    const headers = {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    };
    const response = await fetch(url, { headers, signal: controller.signal });
    const stream = new EventStream<Data>(response.status);
    controller.signal.addEventListener('abort', () => undefined);
    stream.controller.signal.addEventListener('abort', () => controller.abort());
    void stream.read(response);
    return stream;
  }

  /** What was told of the resource, without the comments. */
  get states(): Data[] {
    return this.events.flatMap(({ data }) => data ?? []);
  }

  get lastId(): string | undefined {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }

  /** The client goes away. */
  close(): void {
    this.controller.abort();
  }

  private async read(response: Response): Promise<void> {
    let text = '';
    try {
      for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const messages = (text + piece).split('\n\n');
        text = messages.pop() ?? '';
        this.events.push(...messages.filter((message) => message.trim() !== '').map(parse<Data>));
      }
      this.hasEnded = true;
    } catch {
      // Closed by us, or cut.
    }
  }
}

function parse<Data>(message: string): StreamedEvent<Data> {
  const field = (name: string): string | undefined => new RegExp(`^${name}: ?(.*)$`, 'm').exec(message)?.[1];
  const data = field('data');
  return {
    event: field('event'),
    id: field('id'),
    comment: field(''),
    data: data === undefined ? undefined : (JSON.parse(data) as Data),
  };
}
