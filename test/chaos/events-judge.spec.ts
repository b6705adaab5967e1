import { firstArrivals } from '../e2e/support/broker-tap.js';
import { brokenPromises, duplicatesAmong, type Evidence, type Told } from './support/events-judge.js';

const told = (subject: string, n: number, place: number): Told => ({
  subject,
  n,
  id: `id-${subject}-${n}`,
  sequence: `0${place}`,
});

/** Two subjects; the second message of the first came again, later. */
const honest = (): Required<Evidence> & { told: Told[] } => ({
  committed: [
    { subject: 'a', n: 0 },
    { subject: 'a', n: 1 },
    { subject: 'b', n: 0 },
  ],
  told: [told('a', 0, 1), told('a', 1, 2), told('b', 0, 3), told('a', 1, 2)],
  effects: [
    { subject: 'b', n: 0 },
    { subject: 'a', n: 0 },
    { subject: 'a', n: 1 },
  ],
});

describe('The judge of events', () => {
  it('has no complaint when all was told in order and happened once, whatever came again', () => {
    expect(brokenPromises(honest())).toEqual([]);
    expect(duplicatesAmong(honest().told)).toBe(1);
  });

  it.each<[string, (evidence: ReturnType<typeof honest>) => Partial<Evidence>, string]>([
    [
      'a message that is lost',
      ({ told: all }) => ({ told: all.filter(({ subject }) => subject !== 'b') }),
      'b #0 was lost',
    ],
    ['a ghost', ({ told: all }) => ({ told: [...all, told('b', 1, 4)] }), 'b #1 was told and never committed'],
    [
      'a change that is told again under another id',
      ({ told: all }) => ({ told: [...all, { ...told('b', 0, 4), id: 'other' }] }),
      'b #0 was told under two ids',
    ],
    [
      'the wrong order',
      ({ told: [first, second, ...rest] }) => ({ told: [second!, first!, ...rest] }),
      'a #0 was told after 1',
    ],
    [
      'a sequence that falls',
      ({ told: [first, ...rest] }) => ({ told: [{ ...first!, sequence: '09' }, ...rest] }),
      'a #1 has a sequence that does not grow',
    ],
    ['an effect that is missing', ({ effects }) => ({ effects: effects.slice(1) }), 'b #0 had its effect 0 times'],
    [
      'an effect that is doubled',
      ({ effects }) => ({ effects: [...effects, effects[0]!] }),
      'b #0 had its effect 2 times',
    ],
    [
      'an effect of nothing',
      ({ effects }) => ({ effects: [...effects, { subject: 'c', n: 7 }] }),
      'c #7 had an effect and was never committed',
    ],
  ])('sees %s', (_, plant, complaint) => {
    const evidence = honest();
    expect(brokenPromises({ ...evidence, ...plant(evidence) })).toContain(complaint);
  });
});

describe('The first arrivals', () => {
  const arriving = (...ids: string[]): string[] => firstArrivals(ids.map((id) => ({ id }))).map(({ id }) => id);

  it('are each event once, whatever came again', () =>
    expect(arriving('1', '2', '1', '2', '3')).toEqual(['1', '2', '3']));

  it('show a wrong order that what came again puts right', () => expect(arriving('2', '1', '2')).toEqual(['2', '1']));
});
