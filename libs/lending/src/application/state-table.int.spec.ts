import { newId } from '@holdfast/kernel';
import { Clock, Outbox, Settings, UnitOfWork } from '@holdfast/platform';
import { type Answer, LendingApp } from '../../testing/lending-app.js';
import { readStateTable } from '../../testing/state-table.js';
import { DueReminders, Reminders } from './reminders.js';

jest.setTimeout(120_000);

/** A reservation in some state, in the surroundings that an action needs. */
interface Scene {
  id: string;
  book: string;
  /** Its library, which it names. */
  library: string;
  reader: string;
  /** A reservation of the same book by another reader, who has a copy. */
  neighbour: string;
}

interface Action {
  /** Nobody else has a copy of the book. */
  alone?: true;
  before?: (scene: Scene) => Promise<unknown>;
  act: (scene: Scene) => Promise<Answer>;
}

const REMINDERS = new Set(['reservation_ends_soon', 'reservation_overdue']);
const DAY_MS = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

/** Every action in every state: what happens is what the table of the README says. */
describe('The table of every action in every state', () => {
  let house: LendingApp;
  let stranger: string;

  beforeAll(async () => {
    house = await LendingApp.open();
    stranger = (await house.reader()).token;
  });
  afterAll(() => house?.close());

  const STATES: Record<string, (scene: Scene) => Promise<unknown>> = {
    pending: () => Promise.resolve(),
    active: () => Promise.resolve(),
    /** Its reader was told. */
    overdue: async ({ id }) => {
      await house.database.query(
        `UPDATE lending.reservations
            SET requested_at = requested_at - interval '9 days', requested_until = requested_until - interval '9 days',
                starts_at = starts_at - interval '9 days', ends_at = ends_at - interval '9 days' WHERE id = $1`,
        [id],
      );
      await remind();
    },
    completed: ({ id }) => house.call('POST', `/reservations/${id}/return`),
    cancelled: ({ id }) => house.call('DELETE', `/reservations/${id}`),
  };

  const setUnits = ({ book, library }: Scene, units: number): Promise<Answer> =>
    house.call('PUT', `/books/${book}/holdings/${library}`, { body: { units } });
  const unitsOf = async ({ book }: Scene, column: 'units' | 'reserved'): Promise<number> =>
    (
      await house.database.one<{ n: number }>(
        `SELECT coalesce(sum(${column}), 0)::int AS n FROM inventory.holdings WHERE book_id = $1`,
        [book],
      )
    ).n;
  const addCopy = async (scene: Scene): Promise<Answer> => setUnits(scene, (await unitsOf(scene, 'units')) + 1);
  const activate = ({ reader }: Scene, isActive: boolean): Promise<Answer> =>
    house.call('PATCH', `/users/${reader}`, { body: { isActive } });
  const renew = ({ id }: Scene): Promise<Answer> =>
    house.call('POST', `/reservations/${id}/renew`, { body: { reservedUntil: inDays(20) } });

  /** Only an end that is still to come or was never told of is moved. */
  const endIn = ({ id }: Scene, hours: number) =>
    house.database.query(
      `UPDATE lending.reservations SET ends_at = now() + $2 * interval '1 hour', starts_at = now() - interval '9 days'
        WHERE id = $1 AND status <> 'pending' AND reminded_of = 'nothing'`,
      [id, hours],
    );
  const remind = async (): Promise<Answer> => {
    const due = new Reminders(
      house.get(DueReminders),
      house.get(UnitOfWork),
      house.get(Outbox),
      house.get(Settings),
      house.get(Clock),
    );
    await due.sweep();
    return { status: 200, headers: {}, body: {} };
  };

  const ACTIONS: Record<string, Action> = {
    'reserve the book once more': { act: ({ reader, book }) => house.reserve(reader, book) },
    cancel: { act: ({ id }) => house.call('DELETE', `/reservations/${id}`) },
    return: { act: ({ id }) => house.call('POST', `/reservations/${id}/return`) },
    'renew, while nobody else waits': { act: renew },
    'renew, while another waits': {
      before: async ({ book }) => {
        for (const customer of await house.customers(2)) await house.reserve(customer, book);
      },
      act: renew,
    },
    'cancel, return or renew, by another reader': {
      act: async ({ id }) => {
        const body = { reservedUntil: inDays(20) };
        const answers = [
          await house.call('DELETE', `/reservations/${id}`, { as: stranger }),
          await house.call('POST', `/reservations/${id}/return`, { as: stranger }),
          await house.call('POST', `/reservations/${id}/renew`, { as: stranger, body }),
        ];
        expect(new Set(answers.map(({ status }) => status)).size).toBe(1);
        return answers[0] as Answer;
      },
    },
    'another reader returns a copy': {
      act: ({ neighbour }) => house.call('POST', `/reservations/${neighbour}/return`),
    },
    'another reader cancels': { act: ({ neighbour }) => house.call('DELETE', `/reservations/${neighbour}`) },
    'a copy is added at its library': { act: addCopy },
    'a copy is added elsewhere': {
      act: async ({ book }) => {
        const elsewhere = await house.library(`Elsewhere ${newId()}`);
        return house.call('PUT', `/books/${book}/holdings/${elsewhere}`, { body: { units: 1 } });
      },
    },
    'the free copies are taken away': {
      act: async (scene) => setUnits(scene, await unitsOf(scene, 'reserved')),
    },
    'one copy more than that is': {
      act: async (scene) => setUnits(scene, (await unitsOf(scene, 'reserved')) - 1),
    },
    'its library is closed': {
      alone: true,
      act: async (scene) => {
        const emptied = await setUnits(scene, 0);
        return emptied.status >= 400 ? emptied : house.call('DELETE', `/libraries/${scene.library}`);
      },
    },
    'the account is deactivated': { act: (scene) => activate(scene, false) },
    'a copy comes free while it is inactive': { before: (scene) => activate(scene, false), act: addCopy },
    'the account comes back beside a free copy': {
      before: async (scene) => {
        await activate(scene, false);
        await addCopy(scene);
      },
      act: (scene) => activate(scene, true),
    },
    'the account is deleted': { act: ({ reader }) => house.call('DELETE', `/customers/${reader}`) },
    'the book is deleted': { alone: true, act: ({ book }) => house.call('DELETE', `/books/${book}`) },
    'its end comes near': { before: (scene) => endIn(scene, 1), act: remind },
    'its end passes': { before: (scene) => endIn(scene, -1), act: remind },
  };

  async function arrange(state: string, { alone, before }: Action): Promise<Scene> {
    const name = `Library ${newId()}`;
    const library = await house.library(name);
    const book = await house.book({ [name]: (alone ? 0 : 1) + (state === 'pending' ? 0 : 1) });
    const [reader = '', other = ''] = await house.customers(2);
    const neighbour = alone ? '' : ((await house.reserve(other, book)).body.id as string);
    const { body } = await house.reserve(reader, book, { library: name });
    const scene = { id: body.id as string, book, library, reader, neighbour };
    await STATES[state]?.(scene);
    await before?.(scene);
    return scene;
  }

  const stateOf = (id: string) =>
    house.database.one<{ status: string; ends_at: Date | null; version: number }>(
      'SELECT status, ends_at, version FROM lending.reservations WHERE id = $1',
      [id],
    );
  const eventsOf = async (id: string): Promise<string[]> =>
    (
      await house.database.query<{ type: string }>(
        'SELECT type FROM platform.outbox WHERE subject = $1 ORDER BY position',
        [`reservations/${id}`],
      )
    ).map(({ type }) => type);

  /** What an action did, in the words of the table; every change has told its event, and nothing else has. */
  async function outcomeOf({ id }: Scene, act: () => Promise<Answer>): Promise<string> {
    const [before, told] = [await stateOf(id), await eventsOf(id)];
    const { status, body } = await act();
    const after = await stateOf(id);
    const news = (await eventsOf(id)).slice(told.length);
    const isRenewed = after.status === before.status && after.ends_at?.getTime() !== before.ends_at?.getTime();
    const change = after.status !== before.status ? `→ ${after.status}` : isRenewed ? '→ active, longer' : 'stays';
    const reminder = news.find((event) => REMINDERS.has(event));
    if (reminder) return `${change}, ${reminder}`;
    const wanted = isRenewed
      ? 'reservation_renewed'
      : `reservation_${after.status === 'active' ? 'activated' : after.status}`;
    expect(news).toEqual(change === 'stays' ? [] : [wanted]);
    expect(after.version).toBe(before.version + news.length);
    if (status < 400) return status === 201 && body.id !== id ? `${change}, a new one is made` : change;
    expect([change, body]).toEqual(['stays', expect.objectContaining({ status, detail: expect.any(String) })]);
    return `${status} ${String(body.type).replace('/problems/', '')}`;
  }

  const cells = readStateTable();

  it('has a row for every action, a column for every state, and the numbers in order', () => {
    expect([...new Set(cells.map(({ action }) => action))]).toEqual(Object.keys(ACTIONS));
    expect([...new Set(cells.map(({ state }) => state))]).toEqual(Object.keys(STATES));
    expect(cells.map(({ number }) => number)).toEqual(cells.map((_, place) => place + 1));
  });

  it.each(cells)('$number. $action: $state $outcome', async ({ action: name, state, outcome }) => {
    const action = ACTIONS[name];
    if (!action) throw new Error(`nobody knows how to do this: ${name}`);
    const scene = await arrange(state, action);
    expect(await outcomeOf(scene, () => action.act(scene))).toBe(outcome);
  });
});
