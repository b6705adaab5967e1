import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { describeWith, eventually, FaultProxy, testUrl } from '@holdfast/platform/testing';
import type { Broadcast } from '../../libs/platform/src/broadcast/broadcast.js';
import { LocalBroadcast } from '../../libs/platform/src/broadcast/local-broadcast.js';
import { RedisBroadcast } from '../../libs/platform/src/broadcast/redis-broadcast.js';
import { describeWithPrivateRedis } from './private-redis.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn']));

/** Tests of what is told must not fail because the machine is busy; only those of a hanging Redis are in a hurry. */
const PATIENCE_MS = 2000;

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** What was heard on a channel. */
function heardOn(broadcast: Broadcast, channel: string): string[] {
  const heard: string[] = [];
  broadcast.listen(channel, (message) => heard.push(message));
  return heard;
}

/** Tells until it is heard: from then on the listener is there. */
async function joined(teller: Broadcast, listener: Broadcast): Promise<void> {
  const channel = `joined-${randomUUID()}`;
  const heard = heardOn(listener, channel);
  await eventually(async () => {
    await teller.tell(channel, 'anybody there?');
    expect(heard.length).toBeGreaterThan(0);
  }, 10_000);
}

function broadcastContract(open: () => Promise<Broadcast>) {
  let broadcast: Broadcast;
  beforeEach(async () => {
    broadcast = await open();
  });
  afterEach(() => broadcast.close());

  it('tells all who listen, the teller too, and nobody on another channel', async () => {
    const [one, other, elsewhere] = [heardOn(broadcast, 'news'), heardOn(broadcast, 'news'), heardOn(broadcast, 'new')];
    await joined(broadcast, broadcast);
    await broadcast.tell('news', 'a book has come');
    await eventually(() => expect([one, other]).toEqual([['a book has come'], ['a book has come']]));
    expect(elsewhere).toEqual([]);
  });

  it('keeps the order of a thousand messages', async () => {
    const heard = heardOn(broadcast, 'numbers');
    await joined(broadcast, broadcast);
    const told = Array.from({ length: 1000 }, (_, i) => String(i));
    await Promise.all(told.map((message) => broadcast.tell('numbers', message)));
    await eventually(() => expect(heard).toHaveLength(1000));
    expect(heard).toEqual(told);
  });

  it.each(['', 'Brontë 🦉', '{"a":"\\u0000"}', 'x'.repeat(100_000)])('passes any text on as it is', async (message) => {
    const heard = heardOn(broadcast, 'text');
    await joined(broadcast, broadcast);
    await broadcast.tell('text', message);
    await eventually(() => expect(heard).toEqual([message]));
  });

  it('goes on when a listener throws', async () => {
    broadcast.listen('news', () => {
      throw new Error('a bad listener');
    });
    const heard = heardOn(broadcast, 'news');
    await joined(broadcast, broadcast);
    await broadcast.tell('news', 'one');
    await broadcast.tell('news', 'two');
    await eventually(() => expect(heard).toEqual(['one', 'two']));
  });

  it('tells nobody after it was closed, and does not throw', async () => {
    const heard = heardOn(broadcast, 'news');
    await joined(broadcast, broadcast);
    await broadcast.close();
    await broadcast.tell('news', 'too late');
    expect(heard).toEqual([]);
  });
}

describe('the broadcast within a process', () => {
  broadcastContract(() => Promise.resolve(new LocalBroadcast()));
});

describeWith('redis', 'the broadcast through Redis', () => {
  broadcastContract(() => Promise.resolve(new RedisBroadcast(testUrl('redis'), randomUUID(), PATIENCE_MS)));
});

