import { randomUUID } from 'node:crypto';
import { newId } from '@holdfast/kernel';
import { Authenticator } from '@holdfast/platform';
import { describeWith, eventually, testUrl } from '@holdfast/platform/testing';
import { EventStream } from '../../testing/event-stream.js';
import { LendingApp } from '../../testing/lending-app.js';
import { statementsOf } from '../../testing/statements.js';
import { LiveReservations, LiveTimes } from '../application/live-reservations.js';
import type { ReservationView } from '../application/reservation.view.js';
import { ReservationViews } from '../application/reservation-views.js';
import { TitleNews } from '../application/title-news.js';

jest.setTimeout(60_000);

type Stream = EventStream<ReservationView>;

/** Long enough for a busy machine; how long it takes on a quiet one, bench/live.mjs measures. */
const SOON_MS = 10_000;

describe('A reservation that is listened to', () => {
  let house: LendingApp;
  /** Another process on the same database, which the first cannot tell anything. */
  let other: LendingApp;
  let address: string;
  let otherAddress: string;
  const open: Stream[] = [];

  beforeAll(async () => {
    house = await LendingApp.open();
    address = await house.listen();
    other = await LendingApp.open(house.databaseUrl);
    otherAddress = await other.listen();
  });
  afterEach(() => {
    for (const stream of open.splice(0)) stream.close();
  });
  afterAll(async () => {
    await other?.close();
    await house?.close();
  });

  async function follow(id: string, token = house.admin, lastEventId?: string, at = address): Promise<Stream> {
    const stream = await EventStream.open<ReservationView>(`${at}/api/reservations/${id}/events`, token, lastEventId);
    open.push(stream);
    return stream;
  }
  const shown = ({ states }: Stream): (string | number)[] =>
    states.map(({ status, queuePosition }) => queuePosition ?? status);
  const soon = (stream: Stream, states: (string | number)[]) =>
    eventually(() => expect(shown(stream)).toEqual(states), SOON_MS);
  /** A book with one copy that is out, and so many who wait. */
  async function crowd(waiting: number): Promise<{ held: string; places: string[] }> {
    const book = await house.book({ 'Main Library': 1 });
    const ids: string[] = [];
    for (const customer of await house.customers(waiting + 1)) {
      ids.push(String((await house.reserve(customer, book)).body.id));
    }
    return { held: ids[0] ?? '', places: ids.slice(1) };
  }
  const cancel = (id: string) => house.call('DELETE', `/reservations/${id}`);

  it('is told of as it is, and then of each change: its place, its copy, its end', async () => {
    const { held, places } = await crowd(3);
    const stream = await follow(places[2] ?? '');
    await soon(stream, [3]);
    expect(stream.events[0]).toMatchObject({ event: 'reservation', id: expect.stringMatching(/^1\.[\w-]+$/) });
    const { body } = await house.call('GET', `/reservations/${places[2]}`);
    expect(stream.states[0]).toEqual(body);
    await cancel(places[0] ?? '');
    await soon(stream, [3, 2]);
    await house.call('POST', `/reservations/${held}/return`);
    await soon(stream, [3, 2, 1]);
    await cancel(places[1] ?? '');
    await soon(stream, [3, 2, 1, 'active']);
    const renewal = { reservedUntil: new Date(Date.now() + 9 * 86_400_000).toISOString() };
    await house.call('POST', `/reservations/${places[2]}/renew`, { body: renewal });
    await soon(stream, [3, 2, 1, 'active', 'active']);
    await house.call('POST', `/reservations/${places[2]}/return`);
    await soon(stream, [3, 2, 1, 'active', 'active', 'completed']);
    await eventually(() => expect(stream.hasEnded).toBe(true));
    expect(new Set(stream.events.map(({ id }) => id)).size).toBe(6);
    expect(stream.states.at(-1)).toEqual((await house.call('GET', `/reservations/${places[2]}`)).body);
  });

  it('is told of when only its estimate has moved', async () => {
    const { places } = await crowd(1);
    const stream = await follow(places[0] ?? '');
    await soon(stream, [1]);
    await house.database.query(
      `UPDATE lending.reservations SET ends_at = ends_at + interval '1 day', version = version + 1
        WHERE book_id = (SELECT book_id FROM lending.reservations WHERE id = $1) AND status = 'active'`,
      [places[0]],
    );
    house.get(TitleNews).tell([stream.states[0]?.bookId ?? '']);
    await soon(stream, [1, 1]);
    const [before, after] = stream.states.map(({ estimatedFrom }) => Date.parse(estimatedFrom ?? ''));
    expect((after ?? 0) - (before ?? 0)).toBe(86_400_000);
  });

  it('is told of once when its end passes, though nobody has done anything', async () => {
    const { held } = await crowd(0);
    const stream = await follow(held);
    await soon(stream, ['active']);
    await house.database.query(
      `UPDATE lending.reservations SET starts_at = now() - interval '1 day', ends_at = now() - interval '1 second' WHERE id = $1`,
      [held],
    );
    await soon(stream, ['active', 'active']);
    expect(stream.states[1]).toMatchObject({ overdue: true });
  });

  it('goes on where a client was cut off: what it has seen is not sent again, what it has missed is', async () => {
    const { places } = await crowd(2);
    const place = places[1] ?? '';
    const first = await follow(place);
    await soon(first, [2]);
    first.close();
    const second = await follow(place, house.admin, first.lastId);
    await cancel(places[0] ?? '');
    await soon(second, [1]);
    second.close();
    await cancel(place);
    const third = await follow(place, house.admin, second.lastId);
    await soon(third, ['cancelled']);
    await eventually(() => expect(third.hasEnded).toBe(true));
    const fourth = await follow(place, house.admin, third.lastId);
    await eventually(() => expect(fourth.hasEnded).toBe(true));
    expect([fourth.status, fourth.events]).toEqual([204, []]);
    const garbage = await follow(place, house.admin, 'garbage');
    await soon(garbage, ['cancelled']);
  });

  it('is for its reader and for staff, and for nobody else', async () => {
    const [reader, stranger] = [await house.reader(), await house.reader()];
    const { body } = await house.reserve(reader.id, await house.book({ 'Main Library': 1 }));
    const id = String(body.id);
    expect((await follow(id, reader.token)).status).toBe(200);
    expect((await follow(id, stranger.token)).status).toBe(403);
    expect((await follow(id, 'no token of ours')).status).toBe(401);
    expect((await follow(newId())).status).toBe(404);
    expect((await follow('no-id')).status).toBe(400);
  });

  it('is followed no longer than the token is good: not after a sign-out, a deactivation, another role', async () => {
    const ends: ((reader: { id: string; token: string }) => Promise<unknown>)[] = [
      ({ token }) => house.call('POST', '/auth/logout', { as: token }),
      ({ id }) => house.call('PATCH', `/users/${id}`, { body: { isActive: false } }),
      ({ id }) => house.call('PATCH', `/users/${id}`, { body: { role: 'author' } }),
    ];
    for (const end of ends) {
      const reader = await house.reader();
      const { body } = await house.reserve(reader.id, await house.book({ 'Main Library': 1 }));
      const stream = await follow(String(body.id), reader.token);
      await soon(stream, ['active']);
      await end(reader);
      await eventually(() => expect(stream.hasEnded).toBe(true), SOON_MS);
    }
  });

  it('leaves nothing behind when its listeners have gone', async () => {
    const { places } = await crowd(3);
    const live = house.get(LiveReservations);
    await eventually(() => expect(live.listeners).toBe(0));
    const streams = await Promise.all(places.map((id) => follow(id)));
    await eventually(() => expect(live.listeners).toBe(3));
    for (const stream of streams) stream.close();
    await eventually(() => expect(live.listeners).toBe(0));
    const meanwhile = await statementsOf(() => house.database.query('SELECT pg_sleep(1.5)'));
    expect(meanwhile).toEqual(['SELECT pg_sleep(1.5)']);
  });

  it('costs no statement for each listener, however many: one for a change, and two a second', async () => {
    const { places } = await crowd(300);
    const streams = await Promise.all(places.map((id) => follow(id)));
    await eventually(() => expect(streams.every(({ states }) => states.length === 1)).toBe(true), SOON_MS);
    const begun = performance.now();
    const sent = await statementsOf(async () => {
      await cancel(places[0] ?? '');
      await eventually(() => {
        expect(streams.slice(1).map(({ states }) => states.at(-1)?.queuePosition)).toEqual(
          places.slice(1).map((_, n) => n + 1),
        );
      }, 20_000);
    });
    const seconds = (performance.now() - begun) / 1000;
    const cost = sent.filter((name) => ['reservation_marks', 'identity_authenticate_all', 'WITH page'].includes(name));
    expect(cost.length).toBeLessThanOrEqual(4 + 4 * seconds);
    expect(sent.length).toBeLessThanOrEqual(30 + 4 * seconds);
  });

  it('is told of what another process has done, which can tell nothing: within about a second', async () => {
    const { places } = await crowd(2);
    const stream = await follow(places[1] ?? '', other.admin, undefined, otherAddress);
    await soon(stream, [2]);
    await cancel(places[0] ?? '');
    await soon(stream, [2, 1]);
  });

  it('ends with the process', async () => {
    const third = await LendingApp.open(house.databaseUrl);
    const { places } = await crowd(1);
    const stream = await follow(places[0] ?? '', third.admin, undefined, await third.listen());
    await soon(stream, [1]);
    await third.close();
    await eventually(() => expect(stream.hasEnded).toBe(true));
  });

  it('keeps its connection alive with comments, which are no events', async () => {
    const times = Object.assign(new LiveTimes(), { heartbeat: 20 });
    const live = new LiveReservations(
      house.get(ReservationViews),
      house.get(Authenticator),
      times,
      house.get(TitleNews),
    );
    const { held } = await crowd(0);
    const view = await house.get(ReservationViews).one(held);
    const messages: object[] = [];
    const listening = live
      .follow(view, { token: house.admin, role: 'admin' }, undefined)
      .subscribe((message) => messages.push(message));
    await eventually(() => expect(messages.length).toBeGreaterThan(3));
    listening.unsubscribe();
    expect(messages.slice(1, 4)).toEqual(Array(3).fill({ comment: 'still here' }));
    expect(live.listeners).toBe(0);
  });

  describeWith('redis', 'and Redis carries the news', () => {
    it('is told of by other processes at once', async () => {
      const env = { REDIS_URL: testUrl('redis'), REDIS_PREFIX: `holdfast-test-${randomUUID()}` };
      const [one, two] = [await LendingApp.open(house.databaseUrl, env), await LendingApp.open(house.databaseUrl, env)];
      try {
        const { places } = await crowd(4);
        // Nothing but the news: looks of its own come too late.
        const never = Object.assign(new LiveTimes(), { lookOut: 3_600_000, heartbeat: 3_600_000 });
        const live = new LiveReservations(two.get(ReservationViews), two.get(Authenticator), never, two.get(TitleNews));
        const view = await two.get(ReservationViews).one(places[3] ?? '');
        const positions: (number | null)[] = [];
        const listening = live
          .follow(view, { token: two.admin, role: 'admin' }, undefined)
          .subscribe(({ data }) => positions.push((data as ReservationView).queuePosition));
        for (const [n, place] of places.slice(0, 3).entries()) {
          await one.call('DELETE', `/reservations/${place}`);
          await eventually(() => expect(positions.at(-1)).toBe(3 - n), SOON_MS);
        }
        listening.unsubscribe();
      } finally {
        await two.close();
        await one.close();
      }
    });
  });
});
