import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { currentContext, runInContext } from '@holdfast/platform';
import { describeWith, eventually, testUrl } from '@holdfast/platform/testing';
import { Redis } from 'ioredis';
import { BullMqJobs } from '../../libs/platform/src/jobs/bullmq-jobs.js';
import { InProcessJobs } from '../../libs/platform/src/jobs/in-process-jobs.js';
import type { JobDefinition, JobPayload, Jobs } from '../../libs/platform/src/jobs/jobs.js';
import { compileSources, runProgram } from '../../libs/platform/src/testing/compiled-program.js';
import { describeWithPrivateRedis } from './private-redis.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn']));

/** A job that writes down its runs, and may be held in them. */
function recordedJob(definition: Partial<JobDefinition> = {}) {
  const runs: JobPayload[] = [];
  let release: () => void = () => undefined;
  let gate = Promise.resolve();
  const job: JobDefinition = {
    name: 'sweep',
    run: async (payload) => {
      runs.push(payload);
      await gate;
    },
    ...definition,
  };
  const hold = () => {
    gate = new Promise((resolve) => (release = resolve));
  };
  return { job, runs, hold, release: () => release() };
}

const hasRun = (runs: JobPayload[], times: number) =>
  eventually(() => expect(runs.length).toBeGreaterThanOrEqual(times), 10_000);

