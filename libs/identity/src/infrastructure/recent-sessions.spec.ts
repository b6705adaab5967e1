import { newId } from '@holdfast/kernel';
import type { Broadcast, Database, UnitOfWork } from '@holdfast/platform';
import { RecentSessions } from './recent-sessions.js';

interface Question {
  answer: (role: string | null) => void;
  fail: (error: Error) => void;
}

/** A database that answers when the spec says so. */
class SlowDatabase {
  readonly questions: Question[] = [];

  prepared(): Promise<{ role: string }[]> {
    return new Promise((resolve, reject) => {
      this.questions.push({ answer: (role) => resolve(role === null ? [] : [{ role }]), fail: reject });
    });
  }
}

/** One that every spec holds in its hand: what is told is noted, what others tell is said by the spec. */
class Wire {
  readonly told: string[] = [];
  hear: (message: string) => void = () => undefined;
  lost: () => void = () => undefined;

  tell(_: string, message: string): Promise<void> {
    this.told.push(message);
    return Promise.resolve();
  }

  listen(_: string, hear: (message: string) => void, lost: () => void): void {
    Object.assign(this, { hear, lost });
  }
}

describe('What is remembered of sessions', () => {
  let database: SlowDatabase;
  let wire: Wire;
  let commit: () => void;
  let sessions: RecentSessions;
  const claims = { userId: newId(), sessionId: newId() };

  beforeEach(() => {
    jest.useFakeTimers();
    database = new SlowDatabase();
    wire = new Wire();
    const unitOfWork = { afterCommit: (effect: () => void) => (commit = effect) };
    sessions = new RecentSessions(
      database as unknown as Database,
      unitOfWork as unknown as UnitOfWork,
      wire as unknown as Broadcast,
    );
    jest.advanceTimersByTime(1);
  });
  afterEach(() => void jest.useRealTimers());

  const asked = () => database.questions.length;
  const answer = (role: string | null) => database.questions.at(-1)!.answer(role);
  /** Asks, and is answered at once. */
  const learn = async (role: string | null) => {
    const word = sessions.roleIn(claims);
    answer(role);
    return word;
  };
  const pass = (milliseconds: number) => jest.advanceTimersByTime(milliseconds);

  it('is used for less than a second, then asked for again', async () => {
    await learn('customer');
    pass(899);
    expect(await sessions.roleIn(claims)).toBe('customer');
    expect(asked()).toBe(1);
    pass(2);
    expect(await learn('admin')).toBe('admin');
    expect(asked()).toBe(2);
  });

  it('grows old from before the question was sent', async () => {
    const word = sessions.roleIn(claims);
    pass(800);
    answer('customer');
    expect(await word).toBe('customer');
    pass(99);
    await sessions.roleIn(claims);
    expect(asked()).toBe(1);
    pass(2);
    void sessions.roleIn(claims);
    expect(asked()).toBe(2);
  });

  it('is asked for once by all who come at once', async () => {
    const words = Array.from({ length: 50 }, () => sessions.roleIn(claims));
    expect(asked()).toBe(1);
    answer('editor');
    expect(new Set(await Promise.all(words))).toEqual(new Set(['editor']));
  });

  it('is not waited for by those who come when the question is old', () => {
    void sessions.roleIn(claims);
    pass(901);
    void sessions.roleIn(claims);
    expect(asked()).toBe(2);
  });

  it('is nothing when there is no such session: that may change', async () => {
    expect(await learn(null)).toBeNull();
    expect(await learn('customer')).toBe('customer');
    expect(asked()).toBe(2);
  });

  it('is nothing when the database failed, which all who wait are told', async () => {
    const words = [sessions.roleIn(claims), sessions.roleIn(claims)];
    database.questions[0]!.fail(new Error('away'));
    const results = await Promise.allSettled(words);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await learn('customer')).toBe('customer');
  });

  it('is not taken for that of another user who names the same session', async () => {
    await learn('admin');
    void sessions.roleIn({ ...claims, userId: newId() });
    expect(asked()).toBe(2);
  });

  describe('when an account is forgotten', () => {
    it('counts no more from the commit on, and the others are told', async () => {
      await learn('customer');
      sessions.forget(claims.userId);
      expect(await sessions.roleIn(claims)).toBe('customer');
      expect(wire.told).toEqual([]);
      commit();
      expect(wire.told).toEqual([claims.userId]);
      expect(await learn(null)).toBeNull();
    });

    it.each([
      ['another process says so', () => wire.hear(claims.userId)],
      ['a message may have been lost', () => wire.lost()],
    ])('counts no more when %s', async (_, happens) => {
      await learn('customer');
      pass(1);
      happens();
      expect(await learn(null)).toBeNull();
      expect(wire.told).toEqual([]);
    });

    it('does not give the answer to an earlier question to those who come later, and does not keep it', async () => {
      const early = sessions.roleIn(claims);
      wire.hear(claims.userId);
      const late = sessions.roleIn(claims);
      expect(asked()).toBe(2);
      database.questions[0]!.answer('customer');
      expect(await early).toBe('customer');
      database.questions[1]!.answer(null);
      expect(await late).toBeNull();
      void sessions.roleIn(claims);
      expect(asked()).toBe(3);
    });

    it('keeps the later answer though the earlier one comes last', async () => {
      const early = sessions.roleIn(claims);
      wire.hear(claims.userId);
      pass(1);
      const late = sessions.roleIn(claims);
      database.questions[1]!.answer('admin');
      expect(await late).toBe('admin');
      database.questions[0]!.answer(null);
      expect(await early).toBeNull();
      expect(await sessions.roleIn(claims)).toBe('admin');
      expect(asked()).toBe(2);
    });

    it('keeps what is known of others', async () => {
      await learn('customer');
      pass(1);
      for (let i = 0; i < 1000; i++) wire.hear(newId());
      expect(await sessions.roleIn(claims)).toBe('customer');
      expect(asked()).toBe(1);
    });
  });

  it('takes a bounded place, however many sessions and however much is forgotten', async () => {
    for (let i = 0; i < 12_000; i++) {
      void sessions.roleIn({ userId: newId(), sessionId: newId() });
      answer('customer');
      wire.hear(newId());
      if (i % 1000 === 0) pass(1000);
    }
    const { words, forgotten } = sessions as unknown as { words: { size: number }; forgotten: Map<string, number> };
    expect(words.size).toBe(10_000);
    expect(forgotten.size).toBeLessThanOrEqual(1001);
    await learn('customer');
    expect(await sessions.roleIn(claims)).toBe('customer');
  });
});