describeWithPrivateRedis('the broadcast through Redis, in two processes', (redis) => {
  const opened: RedisBroadcast[] = [];
  let proxy: FaultProxy;
  let here: RedisBroadcast;
  let there: RedisBroadcast;
  let lost: jest.Mock;
  let heard: string[];
  const open = (url: string, prefix: string, answerMs = PATIENCE_MS) => {
    const one = new RedisBroadcast(url, prefix, answerMs);
    opened.push(one);
    return one;
  };

  beforeEach(async () => {
    const prefix = randomUUID();
    proxy = await FaultProxy.to('127.0.0.1', Number(new URL(redis().url).port));
    here = open(redis().url, prefix);
    there = open(`redis://127.0.0.1:${proxy.port}`, prefix);
    lost = jest.fn();
    heard = [];
    there.listen('news', (message) => heard.push(message), lost);
    await joined(here, there);
    await eventually(() => expect(lost).toHaveBeenCalledTimes(1));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
    await proxy.close();
  });

  const arrives = (message: string) =>
    eventually(async () => {
      await here.tell('news', message);
      expect(heard).toContain(message);
    }, 15_000);

  it('reaches the other one within milliseconds', async () => {
    let arrived: () => void = () => undefined;
    there.listen('echo', () => arrived());
    await joined(here, there);
    const took: number[] = [];
    for (let i = 0; i < 100; i++) {
      const arrival = new Promise<void>((resolve) => (arrived = resolve));
      took.push(await millisecondsOf(() => Promise.all([here.tell('echo', ''), arrival])));
    }
    expect(took.sort((one, other) => one - other)[50]).toBeLessThan(500);
  });

  it('does not reach who has another prefix', async () => {
    const stranger = open(redis().url, randomUUID());
    const overheard = heardOn(stranger, 'news');
    await joined(stranger, stranger);
    await arrives('not for strangers');
    await joined(stranger, stranger);
    expect(overheard).toEqual([]);
  });

  it('says that something may be lost once it hears again after a broken connection', async () => {
    proxy.cut();
    await eventually(() => expect(lost).toHaveBeenCalledTimes(2), 10_000);
    await arrives('after the break');
  });

  it('hears again after Redis was stopped and started, and knows of the gap', async () => {
    await redis().stop();
    expect(await millisecondsOf(() => here.tell('news', 'into the void'))).toBeLessThan(3000);
    await redis().start();
    await arrives('after the restart');
    expect(lost.mock.calls.length).toBeGreaterThan(1);
    expect(heard).not.toContain('into the void');
  });

  it('notices a connection on which nothing arrives any more, though nobody has closed it', async () => {
    proxy.freeze();
    await here.tell('news', 'unheard');
    const before = proxy.connections;
    await eventually(() => expect(proxy.connections).toBeGreaterThan(before), 10_000);
    proxy.heal();
    await arrives('after the silence');
    expect(lost.mock.calls.length).toBeGreaterThan(1);
    expect(heard).not.toContain('unheard');
  });

  it('waits some ten milliseconds for a Redis that hangs, and hears again when it wakes', async () => {
    const hasty = open(redis().url, randomUUID(), 50);
    await joined(hasty, hasty);
    redis().freeze();
    try {
      const spent = await millisecondsOf(() => hasty.tell('news', 'slow'));
      expect(spent).toBeGreaterThan(40);
      expect(spent).toBeLessThan(3000);
    } finally {
      redis().thaw();
    }
    await arrives('awake');
  });

  it('starts without Redis, and hears once it is there', async () => {
    await redis().stop();
    const early = open(redis().url, randomUUID());
    const news = heardOn(early, 'news');
    await early.tell('news', 'too early');
    await redis().start();
    await joined(early, early);
    await early.tell('news', 'in time');
    await eventually(() => expect(news).toEqual(['in time']));
  });

  it('tries until it is let in when Redis refuses to let it listen, and the process lives on', async () => {
    await redis().do((client) => client.acl('SETUSER', 'default', '-subscribe'));
    proxy.cut();
    const warn = jest.spyOn(Logger.prototype, 'warn');
    await eventually(
      () => expect(warn).toHaveBeenCalledWith(expect.stringMatching('cannot hear other processes')),
      10_000,
    );
    const before = lost.mock.calls.length;
    await redis().do((client) => client.acl('SETUSER', 'default', '+subscribe'));
    await arrives('let in');
    expect(lost.mock.calls.length).toBe(before + 1);
    warn.mockRestore();
  });
});
