import { eventually } from '@holdfast/platform/testing';
import { brokenInvariants } from '../../libs/lending/testing/invariants.js';
import { addCustomers } from './support/session.js';
import { codeOf, codeOrNone, NO_ANSWER, Victim } from './support/victim.js';

jest.setTimeout(120_000);

const keyed = (key: string): Record<string, string> => ({ 'idempotency-key': key });

describe('a process that is killed, or cut off, between a decision and its answer', () => {
  let victim: Victim;

  beforeAll(async () => {
    victim = await Victim.start();
  });
  afterAll(() => victim?.close());
  afterEach(async () => {
    await victim.clear();
    expect(await brokenInvariants(victim.session)).toEqual([]);
  });

  it('killed after the next one was given the copy and before the commit: nobody has it twice, and the return can be said again', async () => {
    const { held, waiting } = await victim.handOver();
    await victim.obstacles.hold('at its event', 'reservation_activated');
    const answer = codeOrNone(victim.giveBack(held));
    await victim.obstacles.waiting();
    await victim.killAndStartAgain();
    expect(await answer).toBe(NO_ANSWER);
    // All of it or nothing: which of the two is for PostgreSQL to say, whose statement may have been the last.
    const whole = [
      ['active', 'pending'],
      ['completed', 'active'],
    ];
    expect(whole).toContainEqual([await victim.statusOf(held), await victim.statusOf(waiting)]);
    const again = codeOf(await victim.giveBack(held));
    expect(['200 completed', '409 /problems/reservation-not-active']).toContain(again);
    expect([await victim.statusOf(held), await victim.statusOf(waiting)]).toEqual(['completed', 'active']);
    expect(await victim.eventsOf(waiting)).toEqual(['reservation_created', 'reservation_activated']);
  });

  it('killed after the commit and before the answer: the copy is with the next one, once, and that is told', async () => {
    const { held, waiting } = await victim.handOver();
    await victim.obstacles.hold('at its commit', 'reservation_activated');
    const answer = codeOrNone(victim.giveBack(held));
    await victim.obstacles.waiting();
    victim.toPostgres.freeze();
    await victim.obstacles.letGo();
    await eventually(async () => expect(await victim.statusOf(waiting)).toBe('active'));
    await victim.killAndStartAgain();
    expect(await answer).toBe(NO_ANSWER);
    expect(codeOf(await victim.giveBack(held))).toBe('409 /problems/reservation-not-active');
    expect(await victim.eventsOf(held)).toEqual(['reservation_created', 'reservation_completed']);
    expect(await victim.eventsOf(waiting)).toEqual(['reservation_created', 'reservation_activated']);
    const unpublished = 'SELECT FROM platform.outbox WHERE subject = $1 AND published_at IS NULL';
    const untold = (): Promise<unknown> => victim.session.query(unpublished, [`reservations/${waiting}`]);
    await eventually(async () => expect(await untold()).toEqual([]), 20_000);
  });

  it('cut off from PostgreSQL at the commit: 503, nothing is changed, and the same request then succeeds', async () => {
    const { book } = await victim.handOver();
    const newcomer = await victim.customer();
    await victim.obstacles.hold('at its commit', 'reservation_created');
    const answer = codeOrNone(victim.reserve(newcomer, book));
    await victim.obstacles.cut(await victim.obstacles.waiting());
    expect(await answer).toBe('503 /problems/temporarily-unavailable');
    expect(await victim.reservationsOf(book)).toHaveLength(2);
    await victim.clear();
    expect((await victim.reserve(newcomer, book)).body).toMatchObject({ status: 'pending', queuePosition: 2 });
  });

  it('cut off from PostgreSQL after the commit: 503, for nobody can tell, and said again it is found to be done', async () => {
    const { book } = await victim.handOver();
    const newcomer = await victim.customer();
    await victim.obstacles.hold('at its commit', 'reservation_created');
    const answer = codeOrNone(victim.reserve(newcomer, book));
    await victim.obstacles.waiting();
    victim.toPostgres.freeze();
    await victim.obstacles.letGo();
    await eventually(async () => expect(await victim.reservationsOf(book)).toHaveLength(3));
    victim.toPostgres.heal();
    expect(await answer).toBe('503 /problems/temporarily-unavailable');
    expect(codeOf(await victim.reserve(newcomer, book))).toBe('409 /problems/already-reserved');
    expect(await victim.reservationsOf(book)).toHaveLength(3);
  });

  it('killed after the commit and before the answer: the same key gets the answer that was lost, though the copy is back', async () => {
    const book = await victim.bookWithOneCopy();
    const customer = await victim.customer();
    await victim.obstacles.hold('at its commit', 'reservation_created');
    const answer = codeOrNone(victim.reserve(customer, book, keyed('lost-answer')));
    await victim.obstacles.waiting();
    victim.toPostgres.freeze();
    await victim.obstacles.letGo();
    const [made] = await eventually(async () => {
      const found = await victim.reservationsOf(book);
      expect(found).toHaveLength(1);
      return found;
    });
    await victim.killAndStartAgain();
    expect(await answer).toBe(NO_ANSWER);
    expect(codeOf(await victim.giveBack(made!.id))).toBe('200 completed');
    const again = await victim.reserve(customer, book, keyed('lost-answer'));
    expect([again.status, again.body.id, again.body.status]).toEqual([201, made!.id, 'active']);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await victim.eventsOf(made!.id)).toEqual(['reservation_created', 'reservation_completed']);
    expect(await victim.reservationsOf(book)).toHaveLength(1);
  });

  it('killed before the commit: the same key is free, and the request is done once', async () => {
    const book = await victim.bookWithOneCopy();
    const customer = await victim.customer();
    await victim.obstacles.hold('at its event', 'reservation_created');
    const answer = codeOrNone(victim.reserve(customer, book, keyed('lost-request')));
    const pids = await victim.obstacles.waiting();
    await victim.obstacles.cut(pids);
    await victim.killAndStartAgain();
    expect([NO_ANSWER, '503 /problems/temporarily-unavailable']).toContain(await answer);
    expect(await victim.reservationsOf(book)).toEqual([]);
    const answers = [
      await victim.reserve(customer, book, keyed('lost-request')),
      await victim.reserve(customer, book, keyed('lost-request')),
    ];
    expect(answers.map(({ status, headers }) => [status, headers.get('idempotency-replayed')])).toEqual([
      [201, null],
      [201, 'true'],
    ]);
    expect(answers[0]!.body).toEqual(answers[1]!.body);
    expect(await victim.eventsOf(answers[0]!.body.id as string)).toEqual(['reservation_created']);
  });

  it('killed amid a storm on one title: whatever was answered is there, and whatever was not is whole or not at all', async () => {
    const { book, held } = await victim.handOver();
    const customers = await addCustomers(victim.session, 400);
    const answered: string[] = [];
    let unanswered = 0;
    const clients = Array.from({ length: 8 }, async () => {
      for (let customer = customers.pop(); customer && unanswered === 0; customer = customers.pop()) {
        const answer = await victim.reserve(customer, book).catch(() => void unanswered++);
        if (answer?.status === 201) answered.push(answer.body.id as string);
      }
    });
    await eventually(() => expect(answered.length).toBeGreaterThan(10));
    await victim.killAndStartAgain();
    await Promise.all(clients);
    expect(unanswered).toBeGreaterThan(0);
    const kept = new Set((await victim.reservationsOf(book)).map(({ id }) => id));
    expect(answered.filter((id) => !kept.has(id))).toEqual([]);
    const { body: queue } = await victim.staff.get(`/api/books/${book}/queue`);
    expect(queue.items.map((item: any) => item.position)).toEqual(queue.items.map((_: unknown, n: number) => n + 1));
    expect(codeOf(await victim.giveBack(held))).toBe('200 completed');
  });
});
