import type { FastifyReply, FastifyRequest } from 'fastify';
import { BodiesUnderWay } from './slow-clients.js';

describe('Bodies under way', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const requestOf = (raw: { complete: boolean; destroyed: boolean }): FastifyRequest => ({ raw }) as FastifyRequest;
  const reply = {} as FastifyReply;

  it('are forgotten soon when they have ended otherwise than well, long before their time is over', () => {
    const bodies = new BodiesUnderWay(60_000);
    const [bad, left, slow] = [0, 1, 2].map(() => ({ complete: false, destroyed: false }));
    if (!bad || !left || !slow) throw new Error('there are three');
    for (const raw of [slow, bad, left]) bodies.begin(requestOf(raw), reply);
    jest.advanceTimersByTime(5000);
    expect(bodies.count).toBe(3);
    bad.complete = true;
    left.destroyed = true;
    jest.advanceTimersByTime(1000);
    expect(bodies.count).toBe(1);
  });

  it('are none when the body is there', () => {
    const bodies = new BodiesUnderWay(60_000);
    bodies.begin(requestOf({ complete: true, destroyed: false }), reply);
    expect(bodies.count).toBe(0);
  });
});
