import fc from 'fast-check';
import { checked, TEST_MS } from './support/checked.js';
import { Houses } from './support/houses.js';
import { type Happening, lookAtAll, orderThatExplains, Tally, tell } from './support/story.js';
import { actionOf, beginnings, meetingWishes, openingWishes, type Wish } from './support/wishes.js';
import type { World } from './support/world.js';

jest.setTimeout(TEST_MS);

const met = new Tally();

/** All at once, by two instances in turn. */
async function happen(houses: Houses, world: World, wishes: readonly Wish[]): Promise<Happening[]> {
  const actions = wishes.flatMap((wish) => actionOf(wish, world) ?? []);
  return Promise.all(
    actions.map(async (action, client) => {
      const outcome = await houses.perform(action, client);
      met.add(action, outcome);
      return { action, outcome };
    }),
  );
}

describe('commands of several clients at once, on two instances and one database', () => {
  let houses: Houses;

  beforeAll(async () => {
    houses = await Houses.open({ openReservations: 2 });
  });
  afterAll(() => houses.close());

  it('come out as if they had come in some order, in answers and in all that is seen, and break no invariant', async () => {
    const opening = fc.array(openingWishes, { maxLength: 10, size: 'max' });
    const bursts = fc.array(fc.array(meetingWishes, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 3 });
    await checked(
      fc.asyncProperty(beginnings, opening, bursts, async (beginning, first, meetings) => {
        let world = await tell(houses, await houses.begin(beginning), first);
        for (const wishes of meetings) {
          const happenings = await happen(houses, world, wishes);
          const sights = await lookAtAll(houses, world);
          const explained = orderThatExplains(world, happenings, sights);
          if (!explained)
            throw new Error(
              `no order explains\n${JSON.stringify({ world, happenings, sights: [...sights] }, null, 1)}`,
            );
          world = explained;
          expect(await houses.brokenInvariants(world)).toEqual([]);
        }
      }),
      60,
      // What depends on chance cannot be made smaller: the same commands may come in another order.
      { endOnFailure: true },
    );
  });

  it('break no invariant when thirty of them meet on one or two titles', async () => {
    const storm = fc.array(meetingWishes, { minLength: 30, maxLength: 30 });
    await checked(
      fc.asyncProperty(
        beginnings,
        fc.array(openingWishes, { maxLength: 10, size: 'max' }),
        storm,
        async (beginning, first, wishes) => {
          const world = await tell(houses, await houses.begin(beginning), first);
          const happenings = await happen(houses, world, wishes);
          expect(happenings.filter(({ outcome }) => outcome.code.startsWith('fault'))).toEqual([]);
          expect(await houses.brokenInvariants(world)).toEqual([]);
        },
      ),
      30,
      { endOnFailure: true },
    );
  });

  it('meet each other: both of two that cannot both be done are tried, and copies are handed on', async () => {
    for (const kind of ['reserve', 'cancel', 'return', 'set units'] as const) expect(met.of(kind)).toBeGreaterThan(0);
    expect(met.of('cancel', 'reservation-ended')).toBeGreaterThan(0);
    expect(met.of('return', 'reservation-not-active')).toBeGreaterThan(0);
    expect(await houses.countOfEvents('reservation_activated')).toBeGreaterThan(0);
  });
});
