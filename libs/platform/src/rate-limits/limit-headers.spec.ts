import type { FastifyReply } from 'fastify';
import { runInContext } from '../http/request-context.js';
import type { RequestContext } from '../http/request-context.js';
import { sendLimits } from './limit-headers.js';
import { MemoryRateLimiter } from './memory-rate-limiter.js';
import type { LimitState } from './rate-limit.js';

const burst = { name: 'burst', quota: 2, windowSeconds: 60 };
const daily = { name: 'daily', quota: 100, windowSeconds: 86_400 };

function headersOf(states: readonly LimitState[]): Record<string, string> {
  const sent: Record<string, string> = {};
  const reply = { header: (name: string, value: string) => (sent[name] = value) };
  sendLimits(reply as unknown as FastifyReply, states);
  return sent;
}

describe('The headers of rate limits', () => {
  let now = 0;
  let context: RequestContext;
  let limiter: MemoryRateLimiter;
  beforeEach(() => {
    now = 0;
    context = { requestId: 'one' };
    limiter = new MemoryRateLimiter(() => now);
  });
  const take = (...limits: (typeof burst)[]) =>
    runInContext(context, () => limiter.take(...limits.map((limit) => ({ limit, key: 'reader' }))));
  const sent = () => headersOf(context.limits ?? []);

  it('are lists of structured fields (RFC 9651) that name each limit by a string', async () => {
    await take(burst, daily);
    expect(sent()).toEqual({
      'RateLimit-Policy': '"burst";q=2;w=60, "daily";q=100;w=86400',
      RateLimit: '"burst";r=1;t=60, "daily";r=99;t=86400',
    });
  });

  it('tell of a refused request that nothing is left, and for how long', async () => {
    await take(burst);
    now = 10_500;
    await take(burst);
    now = 20_000;
    context.limits = [];
    await expect(take(burst)).rejects.toMatchObject({ retryAfterSeconds: 40 });
    expect(sent().RateLimit).toBe('"burst";r=0;t=40');
  });

  it('have nothing below zero when a quota was made smaller', async () => {
    await take({ ...burst, quota: 5 });
    await take({ ...burst, quota: 5 });
    now = 1000;
    await take({ ...burst, quota: 5 });
    context.limits = [];
    await expect(take(burst)).rejects.toMatchObject({ retryAfterSeconds: 59 });
    expect(sent().RateLimit).toBe('"burst";r=0;t=59');
  });

  it('show a use that was given back as not made', async () => {
    const taken = await take(burst);
    await taken.giveBack();
    expect(sent().RateLimit).toBe('"burst";r=2;t=60');
    await taken.giveBack();
    expect(sent().RateLimit).toBe('"burst";r=2;t=60');
  });

  it('name a limit once, as it stands at last, when the request was counted under it twice', async () => {
    await take(burst, daily);
    await take(burst);
    expect(sent()).toEqual({
      'RateLimit-Policy': '"burst";q=2;w=60, "daily";q=100;w=86400',
      RateLimit: '"burst";r=0;t=60, "daily";r=99;t=86400',
    });
  });
});
