import { anyEvent, type TestDatabase, testDatabase } from '../testing/index.js';
import { EventRegistry, type NewEvent } from './events.js';
import { Outbox } from './outbox.js';
import { RelaySignal } from './relay-signal.js';

describe('The outbox', () => {
  let db: TestDatabase;
  let outbox: Outbox;

  beforeAll(async () => {
    db = await testDatabase();
    const registry = new EventRegistry({ book_created: anyEvent('BookCreated') });
    outbox = new Outbox(db.database, db.unitOfWork, registry, new RelaySignal(db.database));
  });
  afterAll(() => db.close());

  const event = (type: string): NewEvent => ({ type, subject: 'books/1', data: { id: '1' } });
  const append = (...events: NewEvent[]) => db.unitOfWork.run(() => outbox.append(...events));
  const kept = async () =>
    (await db.database.query<{ type: string }>('SELECT type FROM platform.outbox')).map(({ type }) => type);

  it('refuses an event that is not in the registry, and with it all that came along', async () => {
    const refused = 'there is no event "book_burnt"; add it to the event table of its context';
    await expect(append(event('book_created'), event('book_burnt'))).rejects.toThrow(refused);
    expect(await kept()).toEqual([]);
    await append(event('book_created'));
    expect(await kept()).toEqual(['book_created']);
  });

  it('takes nothing outside of a transaction', async () => {
    await expect(outbox.append(event('book_created'))).rejects.toThrow('Outbox.append');
  });
});
