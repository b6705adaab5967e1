import { randomBytes } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import { Client as Postgres } from 'pg';
import { describeWith, eventually } from '@holdfast/platform/testing';
import { tapExchange } from './support/broker-tap.js';
import { startWithServices, type ServedInstallation } from './support/installation.js';
import { type Schema, SchemaChecker } from './support/json-schema.js';
import { employ, PASSWORD, type Person, registerReader, signInAdmin } from './support/people.js';

jest.setTimeout(300_000);

const EXCHANGES = ['holdfast.events', 'holdfast.private'];
const TRACE = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** Everything that the program says to RabbitMQ while each of its commands is given, held against what it promises. */
function promises(): void {
  let holdfast: ServedInstallation;
  const messages: ConsumeMessage[] = [];
  const taps: { close(): Promise<void> }[] = [];
  let document: Schema;
  let admin: Person;
  let editor: Person;
  let reader: Person;
  let other: Person;

  beforeAll(async () => {
    holdfast = await startWithServices();
    for (const exchange of EXCHANGES)
      taps.push(await tapExchange(holdfast.brokerUrl, exchange, (message) => messages.push(message)));
    document = (await holdfast.client.get('/api/events/schema')).body;
    admin = { id: '', username: 'admin', client: await signInAdmin(holdfast.client) };
  });
  afterAll(async () => {
    for (const tap of taps) await tap.close();
    await holdfast?.close();
  });

  const eventOf = ({ content }: ConsumeMessage): Schema => JSON.parse(content.toString('utf8'));
  const told = (): string[] => messages.map(({ fields }) => fields.routingKey);
  const ok = async (answer: Promise<{ status: number; body: any }>): Promise<any> => {
    const { status, body } = await answer;
    if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return body;
  };
  const book = (more: object = {}): Promise<any> =>
    ok(editor.client.post('/api/books', { title: 'Kindred', price: 10, units: 1, ...more }));
  const reserve = ({ client }: Person, bookId: string, days = 14): Promise<any> =>
    ok(client.post('/api/reservations', { bookId, reservedUntil: inDays(days) }));

  it('people: accounts, codes and links', async () => {
    editor = await employ(admin.client, 'editor');
    reader = await registerReader(holdfast.client, 'ada');
    other = await registerReader(holdfast.client, 'bertrand');
    // As odd as an address may be: no schema must be narrower than the rule for accounts.
    const email = "o'hara!#$%&*+/=?^_`{|}~-@a.b-c.example";
    await ok(holdfast.client.post('/api/auth/register', { username: 'o.hara', email, password: PASSWORD }));
    await ok(holdfast.client.post('/api/auth/resend-verification', { email }));
    await ok(holdfast.client.post('/api/auth/forgot-password', { email }));
    const left = await registerReader(holdfast.client, 'left');
    await ok(left.client.delete(`/api/users/${left.id}`));
  });

  it('time: what ends soon, and what is overdue', async () => {
    await reserve(reader, (await book()).id, 0.5);
    const late = await reserve(reader, (await book()).id);
    const postgres = new Postgres(holdfast.databaseUrl);
    await postgres.connect();
    await postgres.query(
      `UPDATE lending.reservations
          SET requested_at = requested_at - interval '20 days', requested_until = requested_until - interval '20 days',
              starts_at = starts_at - interval '20 days', ends_at = ends_at - interval '20 days' WHERE id = $1`,
      [late.id],
    );
    await postgres.end();
  });

  it('books: by each of their routes, by the names of their authors and genres, and by their copies', async () => {
    const { id } = await book({ isbn: '9780807083697', authors: ['Octavia Butler', 'Somebody'], genre: 'Novel' });
    const path = `/api/books/${id}`;
    const whole = { title: 'Kindred!', price: 0, publicationDate: '-0350', language: 'el', description: 'x' };
    const traced = await editor.client.put(
      path,
      { ...whole, authors: ['Octavia Butler'], genre: 'Novel' },
      { traceparent: TRACE },
    );
    expect(traced.status).toBe(200);
    await ok(editor.client.patch(path, { price: 1.25, isbn: null, publicationDate: null, description: null }));
    await ok(editor.client.put(`${path}/metadata`, { pages: 264 }));
    await ok(editor.client.patch(`${path}/metadata`, { pages: 265 }));
    const { authors, genre } = (await editor.client.get(path)).body;
    await ok(editor.client.patch(`/api/authors/${authors[0].id}`, { name: 'Octavia E. Butler' }));
    await ok(editor.client.patch(`/api/genres/${genre.id}`, { name: 'Novels' }));
    const library = await ok(admin.client.post('/api/libraries', { name: 'Branch' }));
    await ok(editor.client.put(`${path}/holdings/${library.id}`, { units: 2 }));
    await ok(editor.client.delete(`${path}/holdings/${library.id}`));
    await ok(editor.client.delete(path));
  });

  it('imports: new books, changed ones and rows that are refused', async () => {
    for (const price of ['3', '4']) {
      const form = new FormData();
      form.append(
        'file',
        new Blob([`title,isbn,price,author,units\nEmma,9780141439587,${price},Jane Austen,1\nNo,x,free,,\n`]),
        'a.csv',
      );
      const { uploadId } = await ok(editor.client.raw('POST', '/api/books/upload', form));
      await eventually(async () => {
        const { body } = await editor.client.get(`/api/books/upload/${uploadId}`);
        expect(body.status).toMatch(/^completed/);
      }, 60_000);
    }
  });

  it('reservations: at once and in the queue, returned, renewed, cancelled and left behind by an account', async () => {
    const { id } = await book();
    const first = await reserve(reader, id);
    const second = await reserve(other, id);
    expect([first.status, second.status]).toEqual(['active', 'pending']);
    const left = await registerReader(holdfast.client, 'chinua');
    await reserve(left, id);
    await ok(left.client.delete(`/api/users/${left.id}`));
    await ok(reader.client.post(`/api/reservations/${first.id}/return`));
    await ok(other.client.post(`/api/reservations/${second.id}/renew`, { reservedUntil: inDays(20) }));
    const third = await reserve(reader, id);
    await ok(reader.client.delete(`/api/reservations/${third.id}`));
  });

  it('has published each event of the registry, and no other', async () => {
    const names = Object.values<Schema>(document.channels).map(({ address }) => address as string);
    expect(names.length).toBeGreaterThan(14);
    // Reminders are given once a minute.
    await eventually(() => expect([...new Set(told())].sort()).toEqual([...names].sort()), 180_000);
    const postgres = new Postgres(holdfast.databaseUrl);
    await postgres.connect();
    // What is published is removed, or marked: whatever is left would have been said to nobody.
    await eventually(async () => {
      const { rows } = await postgres.query('SELECT type, last_error FROM platform.outbox WHERE published_at IS NULL');
      expect(rows).toEqual([]);
    }, 60_000).finally(() => postgres.end());
  });

  it('has said in each message what the document promises, all of it, and nothing that the document does not tell of', () => {
    const checker = new SchemaChecker(document.components.schemas);
    const complaints = messages.flatMap((message) => {
      const name = message.fields.routingKey;
      const channel = Object.values<Schema>(document.channels).find(({ address }) => address === name) ?? {};
      const promised = document.components.messages[channel.messages[name].$ref.split('/').at(-1)];
      const { contentType, messageId, type, deliveryMode, headers } = message.properties;
      const event = eventOf(message);
      expect([name, message.fields.exchange]).toEqual([name, channel.bindings.amqp.exchange.name]);
      expect([name, contentType, type, deliveryMode]).toEqual([name, promised.contentType, name, 2]);
      expect([name, messageId]).toEqual([name, event.id]);
      return [
        ...checker.complaints(promised.payload, event, name),
        ...checker.complaints(promised.headers, headers, `${name} headers`),
      ];
    });
    expect([...new Set(complaints)]).toEqual([]);
    expect(messages.length).toBeGreaterThan(40);
  });

  it('has told what a change was about, which fields it changed, and the trace that led to it', () => {
    const events = messages.map(eventOf);
    const changes = events.filter(({ type }) => type === 'book_updated').map(({ data }) => data.changed.join());
    expect(changes).toEqual(
      expect.arrayContaining([
        'price,description,publicationDate',
        'metadata',
        'authors',
        'genre',
        'units,holdings',
        'price',
      ]),
    );
    const traces = messages.filter(({ properties }) => properties.headers?.traceparent === TRACE);
    expect(traces.map(({ fields }) => fields.routingKey)).toEqual(['book_updated']);
    const subjects = events.map(({ subject, data }) => [
      subject.split('/')[1],
      data.id ?? data.uploadId ?? data.userId,
    ]);
    expect(subjects.filter(([subject, id]) => subject !== id)).toEqual([]);
  });

  it('shows a book and a reservation in its events as the API does', async () => {
    const { components } = (await holdfast.client.get('/api/schema')).body;
    for (const [event, view] of [
      ['BookCreated', 'BookView'],
      ['ReservationCreated', 'ReservationView'],
    ] as const) {
      const [promised, shown]: Schema[] = [document.components.schemas[event], components.schemas[view]];
      expect(Object.keys(promised!.properties).sort()).toEqual(Object.keys(shown!.properties).sort());
      expect(promised!.required.sort()).toEqual(shown!.required.sort());
      const nullable = ({ properties }: Schema): string[] =>
        Object.keys(properties)
          .filter((name) => JSON.stringify(properties[name]).includes('"null"'))
          .sort();
      expect(nullable(promised!)).toEqual(nullable(shown!));
    }
  });

  it('has a page that says all of it to people', async () => {
    const { headers, body } = await holdfast.client.get('/api/events');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const name of told()) expect(body).toContain(`<section id="${name}">`);
    const addresses = [...String(body).matchAll(/(?:href|src)="([^#"][^"]*)"/g)].map(([, address = '']) => address);
    expect(new Set(addresses)).toEqual(new Set(['/api/events/schema', '/api/docs']));
    for (const address of new Set(addresses)) expect((await holdfast.client.get(address)).status).toBe(200);
    expect((await holdfast.client.get('/api/schema')).body.info.description).toContain('/api/events');
  });
}

describeWith('redis', 'What is published', () => describeWith('rabbitmq', 'by the running program', promises));
