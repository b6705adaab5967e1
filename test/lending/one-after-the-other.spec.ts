import fc from 'fast-check';
import { checked, TEST_MS } from './support/checked.js';
import { expectAsInModel } from './support/expected.js';
import { Houses } from './support/houses.js';
import { booksOf, explain, lookAt, lookAtAll, seenIn, Tally } from './support/story.js';
import { actionOf, beginnings, type Wish, wishes } from './support/wishes.js';
import type { World } from './support/world.js';

jest.setTimeout(TEST_MS);

const met = new Tally();

/** A command by one of two instances, and the model of it: all that can be seen of its books must be as in the model then. */
class Step implements fc.AsyncCommand<{ world: World }, Houses> {
  constructor(
    private readonly wish: Wish,
    private readonly client: number,
  ) {}

  check({ world }: { world: World }): boolean {
    return actionOf(this.wish, world) !== null;
  }

  async run(model: { world: World }, houses: Houses): Promise<void> {
    const action = actionOf(this.wish, model.world);
    if (!action) return;
    const outcome = await houses.perform(action, this.client);
    met.add(action, outcome);
    const sights = await lookAt(houses, booksOf(model.world, action));
    model.world = explain(model.world, action, outcome, seenIn(sights));
    for (const [book, sight] of sights) expectAsInModel(model.world, book, sight);
  }

  toString(): string {
    return JSON.stringify(this.wish);
  }
}

describe('commands one after the other, by two instances on one database', () => {
  let houses: Houses;

  beforeAll(async () => {
    houses = await Houses.open({ openReservations: 2 });
  });
  afterAll(() => houses.close());

  it('do what the model does, to the last cent and place, and break no invariant', async () => {
    const steps = wishes.map((wish) =>
      fc.tuple(wish, fc.nat({ max: 1 })).map(([drawn, client]) => new Step(drawn, client)),
    );
    await checked(
      fc.asyncProperty(
        beginnings,
        fc.commands(steps, { maxCommands: 40, size: 'max' }),
        async (beginning, commands) => {
          const model = { world: await houses.begin(beginning) };
          await fc.asyncModelRun(() => ({ model, real: houses }), commands);
          for (const [book, sight] of await lookAtAll(houses, model.world)) expectAsInModel(model.world, book, sight);
          expect(await houses.brokenInvariants(model.world)).toEqual([]);
        },
      ),
      50,
    );
  });

  it('meet all that readers and editors do, and queues that are served', async () => {
    const common = [
      'reserve',
      'return',
      'cancel',
      'renew',
      'set units',
      'move copies',
      'let pass',
      'reactivate',
    ] as const;
    expect(common.filter((kind) => met.of(kind) === 0)).toEqual([]);
    expect(met.of('reserve', 'already-reserved')).toBeGreaterThan(0);
    expect(await houses.countOfEvents('reservation_activated')).toBeGreaterThan(0);
  });
});
