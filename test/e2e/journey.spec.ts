import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type components, type HoldfastClient, orThrow, paginate } from '@holdfast/client';
import { describeWith, eventually } from '@holdfast/platform/testing';
import type { TappedEvent } from './support/broker-tap.js';
import { type Installation, startEmbedded, startWithServices } from './support/installation.js';
import { employ, PASSWORD, type Person, registerReader, signInAdmin, typed } from './support/people.js';

jest.setTimeout(120_000);

type Book = components['schemas']['BookWithMetadataView'];
type Reservation = components['schemas']['ReservationView'];

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** The way of a book through the house, as a client goes it. Each step stands on the ones before. */
function journey(start: () => Promise<Installation>): void {
  let holdfast: Installation;
  let anyone: HoldfastClient;
  let editor: Person;
  const readers: Person[] = [];
  let book: Book;
  let first: Reservation;
  const waiting: Reservation[] = [];

  beforeAll(async () => {
    holdfast = await start();
    anyone = typed(holdfast.client);
  });
  afterAll(() => holdfast?.close());

  const as = (reader: number): HoldfastClient => typed(readers[reader]!.client);
  const reserve = async (reader: number, days: number): Promise<Reservation> => {
    const body = { bookId: book.id, reservedUntil: inDays(days) };
    const answer = await as(reader).POST('/api/reservations', { body });
    expect(answer.response.status).toBe(201);
    return orThrow(Promise.resolve(answer));
  };
  const placeOf = (reader: number): Promise<Reservation> =>
    orThrow(as(reader).GET('/api/reservations/{id}', { params: { path: { id: waiting[reader - 1]!.id } } }));
  const eventsOf = async (subject: string): Promise<TappedEvent[]> =>
    (await holdfast.events()).filter((event) => event.subject === subject);
  const eventTypesOf = async (subject: string) => (await eventsOf(subject)).map((event) => event.routingKey);

  it('registers readers, always as customers', async () => {
    for (const name of ['ada', 'bertrand', 'chinua', 'dorothy'])
      readers.push(await registerReader(holdfast.client, name));
    const me = await orThrow(as(0).GET('/api/auth/me'));
    expect(me).toMatchObject({ username: 'ada', role: 'customer', emailVerified: false, isActive: true });
    expect(JSON.stringify(me)).not.toContain('argon2');
  });

  it('signs in with JSON, and with the form that Swagger sends', async () => {
    const body = { login: 'ADA@readers.example', password: PASSWORD };
    const tokens = await orThrow(anyone.POST('/api/auth/login', { body }));
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 900 });
    const form = await holdfast.client.raw(
      'POST',
      '/api/auth/token',
      new URLSearchParams({ grant_type: 'password', username: 'ada', password: PASSWORD }),
    );
    expect(form.status).toBe(200);
    expect(form.body).toMatchObject({ token_type: 'Bearer', expires_in: 900 });
    const me = await holdfast.client.as(form.body.access_token).get('/api/auth/me');
    expect(me.body.username).toBe('ada');
  });

  it('creates a book as editor, with authors, genre and units', async () => {
    editor = await employ(await signInAdmin(holdfast.client), 'editor');
    const { data, response } = await typed(editor.client).POST('/api/books', {
      body: {
        title: 'Things Fall Apart',
        isbn: '0-385-47454-7',
        authors: ['Chinua Achebe'],
        genre: 'Novel',
        price: 19.99,
        publicationDate: '1958',
        language: 'en',
        units: 1,
        metadata: { subjects: ['Igbo'] },
      },
    });
    expect(response.status).toBe(201);
    book = data!;
    expect(response.headers.get('location')).toBe(`/api/books/${book.id}`);
    expect(book).toMatchObject({
      title: 'Things Fall Apart',
      isbn: '9780385474542',
      authors: [{ name: 'Chinua Achebe' }],
      genre: { name: 'Novel' },
      price: 19.99,
      units: 1,
      reservedUnits: 0,
      availableUnits: 1,
      queueLength: 0,
      createdBy: editor.id,
    });
  });

  it('reads, lists and finds it', async () => {
    const path = { id: book.id };
    const read = await anyone.GET('/api/books/{id}', { params: { path } });
    expect(read.data).toMatchObject({ id: book.id, metadata: { subjects: ['Igbo'] } });
    const header = { 'If-None-Match': read.response.headers.get('etag') ?? '' };
    const again = await anyone.GET('/api/books/{id}', { params: { path, header } });
    expect(again.response.status).toBe(304);
    const searches = ['things fall', 'ACHEBE', '9780385474542'].map((search) => ({ search }));
    for (const query of [...searches, { genre: 'novel' }, { author: 'Chinua Achebe' }]) {
      const found: string[] = [];
      const pages = paginate((cursor) => anyone.GET('/api/books', { params: { query: { ...query, cursor } } }));
      for await (const { id } of pages) found.push(id);
      expect([query, found]).toEqual([query, [book.id]]);
    }
  });

  it('gives the first reader the copy at once, with its price', async () => {
    first = await reserve(0, 14);
    expect(first).toMatchObject({
      status: 'active',
      customerId: readers[0]!.id,
      library: { name: 'Main Library' },
      queuePosition: null,
      price: 2.8,
    });
  });

  it('puts the next three into the queue at 1, 2 and 3', async () => {
    for (const reader of [1, 2, 3]) waiting.push(await reserve(reader, 7));
    expect(waiting.map((reservation) => [reservation.status, reservation.queuePosition, reservation.price])).toEqual([
      ['pending', 1, null],
      ['pending', 2, null],
      ['pending', 3, null],
    ]);
    expect(waiting[0]?.estimatedFrom).toBe(first.endOfReservation);
    const read = await orThrow(anyone.GET('/api/books/{id}', { params: { path: { id: book.id } } }));
    expect(read).toMatchObject({ units: 1, reservedUnits: 1, availableUnits: 0, queueLength: 3 });
  });

  it('shows the queue to staff, and to a reader its length and the own place', async () => {
    const admin = typed(await signInAdmin(holdfast.client));
    const params = { path: { id: book.id } };
    const whole = await orThrow(admin.GET('/api/books/{id}/queue', { params }));
    expect(whole).toMatchObject({ length: 3, items: [{ position: 1 }, { position: 2 }, { position: 3 }] });
    const own = await orThrow(as(2).GET('/api/books/{id}/queue', { params }));
    expect(own).toMatchObject({ length: 3, items: [{ position: 2, customerId: readers[2]!.id }] });
  });

  it('hands a returned copy to the first in the queue at once', async () => {
    const params = { path: { id: first.id } };
    const returned = await orThrow(as(0).POST('/api/reservations/{id}/return', { params }));
    expect(returned.status).toBe('completed');
    expect(await placeOf(1)).toMatchObject({ status: 'active', queuePosition: null, price: 1.4 });
    expect(await placeOf(2)).toMatchObject({ status: 'pending', queuePosition: 1 });
  });

  it('closes the gap when somebody in the queue cancels', async () => {
    const params = { path: { id: waiting[1]!.id } };
    const cancelled = await orThrow(as(2).DELETE('/api/reservations/{id}', { params }));
    expect(cancelled.status).toBe('cancelled');
    expect((await placeOf(3)).queuePosition).toBe(1);
  });

  it('serves the queue when copies are added', async () => {
    const { items } = await orThrow(anyone.GET('/api/libraries'));
    const path = { bookId: book.id, libraryId: items[0]!.id };
    const set = (units: number) =>
      typed(editor.client).PUT('/api/books/{bookId}/holdings/{libraryId}', { params: { path }, body: { units } });
    expect((await set(2)).data).toMatchObject({ units: 2, availableUnits: 0 });
    expect((await placeOf(3)).status).toBe('active');
    const fewer = await set(1);
    expect([fewer.response.status, fewer.error?.type]).toEqual([409, '/problems/fewer-than-reserved']);
  });

  it('told every change as an event, in the order of the changes', async () => {
    await eventually(async () => {
      expect(await eventTypesOf(`reservations/${first.id}`)).toEqual(['reservation_created', 'reservation_completed']);
      expect(await eventTypesOf(`reservations/${waiting[0]!.id}`)).toEqual([
        'reservation_created',
        'reservation_activated',
      ]);
      expect(await eventTypesOf(`reservations/${waiting[1]!.id}`)).toEqual([
        'reservation_created',
        'reservation_cancelled',
      ]);
      expect(await eventTypesOf(`books/${book.id}`)).toEqual(['book_created', 'book_updated']);
      expect(await eventTypesOf(`users/${readers[0]!.id}`)).toEqual(['user_registered']);
    }, 10_000);
    const [created, completed] = await eventsOf(`reservations/${first.id}`);
    expect(created).toMatchObject({
      specversion: '1.0',
      source: '/holdfast/lending',
      type: 'reservation_created',
      datacontenttype: 'application/json',
      dataschema: '/api/events/schema#/components/schemas/ReservationCreated',
      data: first,
    });
    expect(created!.sequence < completed!.sequence).toBe(true);
    expect((await eventsOf(`books/${book.id}`))[1]!.data.changed).toContain('units');
  });

  it('keeps secrets off the exchange of everybody, and mails the link that verifies an address', async () => {
    const names = (await holdfast.events()).map((event) => event.routingKey);
    expect(names).not.toContain('email_verification_requested');
    const mail = await eventually(async () => {
      const { readdir } = await import('node:fs/promises');
      const folder = join(holdfast.dataDir, 'mail');
      const texts = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
      const found = texts.find((text) => text.includes('ada@readers.example') && text.includes('verify-email'));
      if (!found) throw new Error('no mail to ada yet');
      return found.replaceAll('=\r\n', '').replaceAll('=3D', '=');
    }, 10_000);
    const path = /\/api\/auth\/verify-email\/[\w-]+/.exec(mail)?.[0] ?? '';
    const opened = [await holdfast.client.get(path), await holdfast.client.get(path)];
    for (const answer of opened) {
      expect([answer.status, answer.body]).toEqual([200, { email: 'ada@readers.example', verified: true }]);
    }
  });

  const goodbooks = [
    process.env.GOODBOOKS_CSV ?? '',
    join(__dirname, '..', '..', '..', 'shared', 'data', 'goodbooks', 'books.csv'),
  ];
  const catalogue = goodbooks.find((path) => path !== '' && existsSync(path));
  const withCatalogue = catalogue ? it : it.skip;

  withCatalogue(
    `imports a real catalogue of 10,000 books${catalogue ? '' : ' (not run: set GOODBOOKS_CSV)'}`,
    async () => {
      const mapping = JSON.stringify({ original_publication_year: 'publication_year', language_code: 'language' });
      const upload = async () => {
        const form = new FormData();
        form.append('mapping', mapping);
        form.append('file', new Blob([await readFile(catalogue ?? '')]), 'books.csv');
        const accepted = await editor.client.raw('POST', '/api/books/upload', form);
        expect([accepted.status, accepted.body.status]).toEqual([202, 'queued']);
        expect(accepted.headers.get('location')).toBe(`/api/books/upload/${accepted.body.uploadId}`);
        return eventually(async () => {
          const { body } = await editor.client.get(`/api/books/upload/${accepted.body.uploadId}`);
          if (['queued', 'processing'].includes(body.status))
            throw new Error(`still ${body.status}: ${body.processedRows}`);
          return body;
        }, 60_000);
      };
      const counts = (await holdfast.client.get('/api/books?limit=1')).body.total;
      const done = await upload();
      expect(done).toMatchObject({
        status: 'completed',
        totalRows: 10_000,
        processedRows: 10_000,
        failedRows: 0,
        progress: 1,
      });
      expect(done.insertedRows + done.updatedRows + done.unchangedRows + done.skippedRows).toBe(10_000);
      const found = await holdfast.client.get('/api/books?isbn=0439023483');
      expect(found.body.items[0]).toMatchObject({ isbn: '9780439023481', publicationDate: '2008' });
      const total = (await holdfast.client.get('/api/books?limit=1')).body.total;
      expect(Math.min(10_000, counts + done.insertedRows)).toBe(total);

      const again = await upload();
      expect(again).toMatchObject({
        status: 'completed',
        insertedRows: 0,
        updatedRows: 0,
        unchangedRows: 10_000 - done.skippedRows,
      });
      await eventually(async () => {
        const events = await holdfast.events();
        const imported = events.filter((event) => event.routingKey === 'books_imported');
        expect(imported.map((event) => event.data.insertedRows)).toEqual([done.insertedRows, 0]);
        expect(events.filter((event) => event.routingKey === 'book_created')).toHaveLength(done.insertedRows + 1);
      }, 60_000);
    },
  );

  it('ends cleanly when it is told to', async () => {
    expect(await Promise.all(holdfast.programs.map((program) => program.stop()))).toEqual(
      holdfast.programs.map(() => 0),
    );
  });
}

describe('the journey, embedded', () => journey(startEmbedded));
describeWith('redis', 'the journey, with services', () =>
  describeWith('rabbitmq', 'api and worker apart', () => journey(startWithServices)),
);
