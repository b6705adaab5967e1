/** A change of a subject; `n` is its number in the order of the commits to this subject. */
export interface Change {
  subject: string;
  n: number;
}

/** A message about a change, as somebody outside took it from the exchange. */
export interface Told extends Change {
  id: string;
  sequence: string;
}

export interface Evidence {
  /** Every change that was committed. */
  committed: readonly Change[];
  /** Every message, in the order of arrival, with all that came again. Absent when nobody listened. */
  told?: readonly Told[];
  /** Every time that the consumer's handling was committed. */
  effects: readonly Change[];
}

/**
 * What was promised and not kept, in sentences; empty when all is well: nothing lost, nothing invented, each subject in
 * order (by the first arrival of each message), and each effect once.
 */
export function brokenPromises({ committed, told, effects }: Evidence): string[] {
  return [...(told ? aboutMessages(committed, told) : []), ...aboutEffects(committed, effects)];
}

/** How many messages came more than once. */
export const duplicatesAmong = (told: readonly Told[]): number => told.length - new Set(told.map(({ id }) => id)).size;

function aboutMessages(committed: readonly Change[], told: readonly Told[]): string[] {
  const broken: string[] = [];
  const known = new Set(committed.map(nameOf));
  const arrived = new Map<string, Told>();
  const latest = new Map<string, Told>();
  const ids = new Set<string>();
  for (const message of told) {
    if (ids.has(message.id)) continue;
    ids.add(message.id);
    const name = nameOf(message);
    if (!known.has(name)) broken.push(`${name} was told and never committed`);
    if (arrived.has(name)) broken.push(`${name} was told under two ids`);
    arrived.set(name, message);
    const before = latest.get(message.subject);
    if (before && before.n >= message.n) broken.push(`${name} was told after ${before.n}`);
    if (before && before.sequence >= message.sequence) broken.push(`${name} has a sequence that does not grow`);
    latest.set(message.subject, message);
  }
  return [...broken, ...committed.map(nameOf).flatMap((name) => (arrived.has(name) ? [] : `${name} was lost`))];
}

function aboutEffects(committed: readonly Change[], effects: readonly Change[]): string[] {
  const times = new Map(committed.map((change) => [nameOf(change), 0]));
  const broken: string[] = [];
  for (const name of effects.map(nameOf)) {
    const before = times.get(name);
    if (before === undefined) broken.push(`${name} had an effect and was never committed`);
    else times.set(name, before + 1);
  }
  for (const [name, count] of times) if (count !== 1) broken.push(`${name} had its effect ${count} times`);
  return broken;
}

export const nameOf = ({ subject, n }: Change): string => `${subject} #${n}`;