function jobsContract(makeJobs: () => Jobs) {
  let jobs: Jobs;
  beforeEach(() => {
    jobs = makeJobs();
  });
  afterEach(() => jobs.close());

  it('runs a job that is asked for, with its payload', async () => {
    const { job, runs } = recordedJob();
    await jobs.work([job]);
    await jobs.request('sweep', { importId: '7' });
    await hasRun(runs, 1);
    expect(runs).toEqual([{ importId: '7' }]);
  });

  it('runs it in the trace of who asked for it, and tells that it has run, and how it ended', async () => {
    const seen: unknown[] = [];
    const ended: string[] = [];
    jobs.onRun = ({ job, outcome, seconds }) => ended.push(`${job} ${outcome} ${seconds >= 0}`);
    const run = (payload: JobPayload) => {
      seen.push([payload.n, currentContext()?.traceparent]);
      return payload.n === '3' ? Promise.reject(new Error('no')) : Promise.resolve();
    };
    await jobs.work([{ name: 'sweep', run }]);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await runInContext({ requestId: 'r', traceparent }, () => jobs.request('sweep', { n: '1' }));
    await jobs.request('sweep', { n: '2' });
    await jobs.request('sweep', { n: '3' });
    await eventually(() => expect(ended).toEqual(['sweep done true', 'sweep done true', 'sweep failed true']), 10_000);
    expect(seen).toEqual([
      ['1', traceparent],
      ['2', undefined],
      ['3', undefined],
    ]);
  });

  it('keeps a request until somebody works', async () => {
    const { job, runs } = recordedJob();
    await jobs.request('sweep');
    await jobs.work([job]);
    await hasRun(runs, 1);
    expect(runs).toEqual([{}]);
  });

  it('lets the same request wait once, in whatever order its payload is written', async () => {
    const { job, runs } = recordedJob();
    for (let i = 0; i < 5; i++) await jobs.request('sweep', { a: '1', b: '2' });
    await jobs.request('sweep', { b: '2', a: '1' });
    await jobs.request('sweep', { a: '2', b: '2' });
    await jobs.work([job]);
    await jobs.request('sweep', { last: '' });
    await eventually(() => expect(runs).toContainEqual({ last: '' }));
    expect(runs).toHaveLength(3);
  });

  it('runs once more what is asked for while it runs: the run may have looked already', async () => {
    const { job, runs, hold, release } = recordedJob();
    hold();
    await jobs.work([job]);
    await jobs.request('sweep');
    await hasRun(runs, 1);
    for (let i = 0; i < 3; i++) await jobs.request('sweep');
    release();
    await hasRun(runs, 2);
    await jobs.request('sweep', { last: '' });
    await eventually(() => expect(runs).toContainEqual({ last: '' }));
    expect(runs).toEqual([{}, {}, { last: '' }]);
  });

  it('runs a job under the ids of the request that asks for it, and under none when nobody does', async () => {
    const seen: unknown[] = [];
    const run = (payload: JobPayload) => Promise.resolve(void seen.push([payload, currentContext()]));
    await jobs.work([{ name: 'sweep', run }]);
    const trail = { requestId: 'r-1', traceparent: '00-trace' };
    await runInContext({ ...trail, limits: [] }, () => jobs.request('sweep', { n: '1' }));
    await eventually(() => expect(seen).toEqual([[{ n: '1' }, trail]]));
    await jobs.request('sweep', { n: '2' });
    await eventually(() => expect(seen.slice(1)).toEqual([[{ n: '2' }, {}]]));
  });

  it('runs a job with an interval on its own, again and again', async () => {
    const { job, runs } = recordedJob({ everyMs: 50 });
    await jobs.work([job]);
    await hasRun(runs, 3);
  });

  it('does not let a job that throws stop the next run, and logs it under its name', async () => {
    const error = jest.spyOn(Logger.prototype, 'error');
    let runs = 0;
    const run = () => Promise.reject(new Error(`the disk is full (${++runs})`));
    await jobs.work([{ name: 'sweep', everyMs: 50, run }]);
    await eventually(() => expect(runs).toBeGreaterThan(2), 10_000);
    expect(error).toHaveBeenCalledWith('job sweep {} failed: the disk is full (1)', expect.stringContaining('Error'));
  });

  it('runs what failed again when the same is asked for once more', async () => {
    let tries = 0;
    const run = () => (++tries < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve());
    await jobs.work([{ name: 'sweep', run }]);
    for (const time of [1, 2, 3]) {
      await jobs.request('sweep', { id: '7' });
      await eventually(() => expect(tries).toBe(time), 10_000);
      await eventually(async () => expect(await jobs.states()).toMatchObject([{ waiting: 0, running: 0 }]), 10_000);
    }
    expect((await jobs.states())[0]!.failures).toHaveLength(2);
  });

  it('runs as many of a name at a time as it says', async () => {
    let now = 0;
    let most = 0;
    let done = 0;
    const run = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now--;
      done++;
    };
    await jobs.work([{ name: 'sweep', concurrency: 3, run }]);
    for (let i = 0; i < 12; i++) await jobs.request('sweep', { id: String(i) });
    await eventually(() => expect(done).toBe(12));
    expect(most).toBe(3);
  });

  it('works on the jobs of several calls, each under its own name', async () => {
    const one = recordedJob({ name: 'one' });
    const two = recordedJob({ name: 'two' });
    await jobs.work([one.job]);
    await jobs.work([two.job]);
    await jobs.request('two', { for: 'two' });
    await jobs.request('one', { for: 'one' });
    await Promise.all([hasRun(one.runs, 1), hasRun(two.runs, 1)]);
    expect([one.runs, two.runs]).toEqual([[{ for: 'one' }], [{ for: 'two' }]]);
  });

  it('runs a job outside the transaction of whoever asked for it', async () => {
    const transaction = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const run = () => Promise.resolve(void seen.push(transaction.getStore()));
    await jobs.work([{ name: 'sweep', run }]);
    await transaction.run('open', () => jobs.request('sweep'));
    await eventually(() => expect(seen).toEqual([undefined]));
  });

  it('on stop aborts those that run, waits for them, and takes no more', async () => {
    const events: string[] = [];
    const run = async (_: JobPayload, signal: AbortSignal) => {
      events.push('began');
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await new Promise((resolve) => setTimeout(resolve, 50));
      events.push('ended');
    };
    await jobs.work([{ name: 'sweep', run }]);
    await jobs.request('sweep', { id: '1' });
    await eventually(() => expect(events).toEqual(['began']));
    await jobs.request('sweep', { id: '2' });
    await jobs.stop();
    expect(events).toEqual(['began', 'ended']);
    await jobs.request('sweep', { id: '3' });
    await jobs.stop();
    expect(events).toEqual(['began', 'ended']);
  });

  it('tells what waits, runs and failed, with the reason, and what comes next', async () => {
    const { job, runs, hold, release } = recordedJob();
    hold();
    let failures = 0;
    const failing = { name: 'failing', run: () => Promise.reject(new Error(`the disk is full (${++failures})`)) };
    const { job: regular } = recordedJob({ name: 'regular', everyMs: 60_000 });
    await jobs.work([job, failing, regular]);
    const began = Date.now();
    await jobs.request('sweep', { id: '1' });
    await hasRun(runs, 1);
    await jobs.request('sweep', { id: '2' });
    for (let i = 1; i <= 12; i++) {
      await jobs.request('failing', { id: String(i) });
      await eventually(() => expect(failures).toBe(i), 10_000);
    }
    await eventually(async () => {
      const [broken, regularly, swept] = await jobs.states();
      expect(swept).toEqual({ name: 'sweep', waiting: 1, running: 1, everyMs: null, nextAt: null, failures: [] });
      expect(regularly).toMatchObject({ name: 'regular', waiting: 0, running: 0, everyMs: 60_000, failures: [] });
      expect(regularly!.nextAt!.getTime()).toBeGreaterThan(began);
      expect(broken).toMatchObject({ name: 'failing', waiting: 0, running: 0 });
      expect(broken!.failures).toHaveLength(10);
      expect(broken!.failures[0]).toMatchObject({ payload: { id: '12' }, reason: 'the disk is full (12)' });
      expect(broken!.failures[0]!.failedAt.getTime()).toBeGreaterThanOrEqual(began - 1000);
    }, 10_000);
    release();
    await eventually(
      async () => expect(await jobs.states()).toMatchObject([{}, {}, { waiting: 0, running: 0 }]),
      10_000,
    );
  });

  it('goes on with what waited when it works again after a stop', async () => {
    const { job, runs } = recordedJob();
    await jobs.work([job]);
    await jobs.stop();
    await jobs.request('sweep');
    await jobs.work([job]);
    await hasRun(runs, 1);
  });
}

