import { expectAsInModel } from './expected.js';
import type { Houses, Outcome, Sight } from './houses.js';
import { after } from './consequences.js';
import { refusals } from './refusals.js';
import { actionOf, type Wish } from './wishes.js';
import { type Action, claimOf, Contradiction, type Seen, type World } from './world.js';

/** How often what came out of which action: shows that a proof met what it is about. */
export class Tally {
  private readonly counts = new Map<string, number>();

  add(action: Action, { code }: Outcome): void {
    const what = `${action.does}: ${code}`;
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  of(action: Action['does'], code = 'done'): number {
    return this.counts.get(`${action}: ${code}`) ?? 0;
  }
}

export const lookAt = async (houses: Houses, books: readonly string[]): Promise<Map<string, Sight>> =>
  new Map(await Promise.all(books.map(async (book) => [book, await houses.look(book)] as const)));

export const lookAtAll = (houses: Houses, world: World): Promise<Map<string, Sight>> =>
  lookAt(houses, Object.keys(world.titles));

/** The books that an action can be about. */
export function booksOf(world: World, action: Action): string[] {
  if ('book' in action) return [action.book];
  if ('id' in action) return [claimOf(world, action.id).book];
  return Object.keys(world.titles);
}

/** From the sights of all books: the library that a reservation shows. */
export function seenIn(sights: ReadonlyMap<string, Sight>): Seen {
  const libraries = new Map(
    [...sights.values()].flatMap(({ reservations }) =>
      reservations.map(({ id, library }) => [id, library?.name ?? null]),
    ),
  );
  return (id) => libraries.get(id) ?? null;
}

/** The world that an action with this outcome leads to. @throws Contradiction when it cannot have that outcome */
export function explain(world: World, action: Action, { code, id }: Outcome, seen: Seen): World {
  const reasons = refusals(world, action);
  if (code === 'done' && reasons.length === 0) return after(world, id ? ({ ...action, id } as Action) : action, seen);
  if (reasons.includes(code)) return world;
  const allowed = reasons.length === 0 ? 'done' : reasons.join(' or ');
  throw new Contradiction(`${JSON.stringify(action)} came out as ${code}, not as ${allowed}`);
}

/** Does what the wishes say one after the other, each explained by the model. Wishes about nothing are left out. */
export async function tell(houses: Houses, world: World, wishes: readonly Wish[]): Promise<World> {
  for (const wish of wishes) {
    const action = actionOf(wish, world);
    if (!action) continue;
    const outcome = await houses.perform(action);
    world = explain(world, action, outcome, seenIn(await lookAt(houses, booksOf(world, action))));
  }
  return world;
}

/** Something that happened, with what came of it. */
export interface Happening {
  action: Action;
  outcome: Outcome;
}

/**
 * An order in which things that happened at once could have happened one after the other, such that each comes out as it
 * did and all is in the end as it is seen to be; gives the world after it. Null: there is none, so the things got mixed up.
 */
export function orderThatExplains(
  world: World,
  happenings: readonly Happening[],
  sights: ReadonlyMap<string, Sight>,
): World | null {
  if (happenings.length === 0) return isAsSeen(world, sights) ? world : null;
  const seen = seenIn(sights);
  for (const [place, { action, outcome }] of happenings.entries()) {
    const next = unlessContradicted(() => explain(world, action, outcome, seen));
    const end = next && orderThatExplains(next, happenings.toSpliced(place, 1), sights);
    if (end) return end;
  }
  return null;
}

function unlessContradicted<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof Contradiction) return null;
    throw error;
  }
}

function isAsSeen(world: World, sights: ReadonlyMap<string, Sight>): boolean {
  try {
    for (const [book, sight] of sights) expectAsInModel(world, book, sight);
    return true;
  } catch {
    return false;
  }
}
