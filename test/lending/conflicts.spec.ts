import { eventually } from '@holdfast/platform/testing';
import { type Answer, NetworkApp } from '../../libs/inventory/testing/network-app.js';
import { brokenInvariants } from '../../libs/lending/testing/invariants.js';
import { CONFLICTS, type Conflict, type Moment, Obstacles } from './support/obstacles.js';
import { Session } from './support/session.js';

jest.setTimeout(120_000);

const FEW = 2;
/** More often than a command may try. */
const ALWAYS = 1000;
const MOST_ATTEMPTS = 10;

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** A title with a copy out, one who waits, and one who comes; and one without copies, for which the same reader waits. */
interface Scene {
  book: string;
  library: string;
  held: string;
  waiting: string;
  waiter: string;
  newcomer: string;
  bare: string;
}

type Send = (network: NetworkApp, scene: Scene) => Promise<Answer>;

const commands: Record<string, { done: number; send: Send }> = {
  'a reservation': { done: 201, send: (network, { newcomer, book }) => network.reserve(newcomer, book) },
  'a return that hands the copy on': {
    done: 200,
    send: (network, { held }) => network.call('POST', `/reservations/${held}/return`),
  },
  'a cancellation': { done: 200, send: (network, { waiting }) => network.call('DELETE', `/reservations/${waiting}`) },
  'a change of units that serves the queue': {
    done: 200,
    send: (network, { book, library }) => network.call('PUT', `/books/${book}/holdings/${library}`, { units: 2 }),
  },
  'the end of an account with places': {
    done: 204,
    send: (network, { waiter }) => network.call('DELETE', `/users/${waiter}`),
  },
  'the end of a book with a queue': {
    done: 204,
    send: (network, { bare }) => network.call('DELETE', `/books/${bare}`),
  },
};
const names = Object.keys(commands);
const conflicts = Object.keys(CONFLICTS) as Conflict[];
const moments: Moment[] = ['at its event', 'at its commit'];

