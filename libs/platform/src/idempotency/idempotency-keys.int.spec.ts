import { PlatformError } from '../http/problem.js';
import { ReadyJson } from '../http/ready-json.js';
import { runInContext } from '../http/request-context.js';
import { type TestDatabase, testDatabase } from '../testing/index.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { AnsweredBefore, type Refusal } from './kept-answers.js';
import { KeyedRequest } from './keyed-request.js';

let store: TestDatabase;
let keys: IdempotencyKeys;
beforeAll(async () => {
  store = await testDatabase();
  keys = new IdempotencyKeys(store.database);
});
afterAll(() => store?.close());
beforeEach(() => store.database.query('TRUNCATE platform.idempotency_keys'));

interface Made {
  id: number;
}

const requestOf = (key: string, request = 'POST /notes', caller = 'ada'): KeyedRequest =>
  new KeyedRequest({ caller, key, request, hours: 24 }, (result) => ({
    status: 201,
    location: `/api/notes/${(result as Made).id}`,
    content: ReadyJson.of(result),
  }));

const said = (refusal: Refusal): string => {
  if (refusal instanceof AnsweredBefore) return `answered ${refusal.answer.location} ${refusal.answer.content.text}`;
  return refusal instanceof PlatformError ? refusal.code : 'to be done';
};

/** Several requests decided in one transaction, as a queue does it; gives what each was told. */
const decide = (...requests: KeyedRequest[]): Promise<string[]> =>
  store.unitOfWork.run(async () => {
    const refusals = await keys.claim(requests);
    const free = requests.filter((_, place) => refusals[place] === null);
    await keys.keep(free.map((request, id) => ({ request, result: { id } })));
    return refusals.map(said);
  });

describe('Keys of requests that share a transaction', () => {
  it('are claimed and answered each for itself, in one transaction', async () => {
    expect(await decide(requestOf('a'), requestOf('b'))).toEqual(['to be done', 'to be done']);
    expect(await decide(requestOf('b'), requestOf('c'), requestOf('a', 'POST /other'), requestOf('a'))).toEqual([
      'answered /api/notes/1 {"id":1}',
      'to be done',
      'idempotency-key-reused',
      'answered /api/notes/0 {"id":0}',
    ]);
  });

  it('are not claimed twice, though the session has the lock', async () => {
    expect(await decide(requestOf('a'), requestOf('a'), requestOf('a', 'POST /notes', 'bertrand'))).toEqual([
      'to be done',
      'idempotency-key-in-use',
      'to be done',
    ]);
  });

  it('are in use for all others until the transaction ends, and without an answer when it is rolled back', async () => {
    const cut = store.unitOfWork.run(async () => {
      await keys.claim([requestOf('a'), requestOf('b')]);
      await keys.keep([{ request: requestOf('a'), result: { id: 7 } }]);
      const elsewhere = await runElsewhere(() => decide(requestOf('a'), requestOf('b'), requestOf('c')));
      expect(elsewhere).toEqual(['idempotency-key-in-use', 'idempotency-key-in-use', 'to be done']);
      throw new Error('cut');
    });
    await expect(cut).rejects.toThrow('cut');
    expect(await decide(requestOf('a'), requestOf('b'))).toEqual(['to be done', 'to be done']);
  });

  it('are claimed in one round trip, kept in another, and for none there is none', async () => {
    await store.unitOfWork.run(async () => {
      const query = jest.spyOn(store.database.transaction!.client, 'query');
      const requests = Array.from({ length: 100 }, (_, n) => requestOf(`key ${n}`));
      expect(new Set(await keys.claim(requests))).toEqual(new Set([null]));
      await keys.keep(requests.map((request, id) => ({ request, result: { id } })));
      await keys.claim([]);
      await keys.keep([]);
      expect(query).toHaveBeenCalledTimes(2);
    });
    expect(await decide(requestOf('key 99'))).toEqual(['answered /api/notes/99 {"id":99}']);
  });

  it('need a transaction', async () => {
    await expect(keys.claim([requestOf('a')])).rejects.toThrow('needs a transaction');
    await expect(keys.keep([])).rejects.toThrow('needs a transaction');
  });

  it('are left alone by the unit of work once they are taken', async () => {
    const keyed = requestOf('a');
    await runInContext({ requestId: 'one', keyed }, async () => {
      expect(keys.take()).toBe(keyed);
      await store.unitOfWork.run(() => Promise.resolve('nothing to show'));
    });
    expect(await decide(requestOf('a'))).toEqual(['to be done']);
    expect(keys.take()).toBeUndefined();
  });
});

describe('An answer that is looked for before the transaction', () => {
  const ended = (keyed: KeyedRequest): Promise<string> =>
    runInContext({ requestId: 'one', keyed }, () => keys.endWhenAnswered()).then(
      () => 'goes on',
      (refusal: Refusal) => said(refusal),
    );

  it('ends the request when it is there', async () => {
    expect(await ended(requestOf('a'))).toBe('goes on');
    await decide(requestOf('a'));
    expect(await ended(requestOf('a'))).toBe('answered /api/notes/0 {"id":0}');
    expect(await ended(requestOf('a', 'POST /other'))).toBe('idempotency-key-reused');
    await store.database.query('UPDATE platform.idempotency_keys SET expires_at = now()');
    expect(await ended(requestOf('a'))).toBe('goes on');
    await keys.endWhenAnswered();
  });
});

it('Answers to an account that is deleted are forgotten, and only those', async () => {
  await decide(requestOf('a'), requestOf('b'), requestOf('a', 'POST /notes', 'bertrand'));
  await keys.forgetCaller('ada');
  expect(await decide(requestOf('a'), requestOf('b'), requestOf('a', 'POST /notes', 'bertrand'))).toEqual([
    'to be done',
    'to be done',
    expect.stringMatching(/^answered/),
  ]);
});

/** Out of the transaction that is open here, as another process. */
async function runElsewhere<T>(work: () => Promise<T>): Promise<T> {
  const elsewhere = jest.spyOn(store.database, 'transaction', 'get').mockReturnValueOnce(undefined);
  try {
    return await work();
  } finally {
    elsewhere.mockRestore();
  }
}
