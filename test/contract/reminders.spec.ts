import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Clock, Outbox, Settings, UnitOfWork } from '@holdfast/platform';
import { eventually } from '@holdfast/platform/testing';
import { DueReminders, Reminders } from '../../libs/lending/src/application/reminders.js';
import { LendingHouse } from '../../libs/lending/testing/lending-house.js';
import { BullMqJobs } from '../../libs/platform/src/jobs/bullmq-jobs.js';
import type { Jobs } from '../../libs/platform/src/jobs/jobs.js';
import { describeWithPrivateRedis, type PrivateRedis } from './private-redis.js';

jest.setTimeout(60_000);

/** Reminders as two programs give them, whose schedules are in a Redis that is emptied. */
describeWithPrivateRedis('Reminders of two schedulers', (redis: () => PrivateRedis) => {
  let house: LendingHouse;
  const schedulers: Jobs[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    house = await LendingHouse.open();
    const reminders = new Reminders(
      house.get(DueReminders),
      house.get(UnitOfWork),
      house.get(Outbox),
      house.get(Settings),
      house.get(Clock),
    );
    const prefix = randomUUID();
    for (let n = 0; n < 2; n++) schedulers.push(new BullMqJobs(redis().url, prefix, 100));
    for (const jobs of schedulers) await jobs.work(reminders.jobs().map((job) => ({ ...job, everyMs: 50 })));
  });
  afterAll(async () => {
    for (const jobs of schedulers) await jobs.close();
    await house?.close();
    Logger.overrideLogger(['error', 'warn']);
  });

  /** So many active reservations whose end was yesterday. */
  async function overdue(count: number): Promise<string[]> {
    const book = await house.book({ 'Main Library': count });
    const customers = await house.customers(count);
    const places = await Promise.all(customers.map((customer) => house.reserve(customer, book, { days: 3 })));
    const ids = places.map(({ id }) => id);
    await house.database.query(
      `UPDATE lending.reservations
          SET requested_at = requested_at - interval '4 days', requested_until = requested_until - interval '4 days',
              starts_at = starts_at - interval '4 days', ends_at = ends_at - interval '4 days' WHERE id = ANY ($1::uuid[])`,
      [ids],
    );
    return ids;
  }
  const remindersOf = (ids: string[]) =>
    house.database.one<{ given: number; subjects: number }>(
      `SELECT count(*)::int AS given, count(DISTINCT subject)::int AS subjects FROM platform.outbox
        WHERE type = 'reservation_overdue' AND subject = ANY ($1)`,
      [ids.map((id) => `reservations/${id}`)],
    );

  it('come once each, also after Redis was emptied', async () => {
    const before = await overdue(60);
    await eventually(async () => expect(await remindersOf(before)).toEqual({ given: 60, subjects: 60 }), 15_000);
    await redis().do((client) => client.flushall());
    const after = await overdue(60);
    await eventually(async () => expect(await remindersOf(after)).toEqual({ given: 60, subjects: 60 }), 15_000);
    expect(await remindersOf(before)).toEqual({ given: 60, subjects: 60 });
  });
});
