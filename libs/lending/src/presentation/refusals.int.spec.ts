import { ProblemCatalogue } from '@holdfast/platform';
import { type Answer, LendingApp } from '../../testing/lending-app.js';
import { renewalPolicies, reservationPolicies } from '../domain/reservation-policies.js';

jest.setTimeout(60_000);

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** What a client is told when a rule refuses: the reason by a stable name, and in a sentence. */
describe('A refusal over HTTP', () => {
  let house: LendingApp;
  let reader: { id: string; token: string };
  let book: string;

  beforeAll(async () => {
    house = await LendingApp.open(undefined, { LENDING_OPEN_RESERVATIONS_LIMIT: '2', LENDING_RENEWALS_LIMIT: '1' });
  });
  afterAll(() => house?.close());
  beforeEach(async () => {
    reader = await house.reader();
    book = await house.book({ 'Main Library': 1 });
  });

  const ask = (wish: object = {}): Promise<Answer> =>
    house.call('POST', '/reservations', {
      as: reader.token,
      body: { bookId: book, reservedUntil: inDays(7), ...wish },
    });
  const renew = ({ body }: Answer, reservedUntil: string): Promise<Answer> =>
    house.call('POST', `/reservations/${String(body.id)}/renew`, { as: reader.token, body: { reservedUntil } });
  const makeOverdue = ({ body }: Answer) =>
    house.database.query(
      `UPDATE lending.reservations
          SET requested_at = requested_at - interval '9 days', requested_until = requested_until - interval '9 days',
              starts_at = starts_at - interval '9 days', ends_at = ends_at - interval '9 days' WHERE id = $1`,
      [body.id],
    );

  const ofReservations: Record<
    keyof typeof reservationPolicies,
    [reason: string, sentence: string, () => Promise<Answer>]
  > = {
    customerIsActive: [
      'customer-inactive',
      'The account of the customer is not active.',
      async () => {
        await house.call('PATCH', `/users/${reader.id}`, { body: { isActive: false } });
        return house.reserve(reader.id, book);
      },
    ],
    loanEndsInTheFuture: [
      'ends-in-the-past',
      'reservedUntil must be in the future.',
      () => ask({ reservedUntil: '2020-01-01' }),
    ],
    loanIsNoLongerThanTheLongest: [
      'longer-than-the-longest-loan',
      'A loan lasts 30 days at the longest.',
      () => ask({ reservedUntil: inDays(31) }),
    ],
    customerHasNoOpenReservationOfTheBook: [
      'already-reserved',
      'The customer has an open reservation of this book.',
      async () => {
        await ask();
        return ask();
      },
    ],
    customerHasFewerOpenReservationsThanTheLimit: [
      'too-many-open-reservations',
      'A customer may have 2 open reservations.',
      async () => {
        for (const bookId of [book, await house.book({})]) await ask({ bookId });
        return ask({ bookId: await house.book({}) });
      },
    ],
  };

  const ofRenewals: Record<keyof typeof renewalPolicies, [reason: string, sentence: string, () => Promise<Answer>]> = {
    nobodyWaitsForTheCopy: [
      'somebody-waits',
      'Another reader waits for this book.',
      async () => {
        const made = await ask();
        await house.reserve((await house.customers(1))[0] ?? '', book);
        return renew(made, inDays(9));
      },
    ],
    renewalsAreLeft: [
      'renewals-used-up',
      'A reservation can be renewed 1 times.',
      async () => {
        const made = await ask();
        await renew(made, inDays(8));
        return renew(made, inDays(9));
      },
    ],
    renewalEndsInTheFuture: [
      'ends-in-the-past',
      'reservedUntil must be in the future.',
      async () => {
        const made = await ask();
        await makeOverdue(made);
        return renew(made, inDays(-1));
      },
    ],
    renewalEndsLaterThanBefore: [
      'renewal-not-later',
      'reservedUntil must be later than the present end.',
      async () => renew(await ask(), inDays(6)),
    ],
    renewalIsNoLongerThanTheLongestFromNow: [
      'longer-than-the-longest-loan',
      'It can end 30 days from now at the latest.',
      async () => renew(await ask(), inDays(31)),
    ],
  };

  const cases = [...Object.entries(ofReservations), ...Object.entries(ofRenewals)];

  it('is tried for every rule', () => {
    expect(cases.map(([policy]) => policy)).toEqual([
      ...Object.keys(reservationPolicies),
      ...Object.keys(renewalPolicies),
    ]);
  });

  it.each(cases)('of %s names its reason', async (_policy, [reason, sentence, provoke]) => {
    const { status, headers, body } = await provoke();
    const type = house.get(ProblemCatalogue).get(reason);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(status).toBe(type?.status);
    expect([409, 422]).toContain(status);
    expect(body).toEqual({
      type: `/problems/${reason}`,
      title: type?.title,
      status,
      detail: sentence,
      instance: expect.stringMatching(/^\/api\/reservations/),
    });
    // The name leads to a page that says what it means.
    const page = await house.app.inject({ url: `/problems/${reason}` });
    expect(page.body).toContain(type?.meaning.slice(0, 20));
  });

  it.each([
    '00000000-0000-0000-0000-000000000000',
    '00000000-0000-0000-0000-000000000001',
    '11111111-1111-1111-1111-111111111111',
    'FFFFFFFF-ffff-0fff-0fff-ffffffffffff',
  ])('of the id %s says that nothing has it, for it is an id all the same', async (id) => {
    expect(await ask({ bookId: id })).toMatchObject({ status: 404, body: { type: '/problems/book-not-found' } });
    const forNobody = { bookId: book, customerId: id, reservedUntil: inDays(7) };
    expect(await house.call('POST', '/reservations', { body: forNobody })).toMatchObject({
      status: 404,
      body: { type: '/problems/customer-not-found' },
    });
    for (const filter of ['bookId', 'customerId']) {
      const listed = await house.call('GET', `/reservations?${filter}=${id}`);
      expect(listed).toMatchObject({ status: 200, body: { items: [], total: 0 } });
    }
  });

  it('of what is no id says so', async () => {
    for (const bookId of ['', 'x', '0'.repeat(36), `${book}0`, ` ${book}`, `{${book}}`, 7, null, [book]]) {
      const { status, body } = await ask({ bookId });
      expect(status).toBe(400);
      expect(body.errors).toEqual([{ pointer: '/bookId', detail: 'must be a UUID' }]);
    }
  });
});
