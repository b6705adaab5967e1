import { eventually } from '@holdfast/platform/testing';
import type { Client } from './support/client.js';
import { expectFairAndNotOversold } from './support/consistency.js';
import { type Installation, startEmbedded } from './support/installation.js';
import { type Person, PASSWORD, registerReader, signInAdmin } from './support/people.js';

jest.setTimeout(120_000);

const UNTIL = new Date(Date.now() + 7 * 86_400_000).toISOString();

describe('What becomes of an account, across the house', () => {
  let holdfast: Installation;
  let admin: Client;
  let number = 0;
  const books: string[] = [];
  beforeAll(async () => {
    holdfast = await startEmbedded();
    admin = await signInAdmin(holdfast.client);
  });
  afterAll(() => holdfast?.close());
  afterEach(() => expectFairAndNotOversold(admin, books));

  const readers = (...names: string[]): Promise<Person[]> =>
    Promise.all(names.map((name) => registerReader(holdfast.client, `${name}-${++number}`)));
  const aBook = async (units: number): Promise<string> => {
    const { body } = await admin.post('/api/books', { title: `Book ${++number}`, price: 10, units });
    books.push(body.id);
    return body.id;
  };
  const reserve = async ({ client }: Person, bookId: string): Promise<any> => {
    const { status, body } = await client.post('/api/reservations', { bookId, reservedUntil: UNTIL });
    if (status !== 201) throw new Error(`not reserved: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const stateOf = async (id: string): Promise<string> => (await admin.get(`/api/reservations/${id}`)).body.status;
  const eventsOf = async (subject: string): Promise<string[]> =>
    (await holdfast.events()).filter((event) => event.subject === subject).map(({ routingKey }) => routingKey);

  it('stays while copies are out, by every way of deleting it', async () => {
    const [ada] = await readers('ada');
    const loan = await reserve(ada!, await aBook(1));
    for (const refused of [
      await ada!.client.delete('/api/customers/me'),
      await ada!.client.delete(`/api/users/${ada!.id}`),
      await admin.delete(`/api/users/${ada!.id}`),
      await admin.delete(`/api/customers/${ada!.id}`),
    ]) {
      expect([refused.status, refused.body.type]).toEqual([409, '/problems/copies-out']);
    }
    expect((await ada!.client.get('/api/auth/me')).status).toBe(200);
    expect(await stateOf(loan.id)).toBe('active');
    await ada!.client.post(`/api/reservations/${loan.id}/return`);
    expect((await ada!.client.delete('/api/customers/me')).status).toBe(204);
    await eventually(async () =>
      expect(await eventsOf(`users/${ada!.id}`)).toEqual(['user_registered', 'user_deleted']),
    );
  });

  it.each([
    ['as a customer', () => '/api/customers/me'],
    ['as a user', ({ id }: Person) => `/api/users/${id}`],
  ])('gives up its places when its owner deletes it %s, and its name and address are free', async (_, path) => {
    const [ada, bertrand, chinua, dorothy] = await readers('ada', 'bertrand', 'chinua', 'dorothy');
    const bookId = await aBook(1);
    const loan = await reserve(ada!, bookId);
    const place = await reserve(bertrand!, bookId);
    const next = await reserve(chinua!, bookId);
    await reserve(dorothy!, bookId);
    expect((await chinua!.client.get(`/api/reservations/${next.id}`)).body.queuePosition).toBe(2);

    expect((await bertrand!.client.delete(path(bertrand!))).status).toBe(204);
    expect((await bertrand!.client.get('/api/auth/me')).status).toBe(401);
    expect((await chinua!.client.get(`/api/reservations/${next.id}`)).body.queuePosition).toBe(1);
    expect(await stateOf(place.id)).toBe('cancelled');
    await eventually(async () => {
      expect(await eventsOf(`reservations/${place.id}`)).toEqual(['reservation_created', 'reservation_cancelled']);
      expect(await eventsOf(`users/${bertrand!.id}`)).toEqual(['user_registered', 'user_deleted']);
    });
    await ada!.client.post(`/api/reservations/${loan.id}/return`);
    expect(await stateOf(next.id)).toBe('active');

    const again = { username: bertrand!.username, email: `${bertrand!.username}@readers.example`, password: PASSWORD };
    const { status, body } = await holdfast.client.post('/api/auth/register', again);
    expect(status).toBe(201);
    expect(body.id).not.toBe(bertrand!.id);
    expect((await holdfast.client.post('/api/auth/login', { login: again.email, password: PASSWORD })).status).toBe(
      200,
    );
  });

  it('is deleted or gets the copy, when both happen at once', async () => {
    for (let round = 0; round < 12; round++) {
      const [ada, bertrand] = await readers('ada', 'bertrand');
      const bookId = await aBook(1);
      const loan = await reserve(ada!, bookId);
      const place = await reserve(bertrand!, bookId);
      const [returned, deleted] = await Promise.all([
        ada!.client.post(`/api/reservations/${loan.id}/return`),
        bertrand!.client.delete('/api/customers/me'),
      ]);
      expect(returned.status).toBe(200);
      expect([204, 409]).toContain(deleted.status);
      expect(await stateOf(place.id)).toBe(deleted.status === 204 ? 'cancelled' : 'active');
    }
  });

  it('keeps its loans and places in another role, which may end them but make no new ones', async () => {
    const [ada, bertrand] = await readers('ada', 'bertrand');
    const [lent, waitedFor] = [await aBook(1), await aBook(1)];
    const other = await reserve(bertrand!, waitedFor);
    const loan = await reserve(ada!, lent);
    const place = await reserve(ada!, waitedFor);
    await ada!.client.patch('/api/customers/me', { fullName: 'Ada Lovelace' });

    await admin.patch(`/api/users/${ada!.id}`, { role: 'editor' });
    expect((await ada!.client.get('/api/customers/me')).status).toBe(404);
    expect((await ada!.client.get('/api/reservations')).body.total).toBe(2);
    await bertrand!.client.post(`/api/reservations/${other.id}/return`);
    expect(await stateOf(place.id)).toBe('active');
    expect((await admin.delete(`/api/users/${ada!.id}`)).status).toBe(409);
    for (const { id } of [loan, place]) {
      expect((await ada!.client.post(`/api/reservations/${id}/return`)).status).toBe(200);
    }
    expect((await ada!.client.post('/api/reservations', { bookId: lent, reservedUntil: UNTIL })).status).toBe(403);

    await admin.patch(`/api/users/${ada!.id}`, { role: 'customer' });
    expect((await ada!.client.get('/api/customers/me')).body.fullName).toBe('Ada Lovelace');
  });

  it('is passed over while it is inactive, keeps its place, and takes its turn when it is back', async () => {
    const [ada, bertrand, chinua] = await readers('ada', 'bertrand', 'chinua');
    const bookId = await aBook(1);
    const loan = await reserve(ada!, bookId);
    const first = await reserve(bertrand!, bookId);
    await admin.patch(`/api/users/${bertrand!.id}`, { isActive: false });
    await ada!.client.post(`/api/reservations/${loan.id}/return`);
    expect(await stateOf(first.id)).toBe('pending');
    const ahead = await reserve(chinua!, bookId);
    expect(ahead.status).toBe('active');
    await chinua!.client.post(`/api/reservations/${ahead.id}/return`);
    expect(await stateOf(first.id)).toBe('pending');

    await admin.patch(`/api/users/${bertrand!.id}`, { isActive: true });
    expect(await stateOf(first.id)).toBe('active');
  });

  it('has no home library any more when that is closed, and can be changed as before', async () => {
    const [ada] = await readers('ada');
    const library = (await admin.post('/api/libraries', { name: 'Harbour Branch' })).body;
    const { body } = await ada!.client.patch('/api/customers/me', { homeLibraryId: library.id, phone: '0900 123' });
    expect(body.homeLibraryId).toBe(library.id);
    const seen = await ada!.client.get('/api/customers/me');
    expect((await admin.delete(`/api/libraries/${library.id}`)).status).toBe(204);
    const now = await ada!.client.get('/api/customers/me', { 'if-none-match': String(seen.headers.get('etag')) });
    expect([now.status, now.body.homeLibraryId, now.body.phone]).toEqual([200, null, '0900 123']);
    expect((await ada!.client.patch('/api/customers/me', { fullName: 'Ada' })).status).toBe(200);
    const gone = await ada!.client.patch('/api/customers/me', { homeLibraryId: library.id });
    expect([gone.status, gone.body.errors]).toEqual([400, [{ pointer: '/homeLibraryId', detail: 'is no library' }]]);
  });

  it('never keeps a home library that was closed at the same moment', async () => {
    for (let round = 0; round < 12; round++) {
      const [ada] = await readers('ada');
      const library = (await admin.post('/api/libraries', { name: `Branch ${round}` })).body;
      const [chosen, closed] = await Promise.all([
        ada!.client.patch('/api/customers/me', { homeLibraryId: library.id }),
        admin.delete(`/api/libraries/${library.id}`),
      ]);
      expect([200, 400]).toContain(chosen.status);
      expect(closed.status).toBe(204);
      expect((await ada!.client.get('/api/customers/me')).body.homeLibraryId).toBeNull();
    }
  });
});
