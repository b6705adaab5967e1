import { refreshDecision } from './refresh-policies.js';

describe('A refresh token', () => {
  it.each([
    [{ isLive: true, spentSecondsAgo: null, waitSeconds: null }, 'rotate'],
    [{ isLive: true, spentSecondsAgo: 0, waitSeconds: null }, 'repeat'],
    [{ isLive: true, spentSecondsAgo: 10, waitSeconds: null }, 'repeat'],
    [{ isLive: true, spentSecondsAgo: 10.1, waitSeconds: null }, 'end-session'],
    [{ isLive: false, spentSecondsAgo: null, waitSeconds: null }, 'refuse'],
    [{ isLive: false, spentSecondsAgo: 1, waitSeconds: null }, 'refuse'],
    [{ isLive: false, spentSecondsAgo: 99, waitSeconds: null }, 'refuse'],
    [{ isLive: true, spentSecondsAgo: null, waitSeconds: 7 }, 'wait'],
    [{ isLive: true, spentSecondsAgo: 9, waitSeconds: 7 }, 'repeat'],
    [{ isLive: true, spentSecondsAgo: 99, waitSeconds: 7 }, 'end-session'],
    [{ isLive: false, spentSecondsAgo: null, waitSeconds: 7 }, 'refuse'],
  ] as const)('of %j: %s', (token, decision) => expect(refreshDecision(token)).toBe(decision));
});
