import { Client } from 'pg';
import { type CatalogApp, catalogApp } from '../../testing/catalog-app.js';

const BRANCHES = Array.from({ length: 30 }, (_, i) => `Branch ${i}`);

describe('creating a book', () => {
  let catalog: CatalogApp;

  beforeAll(async () => {
    catalog = await catalogApp();
    for (const name of BRANCHES) await catalog.call('POST', '/libraries', { as: 'admin', body: { name } });
  });
  afterAll(() => catalog.close());

  /** What one session is asked from the begin of the transaction to its end, both included. */
  async function statementsOf(book: object): Promise<string[]> {
    const asked = jest.spyOn(Client.prototype, 'query');
    await catalog.book(book);
    const all = asked.mock.calls.map(([query], place) => ({
      text: textOf(query),
      session: asked.mock.contexts[place],
    }));
    asked.mockRestore();
    const session = all.find(({ text }) => text === 'START TRANSACTION')?.session;
    const own = all.filter((statement) => statement.session === session).map(({ text }) => text);
    return own.slice(own.indexOf('START TRANSACTION'), own.indexOf('COMMIT') + 1);
  }

  it.each([
    ['without copies', {}, 6],
    ['at the default library', { units: 3 }, 6],
    ['at one library', { holdings: [{ library: 'branch 1', units: 1 }] }, 7],
    ['at thirty libraries', { holdings: BRANCHES.map((library) => ({ library, units: 2 })) }, 7],
  ])('takes at most so many statements, its begin and commit included: %s', async (_, copies, most) => {
    const statements = await statementsOf(copies);
    expect(statements[0]).toBe('START TRANSACTION');
    expect(statements.at(-1)).toBe('COMMIT');
    expect(statements.length).toBeLessThanOrEqual(most);
  });

  it('puts the units where it is told, the default library included', async () => {
    const { id } = await catalog.book({
      holdings: [
        { library: 'BRANCH 7', units: 2 },
        { library: 'Main Library', units: 5 },
        { library: 'Branch 8', units: 0 },
      ],
    });
    const { body } = await catalog.call('GET', `/books/${id}/availability`);
    expect(body).toMatchObject({
      units: 7,
      libraries: [
        { library: { name: 'Branch 7' }, units: 2 },
        { library: { name: 'Main Library' }, units: 5 },
      ],
    });
    expect(body.libraries).toHaveLength(2);
  });
});

const textOf = (query: unknown): string => (typeof query === 'string' ? query : (query as { text: string }).text);