describe('transactions that stand in each other’s way', () => {
  let network: NetworkApp;
  let obstacles: Obstacles;
  let databaseUrl: string;

  beforeAll(async () => {
    network = await NetworkApp.start();
    databaseUrl = (network.database.dataSource.options as { url: string }).url;
    obstacles = await Obstacles.in(databaseUrl);
  });
  afterAll(async () => {
    await obstacles.close();
    await network.close();
  });
  afterEach(async () => {
    await obstacles.clear();
    expect(await brokenInvariants(network.database)).toEqual([]);
  });

  async function scene(): Promise<Scene> {
    const library = await network.library();
    const [book, bare] = [await network.book({ [library]: 1 }), await network.book()];
    const [holder, waiter, newcomer] = (await network.readers(3)) as [string, string, string];
    const held: string = (await network.reserve(holder, book)).body.id;
    const waiting: string = (await network.reserve(waiter, book)).body.id;
    await network.reserve(waiter, bare);
    return { book, library, held, waiting, waiter, newcomer, bare };
  }

  /** All that can be seen of the titles, to tell whether anything changed. */
  const stateOf = ({ book, bare }: Scene): Promise<unknown> =>
    Promise.all(
      [
        'SELECT * FROM lending.reservations WHERE book_id = ANY ($1::uuid[]) ORDER BY id',
        'SELECT * FROM inventory.holdings WHERE book_id = ANY ($1::uuid[]) ORDER BY book_id, library_id',
        'SELECT * FROM inventory.titles WHERE book_id = ANY ($1::uuid[]) ORDER BY book_id',
        'SELECT * FROM catalog.books WHERE id = ANY ($1::uuid[]) ORDER BY id',
        `SELECT type, data FROM platform.outbox WHERE (data ->> 'bookId')::uuid = ANY ($1::uuid[]) ORDER BY position`,
      ].map((sql) => network.database.query(sql, [[book, bare]])),
    );

  describe.each(moments)('when they fail %s', (moment) => {
    it.each(names.flatMap((name) => conflicts.map((conflict) => [name, CONFLICTS[conflict], conflict] as const)))(
      `%s is done once after ${FEW} times %s`,
      async (name, _what, conflict) => {
        const { done, send } = commands[name]!;
        const prepared = await scene();
        await obstacles.fail(conflict, FEW, moment);
        expect((await send(network, prepared)).status).toBe(done);
        expect(await obstacles.met()).toBeGreaterThan(FEW);
      },
    );

    it.each(names)('%s ends with 503 when it always fails, and nothing is changed', async (name) => {
      const { done, send } = commands[name]!;
      const prepared = await scene();
      const before = await stateOf(prepared);
      await obstacles.fail('40P01', ALWAYS, moment);
      const refused = await send(network, prepared);
      expect([refused.status, refused.body.type]).toEqual([503, '/problems/temporarily-unavailable']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect(await obstacles.met()).toBeLessThanOrEqual(MOST_ATTEMPTS);
      expect(await stateOf(prepared)).toEqual(before);
      await obstacles.clear();
      expect((await send(network, prepared)).status).toBe(done);
    });
  });

  it('a renewal is done once, or not at all', async () => {
    const { held, waiting } = await scene();
    await network.call('DELETE', `/reservations/${waiting}`);
    const renew = () => network.call('POST', `/reservations/${held}/renew`, { reservedUntil: inDays(12) });
    await obstacles.fail('40001', ALWAYS, 'at its commit');
    expect((await renew()).status).toBe(503);
    await obstacles.fail('40001', FEW, 'at its commit');
    expect(await renew()).toMatchObject({ status: 200, body: { renewals: 1, version: 2 } });
  });

  it('a storm of reservations gets 201 or 503, and every 201 is true', async () => {
    const { book } = await scene();
    const readers = await network.readers(20);
    await obstacles.fail('40P01', 20, 'at its event');
    const answers = await Promise.all(readers.map((reader) => network.reserve(reader, book)));
    const made = answers.filter(({ status }) => status === 201).map(({ body }): string => body.id);
    expect(answers.filter(({ status }) => status !== 201 && status !== 503)).toEqual([]);
    expect(made.length).toBeGreaterThan(0);
    const { body: queue } = await network.call('GET', `/books/${book}/queue`);
    const places = queue.items.slice(1).map(({ reservationId }: { reservationId: string }) => reservationId);
    expect(places.sort()).toEqual(made.sort());
  });

  describe('with a session that takes its locks in the opposite order', () => {
    let rival: Session;

    beforeEach(async () => {
      rival = await Session.open(databaseUrl);
      // So that it is the command that finds the deadlock, after a second, and is ended for it.
      await rival.run(`SET deadlock_timeout = '20s'; BEGIN`);
    });
    afterEach(() => rival.close());

    const lock = (what: 'inventory.titles' | 'identity.users', id: string): Promise<unknown> =>
      rival.query(`SELECT FROM ${what} WHERE ${what === 'identity.users' ? 'id' : 'book_id'} = $1 FOR UPDATE`, [id]);
    async function somebodyWaitsForIt(): Promise<void> {
      const pid = await rival.pid();
      const sql = 'SELECT FROM pg_stat_activity WHERE $1::int = ANY (pg_blocking_pids(pid))';
      await eventually(async () => expect(await network.database.query(sql, [pid])).toHaveLength(1), 10_000);
    }
    const deadlocks = async (): Promise<number> => {
      const sql = 'SELECT deadlocks::int AS count FROM pg_stat_database WHERE datname = current_database()';
      return (await network.database.one<{ count: number }>(sql)).count;
    };

    it('an account with places in two queues is deleted all the same', async () => {
      const [reader] = (await network.readers(1)) as [string];
      const [first, second] = [await network.book(), await network.book()].sort() as [string, string];
      for (const book of [first, second]) expect((await network.reserve(reader, book)).status).toBe(201);
      const before = await deadlocks();
      await lock('inventory.titles', second);
      const deleted = network.call('DELETE', `/users/${reader}`);
      await somebodyWaitsForIt();
      await lock('inventory.titles', first);
      await rival.query('COMMIT');
      expect((await deleted).status).toBe(204);
      // Or there was nothing to get over.
      await eventually(async () => expect(await deadlocks()).toBeGreaterThan(before), 10_000);
    });

    it('a reservation is made all the same, or the reader is asked to come again', async () => {
      const { book, newcomer } = await scene();
      await lock('inventory.titles', book);
      const reserved = network.reserve(newcomer, book);
      await somebodyWaitsForIt();
      await lock('identity.users', newcomer);
      await rival.query('COMMIT');
      expect([201, 503]).toContain((await reserved).status);
    });
  });
});