describe('jobs in this process', () => {
  jobsContract(() => new InProcessJobs());
});

describeWith('redis', 'jobs on BullMQ', () => {
  const prefix = `holdfast-test-${randomUUID()}`;
  afterAll(async () => {
    const redis = new Redis(testUrl('redis'), { disconnectTimeout: 100 });
    for await (const keys of redis.scanStream({ match: `${prefix}*` }))
      if (keys.length > 0) await redis.unlink(...keys);
    redis.disconnect();
  });

  let count = 0;
  jobsContract(() => new BullMqJobs(testUrl('redis'), `${prefix}-${count++}`));

  it('has one schedule though many processes start at the same moment, and tells of it to one that only asks', async () => {
    const own = `${prefix}-together`;
    const processes = Array.from({ length: 8 }, () => new BullMqJobs(testUrl('redis'), own));
    let runs = 0;
    const run = () => Promise.resolve(void runs++);
    await Promise.all(processes.map((jobs) => jobs.work([{ name: 'sweep', everyMs: 3_600_000, run }])));
    await eventually(() => expect(runs).toBe(1), 10_000);
    const asking = new BullMqJobs(testUrl('redis'), own);
    const redis = new Redis(testUrl('redis'), { disconnectTimeout: 100 });
    try {
      await eventually(async () =>
        expect(await asking.states()).toMatchObject([{ name: 'sweep', waiting: 0, running: 0, everyMs: 3_600_000 }]),
      );
      expect(await redis.zcard(`${own}-bull:sweep:repeat`)).toBe(1);
      expect(await redis.zcard(`${own}-bull:sweep:delayed`)).toBe(1);
      expect(runs).toBe(1);
    } finally {
      redis.disconnect();
      await Promise.all([asking, ...processes].map((jobs) => jobs.close()));
    }
  });

  describe('whose process is killed in the middle of a run', () => {
    const LOCK_MS = 1000;
    /** Begins a run and never ends it. */
    const victim = `
      import { BullMqJobs } from './jobs/bullmq-jobs.js';
      const [url, prefix] = process.argv.slice(1);
      const run = () => { process.stdout.write('began\\n'); return new Promise(() => undefined); };
      await new BullMqJobs(url, prefix, 30_000, ${LOCK_MS}).work([{ name: 'sweep', run }]);
      setInterval(() => undefined, 1000);
    `;
    let folder: string;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'holdfast-jobs-'));
      await compileSources(join(__dirname, '../../libs/platform/src'), join(folder, 'program'));
    }, 60_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const killInARun = async (own: string): Promise<void> => {
      const program = await runProgram(join(folder, 'program'), victim, testUrl('redis'), own);
      expect(program.said).toBe('began');
      await program.kill();
    };

    it('are given to another process', async () => {
      const own = `${prefix}-killed`;
      const jobs = new BullMqJobs(testUrl('redis'), own, 30_000, LOCK_MS);
      try {
        await jobs.request('sweep', { id: '7' });
        await killInARun(own);
        expect(await jobs.states()).toMatchObject([{ name: 'sweep', running: 1 }]);
        const { job, runs } = recordedJob();
        await jobs.work([job]);
        await eventually(() => expect(runs).toEqual([{ id: '7' }]), 20_000);
        await eventually(async () => expect(await jobs.states()).toMatchObject([{ running: 0, failures: [] }]), 10_000);
      } finally {
        await jobs.close();
      }
    }, 60_000);

    it('have failed, with the reason, when the second process dies of them as well', async () => {
      const own = `${prefix}-deadly`;
      const jobs = new BullMqJobs(testUrl('redis'), own, 30_000, LOCK_MS);
      try {
        await jobs.request('sweep', { id: '7' });
        await killInARun(own);
        await killInARun(own);
        const { job, runs } = recordedJob();
        await jobs.work([job]);
        const reason = expect.stringContaining('stalled');
        await eventually(
          async () =>
            expect(await jobs.states()).toMatchObject([{ running: 0, failures: [{ payload: { id: '7' }, reason }] }]),
          20_000,
        );
        expect(runs).toEqual([]);
      } finally {
        await jobs.close();
      }
    }, 60_000);
  });

  it('shares the work among processes, and runs a schedule once for all of them', async () => {
    const own = `${prefix}-shared`;
    const runs: string[] = [];
    const processes = ['a', 'b', 'c'].map((name) => ({ name, jobs: new BullMqJobs(testUrl('redis'), own) }));
    const start = Date.now();
    for (const { name, jobs } of processes) {
      await jobs.work([{ name: 'sweep', everyMs: 200, run: () => Promise.resolve(void runs.push(name)) }]);
    }
    await hasRun(runs as unknown as JobPayload[], 5);
    expect(runs.length).toBeLessThanOrEqual((Date.now() - start) / 200 + 2);
    await Promise.all(processes.map(({ jobs }) => jobs.close()));
  });
});

