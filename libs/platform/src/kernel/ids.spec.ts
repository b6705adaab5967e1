import { version } from 'uuid';
import { isId, newId } from './ids.js';

describe('a new id', () => {
  it('is a UUID of version 7 that no other is, and sorts after all that were made before', () => {
    const ids = Array.from({ length: 20_000 }, newId);
    expect(ids.every((id) => isId(id) && version(id) === 7)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(ids);
  });

  it('has the time in it, and goes on growing when the clock is set back', () => {
    const time = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    const [before, id, after] = [Date.now(), newId(), Date.now()];
    expect(time(id)).toBeGreaterThanOrEqual(before);
    expect(time(id)).toBeLessThanOrEqual(after);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(before - 60_000);
    const late = newId();
    clock.mockRestore();
    expect([late > id, time(late)]).toEqual([true, time(id)]);
  });

  it('shares no random part with its neighbours', () => {
    const tails = Array.from({ length: 1000 }, () => newId().slice(-12));
    expect(new Set(tails).size).toBe(1000);
  });
});
