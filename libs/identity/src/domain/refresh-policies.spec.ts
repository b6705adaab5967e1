import { refreshDecision } from './refresh-policies.js';

describe('A refresh token', () => {
  it.each([
    [{ isLive: true, spentSecondsAgo: null }, 'rotate'],
    [{ isLive: true, spentSecondsAgo: 0 }, 'repeat'],
    [{ isLive: true, spentSecondsAgo: 10 }, 'repeat'],
    [{ isLive: true, spentSecondsAgo: 10.1 }, 'end-session'],
    [{ isLive: false, spentSecondsAgo: null }, 'refuse'],
    [{ isLive: false, spentSecondsAgo: 1 }, 'refuse'],
    [{ isLive: false, spentSecondsAgo: 99 }, 'refuse'],
  ] as const)('of %j: %s', (token, decision) => expect(refreshDecision(token)).toBe(decision));
});