describeWithPrivateRedis('jobs on BullMQ, when Redis fails', (redis) => {
  let jobs: BullMqJobs;
  beforeEach(async () => {
    jobs = new BullMqJobs(redis().url, randomUUID(), 200);
    await eventually(() => expect(jobs.isReady()).toBe(true));
  });
  afterEach(() => jobs.close());

  it('puts its schedules back after Redis was emptied', async () => {
    const { job, runs } = recordedJob({ everyMs: 100 });
    await jobs.work([job]);
    await hasRun(runs, 2);
    await redis().do((client) => client.flushall());
    await hasRun(runs, runs.length + 4);
    await eventually(async () => expect(await jobs.states()).toMatchObject([{ name: 'sweep', everyMs: 100 }]), 10_000);
  });

  it('has one schedule again after Redis was emptied, though many processes put it back', async () => {
    const prefix = randomUUID();
    const processes = Array.from({ length: 6 }, () => new BullMqJobs(redis().url, prefix, 200));
    const { job, runs } = recordedJob({ everyMs: 3_600_000 });
    try {
      await Promise.all(processes.map((one) => one.work([job])));
      await hasRun(runs, 1);
      await redis().do((client) => client.flushall());
      await hasRun(runs, 2);
      const looks = jest.spyOn(
        BullMqJobs.prototype as unknown as { putSchedulersBack(): Promise<void> },
        'putSchedulersBack',
      );
      await eventually(() => expect(looks.mock.calls.length).toBeGreaterThan(2 * processes.length));
      looks.mockRestore();
      const counts = await redis().do((client) =>
        Promise.all(['repeat', 'delayed'].map((kind) => client.zcard(`${prefix}-bull:sweep:${kind}`))),
      );
      expect([...counts, runs.length]).toEqual([1, 1, 2]);
    } finally {
      await Promise.all(processes.map((one) => one.close()));
    }
  });

  it('goes on after Redis was stopped, lost everything and came back', async () => {
    const { job, runs } = recordedJob({ everyMs: 100 });
    await jobs.work([job]);
    await hasRun(runs, 2);
    await redis().stop();
    await redis().start();
    await hasRun(runs, runs.length + 4);
    await jobs.request('sweep', { id: '1' });
    await eventually(() => expect(runs).toContainEqual({ id: '1' }), 10_000);
  });

  it('does not keep who asks for the states waiting while Redis is away or hangs', async () => {
    for (const [away, back] of [
      [() => redis().freeze(), () => redis().thaw()],
      [() => redis().stop(), () => redis().start()],
    ] as const) {
      await away();
      try {
        const start = performance.now();
        await expect(jobs.states()).rejects.toThrow();
        expect(performance.now() - start).toBeLessThan(5000);
      } finally {
        await back();
      }
      await eventually(() => expect(jobs.isReady()).toBe(true), 10_000);
    }
  });

  it('answers a request at once while Redis is stopped, and says so in one line', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    await jobs.request('sweep');
    await redis().stop();
    await eventually(() => expect(jobs.isReady()).toBe(false));
    warn.mockClear();
    const start = performance.now();
    for (let i = 0; i < 50; i++) await jobs.request('sweep', { id: String(i) });
    expect(performance.now() - start).toBeLessThan(5000);
    expect(warn.mock.calls.filter(([line]) => String(line).includes('no job can be asked for'))).toHaveLength(1);
    await redis().start();
  });

  it('gives a request up after a moment while Redis hangs, and takes requests again when it wakes', async () => {
    const { job, runs } = recordedJob();
    await jobs.work([job]);
    redis().freeze();
    try {
      const start = performance.now();
      await jobs.request('sweep', { id: '1' });
      expect(performance.now() - start).toBeLessThan(5000);
    } finally {
      redis().thaw();
    }
    await eventually(async () => {
      await jobs.request('sweep', { id: '2' });
      expect(runs).toContainEqual({ id: '2' });
    }, 10_000);
  });

  it('begins to work though Redis is not there yet', async () => {
    await redis().stop();
    const early = new BullMqJobs(redis().url, randomUUID(), 200);
    const { job, runs } = recordedJob({ everyMs: 100 });
    await early.work([job]);
    await redis().start();
    await hasRun(runs, 2);
    await early.close();
  });

  describe('stops at once, after those that ran have ended,', () => {
    const events: string[] = [];
    const run = async (_: JobPayload, signal: AbortSignal) => {
      events.push('began');
      await new Promise((resolve) => signal.addEventListener('abort', () => setTimeout(resolve, 50)));
      events.push('ended');
    };
    beforeEach(async () => {
      events.length = 0;
      await jobs.work([{ name: 'sweep', run }]);
      await jobs.request('sweep');
      await eventually(() => expect(events).toEqual(['began']));
    });
    afterEach(async () => {
      await redis().start();
    });

    it('while Redis is away', async () => {
      await redis().stop();
      await eventually(() => expect(jobs.isReady()).toBe(false));
      const start = performance.now();
      await jobs.stop();
      expect(performance.now() - start).toBeLessThan(10_000);
      expect(events).toEqual(['began', 'ended']);
    });

    it('when Redis goes away before it has heard of their end', async () => {
      redis().freeze();
      const start = performance.now();
      const stopping = jobs.stop();
      await eventually(() => expect(events).toEqual(['began', 'ended']));
      await redis().stop();
      await stopping;
      expect(performance.now() - start).toBeLessThan(10_000);
    });
  });

  it('lets go of its connections within seconds when it closes while Redis hangs', async () => {
    const { job, runs } = recordedJob();
    await jobs.work([job]);
    await jobs.request('sweep');
    await hasRun(runs, 1);
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const open = sockets(); // of other specs in this process, too
    redis().freeze();
    try {
      await jobs.close();
      await eventually(() => expect(sockets()).toBeLessThanOrEqual(open - 2), 1000);
    } finally {
      redis().thaw();
    }
  });
});
