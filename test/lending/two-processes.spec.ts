import { describeWith, eventually } from '@holdfast/platform/testing';
import { brokenInvariants } from '../../libs/lending/testing/invariants.js';
import { firstArrivals } from '../e2e/support/broker-tap.js';
import type { Answer, Client } from '../e2e/support/client.js';
import { type ServedInstallation, startWithServices } from '../e2e/support/installation.js';
import { signInAdmin } from '../e2e/support/people.js';
import type { Program } from '../e2e/support/program.js';
import { addCustomers, Session } from './support/session.js';

jest.setTimeout(120_000);

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
const oneTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

describeWith('redis', 'Two api processes on the same services', () =>
  describeWith('rabbitmq', 'and a worker', twoApis),
);

function twoApis(): void {
  let holdfast: ServedInstallation;
  let here: Client;
  let there: Client;
  let second: Program;
  let session: Session;

  beforeAll(async () => {
    holdfast = await startWithServices();
    const another = await holdfast.anotherApi();
    second = another.program;
    here = await signInAdmin(holdfast.client);
    there = another.client.as(here.token ?? '');
    session = await Session.open(holdfast.databaseUrl);
  });
  afterAll(async () => {
    await session?.close();
    await holdfast?.close();
  });
  afterEach(async () => expect(await brokenInvariants(session)).toEqual([]));

  const bookWith = async (units: number): Promise<string> =>
    (await here.post('/api/books', { title: 'Sought', price: 10, units })).body.id;
  const reserve = (client: Client, customerId: string, bookId: string): Promise<Answer> =>
    client.post('/api/reservations', { customerId, bookId, reservedUntil: inDays(5) });
  const countOf = (answers: Answer[], status: number): number => answers.filter((one) => one.status === status).length;

  it('give three copies to three of sixty readers, who all ask both: to each one answer and one conflict', async () => {
    const book = await bookWith(3);
    const readers = await addCustomers(session, 60);
    const answers = await Promise.all(
      readers.flatMap((reader) => [reserve(here, reader, book), reserve(there, reader, book)]),
    );
    expect([countOf(answers, 201), countOf(answers, 409)]).toEqual([60, 60]);
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => body);
    expect(made.filter(({ status }) => status === 'active')).toHaveLength(3);
    const places: number[] = made.flatMap(({ queuePosition }) => queuePosition ?? []);
    expect(places.sort((a, b) => a - b)).toEqual(oneTo(57));
    const refused = answers.filter(({ status }) => status === 409).map(({ body }) => body.type);
    expect(new Set(refused)).toEqual(new Set(['/problems/already-reserved']));
  });

  it('hand on what comes back to both, though one is killed meanwhile; each change is published once, in order', async () => {
    const book = await bookWith(4);
    const readers = await addCustomers(session, 40);
    const made = await Promise.all(readers.slice(0, 20).map((reader) => reserve(here, reader, book)));
    const statuses = new Set<number>();
    let answered = 0;
    const noted = async (answer: Promise<Answer>): Promise<void> => {
      const status = await answer.then(
        (one) => one.status,
        () => 0,
      );
      if (status > 0) answered++;
      statuses.add(status);
    };
    const newcomers = readers.slice(20);
    const work = made.map(async ({ body }, n) => {
      const client = n % 2 ? here : there;
      // Whoever waits gives up the place or, as copies come back, returns the copy.
      await noted(
        n % 3 === 0
          ? client.delete(`/api/reservations/${body.id}`)
          : client.post(`/api/reservations/${body.id}/return`),
      );
      await noted(reserve(client, newcomers[n] ?? '', book));
    });
    await eventually(() => expect(answered).toBeGreaterThan(5));
    await second.stop('SIGKILL');
    await Promise.all(work);
    // 0: no answer from the one that was killed.
    expect([0, 200, 201, 409]).toEqual(expect.arrayContaining([...statuses]));
    expect(statuses).toContain(0);

    const told = await session.query<Told>(
      `SELECT id, subject FROM platform.outbox WHERE data ->> 'bookId' = $1 ORDER BY position`,
      [book],
    );
    await eventually(async () => {
      const arrived = (await holdfast.events()).filter(({ data }) => data.bookId === book);
      expect(bySubject(firstArrivals(arrived))).toEqual(bySubject(told));
    }, 20_000);
  });
}

interface Told {
  id: string;
  subject: string;
}

/** The ids of events in their order, for each subject. */
function bySubject(events: readonly Told[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { id, subject } of events) (found[subject] ??= []).push(id);
  return found;
}
