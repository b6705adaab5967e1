import { signInDelay } from './sign-in-policies.js';

describe('The delay of a sign-in', () => {
  const delays = (quota: number, tries: number[]) => tries.map((used) => signInDelay([{ used, quota }]));

  it('is none for three tries of ten, then doubles up to half a second', () => {
    expect(delays(10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toEqual([0, 0, 0, 250, 500, 500, 500, 500, 500, 500]);
  });

  it('grows by the same shares of another limit', () => {
    expect(delays(100, [1, 30, 31, 40, 41, 51, 61, 71, 100])).toEqual([0, 0, 250, 250, 500, 500, 500, 500, 500]);
  });

  it('lets the first try pass at once, however small the limit', () => {
    expect([1, 2, 3, 1_000_000].map((quota) => signInDelay([{ used: 1, quota }]))).toEqual([0, 0, 0, 0]);
  });

  it('is the largest of several limits, and none without a limit', () => {
    expect(signInDelay([])).toBe(0);
    for (const limits of [
      [
        { used: 2, quota: 10 },
        { used: 31, quota: 100 },
      ],
      [
        { used: 4, quota: 10 },
        { used: 8, quota: 100 },
      ],
    ]) {
      expect(signInDelay(limits)).toBe(250);
    }
  });
});
