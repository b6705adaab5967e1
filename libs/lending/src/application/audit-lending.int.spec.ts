import { Logger } from '@nestjs/common';
import { AdvisoryLocks, Settings, UnitOfWork } from '@holdfast/platform';
import { LendingApp } from '../../testing/lending-app.js';
import { LendingHouse } from '../../testing/lending-house.js';
import { makeScene, plants, type Scene } from '../../testing/planted-violations.js';
import { type LendingInvariantName, lendingInvariants } from '../infrastructure/lending-invariants.js';
import { AuditLending, LendingAuditor } from './audit-lending.js';
import type { LendingAuditView } from './lending-audit.view.js';
import { LendingAuditResults } from './lending-audit-results.js';
import { AuditRegularly } from './audit-regularly.js';

jest.setTimeout(60_000);

const names = Object.keys(lendingInvariants) as LendingInvariantName[];

/** What keeps its promises, and what somebody did to the tables by hand. */
describe('the audit of lending', () => {
  let house: LendingHouse;
  let scene: Scene;
  let errors: jest.SpyInstance;

  beforeAll(async () => {
    house = await LendingHouse.open();
    scene = await makeScene(house);
  });
  afterAll(() => house?.close());
  beforeEach(() => {
    errors = jest.spyOn(Logger.prototype, 'error').mockImplementation();
  });
  afterEach(() => errors.mockRestore());

  const audit = (): Promise<LendingAuditView> => house.ask(new AuditLending());
  const lines = (): string[] => errors.mock.calls.map(([line]) => String(line));

  /** In a transaction that is undone. */
  async function afterAPlant<T>(sql: string, look: () => T | Promise<T>): Promise<T> {
    const seen: T[] = [];
    const undone = house.get(UnitOfWork).run(async () => {
      await house.database.requireTransaction('a plant').client.query(sql);
      seen.push(await look());
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    return seen[0] as T;
  }
  const auditAfter = (sql: string): Promise<LendingAuditView> => afterAPlant(sql, audit);

  it.each(names)('finds a planted violation of %s, logs it, and counts it', async (invariant) => {
    const { says } = lendingInvariants[invariant];
    const before = house.get(LendingAuditResults).byInvariant.get(invariant)?.total ?? 0;
    const { violations } = await auditAfter(plants[says](scene));
    const found = violations.find((violation) => violation.invariant === invariant);
    expect(found).toMatchObject({ says, count: expect.any(Number), examples: expect.any(Array) });
    expect(found?.examples).toHaveLength(found?.count ?? 0);
    expect(found?.examples[0]).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(lines().filter((line) => line.startsWith(`${invariant} `) && line.includes(says))).toHaveLength(1);
    expect(lines()).toHaveLength(violations.length);
    const { last, total } = house.get(LendingAuditResults).byInvariant.get(invariant) ?? { last: 0, total: 0 };
    expect([last, total - before]).toEqual([found?.count, found?.count]);
  });

  it('finds nothing, and logs no error, where nothing was planted', async () => {
    expect(await audit()).toEqual({ checkedAt: house.clock.now().toISOString(), violations: [] });
    expect(lines()).toEqual([]);
    const { byInvariant, lastCheckedAt } = house.get(LendingAuditResults);
    expect([...byInvariant].map(([name, { last }]) => [name, last])).toEqual(names.map((name) => [name, 0]));
    expect(lastCheckedAt).toEqual(house.clock.now());
  });

  it('names the first hundred of what is wrong, and counts all', async () => {
    const { violations } = await auditAfter(
      `INSERT INTO inventory.titles (book_id, waiting) SELECT gen_random_uuid(), 1 FROM generate_series(1, 250)`,
    );
    expect(violations).toMatchObject([{ invariant: 'waiting-are-pending', count: 250 }]);
    const examples = violations[0]?.examples ?? [];
    expect(examples).toHaveLength(100);
    expect([...examples].sort()).toEqual(examples);
  });

  it('takes the end of a story for whole whose beginning is no longer kept', async () => {
    const old = `UPDATE platform.outbox SET published_at = now() - interval '8 days'`;
    const created = `subject = 'reservations/${scene.returned}' AND type = 'reservation_created'`;
    expect((await auditAfter(`${old} WHERE ${created}`)).violations).toEqual([]);
    const longAgo = `UPDATE lending.reservations SET updated_at = updated_at - interval '8 days'`;
    expect((await auditAfter(`${old}; ${longAgo}`)).violations).toEqual([]);
  });

  it('is not done twice at a time, and asks to try again', async () => {
    await house.get(UnitOfWork).run(async () => {
      const { client } = house.database.requireTransaction('a lock');
      await client.query('SELECT pg_advisory_xact_lock($1)', [AdvisoryLocks.lendingAudit]);
      const other = await LendingHouse.open(house.databaseUrl);
      try {
        await expect(other.ask(new AuditLending())).rejects.toMatchObject({ code: 'temporarily-unavailable' });
        expect(await other.get(LendingAuditor).audit()).toBeNull();
        expect(other.get(LendingAuditResults).lastCheckedAt).toBeNull();
      } finally {
        await other.close();
      }
    });
    expect((await audit()).violations).toEqual([]);
  });

  it('is given up when it takes too long', async () => {
    await house.database.execute(
      `INSERT INTO inventory.titles (book_id) SELECT gen_random_uuid() FROM generate_series(1, 20000)`,
    );
    await expect(house.get(LendingAuditor).audit(1)).rejects.toThrow('longer than 1 ms');
    await house.database.execute(
      `DELETE FROM inventory.titles t WHERE NOT EXISTS (SELECT FROM catalog.books b WHERE b.id = t.book_id)`,
    );
    expect((await audit()).violations).toEqual([]);
  });

  it('comes every hour, or as often as is set, by a job that logs what it finds', async () => {
    const job = new AuditRegularly(house.get(LendingAuditor), house.get(Settings)).jobs()[0];
    expect(job).toMatchObject({ name: 'lending-audit', everyMs: 3_600_000 });
    const plant = plants['the count of those who wait is right'](scene);
    await afterAPlant(plant, () => job?.run({}, new AbortController().signal));
    const sentence = 'the count of those who wait is right, but';
    expect(lines()).toEqual([
      `waiting-are-pending does not hold (1 times): ${sentence} ${scene.book}: 4 counted, 3 wait`,
    ]);
  });

  it('finds nothing while a storm goes on, nor after it', async () => {
    const books = await Promise.all([3, 2, 1].map((units) => house.book({ 'Main Library': units })));
    const customers = await house.customers(40);
    let isOver = false;
    const visits = customers.map(async (customer, nth) => {
      for (const book of books) {
        const { id, status } = await house.reserve(customer, book);
        if (status === 'active') await house.giveBack(id);
        else if (nth % 3 === 0) await house.cancel(id).catch(() => undefined);
      }
      if (nth % 10 === 0) await house.deactivate(customer);
      for (const { id, status } of (await house.list({ userId: customer, role: 'customer', sessionId: '' })).items)
        if (status === 'active') await house.giveBack(id).catch(() => undefined);
    });
    const storm = Promise.all(visits).finally(() => (isOver = true));
    let looks = 0;
    for (; !isOver; looks++) expect((await audit()).violations).toEqual([]);
    await storm;
    expect((await audit()).violations).toEqual([]);
    expect(looks).toBeGreaterThan(2);
  });
});

describe('GET /lending/audit', () => {
  let app: LendingApp;
  beforeAll(async () => {
    app = await LendingApp.open();
  });
  afterAll(() => app?.close());

  async function staff(role: string): Promise<string> {
    const account = { username: `one-${role}`, email: `${role}@staff.example`, password: 'keeps the house in order' };
    const { status } = await app.call('POST', '/users', { body: { ...account, role } });
    expect(status).toBe(201);
    return app.signIn(account.username, account.password);
  }

  it('is answered to admins and librarians', async () => {
    for (const as of [undefined, await staff('librarian')]) {
      const { status, body } = await app.call('GET', '/lending/audit', { as });
      expect([status, body]).toEqual([200, { checkedAt: expect.stringMatching(/^\d{4}-.*Z$/), violations: [] }]);
    }
  });

  it('is refused to everybody else', async () => {
    const others = [await staff('editor'), await staff('author'), (await app.reader()).token];
    for (const as of others) expect((await app.call('GET', '/lending/audit', { as })).status).toBe(403);
    expect((await app.app.inject({ method: 'GET', url: '/api/lending/audit' })).statusCode).toBe(401);
  });

  it('names what is wrong', async () => {
    const book = await app.book({ 'Main Library': 1 });
    await app.database.execute('UPDATE inventory.holdings SET reserved = 1 WHERE book_id = $1', [book]);
    const { body } = await app.call('GET', '/lending/audit');
    expect(body.violations).toEqual([
      {
        invariant: 'reserved-are-active',
        says: 'reserved units are the active reservations',
        count: 1,
        examples: [expect.stringMatching(new RegExp(`^${book} at [0-9a-f-]{36}: 1 reserved, 0 active$`))],
      },
    ]);
  });
});
