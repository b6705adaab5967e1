import type { Client } from './client.js';

/** Everything of a list, page by page by its cursor. */
export async function readAll(client: Client, path: string): Promise<any[]> {
  const items: any[] = [];
  for (let cursor = ''; ;) {
    const query = `${path.includes('?') ? '&' : '?'}limit=100${cursor && `&cursor=${cursor}`}`;
    const { status, body } = await client.get(`${path}${query}`);
    if (status !== 200) throw new Error(`${path} → ${status}: ${JSON.stringify(body)}`);
    items.push(...body.items);
    if (!body.nextCursor) return items;
    cursor = body.nextCursor;
  }
}

/**
 * Promises 1 and 2 of the house, as staff see them: reserved units are the active reservations, never more than there
 * are units, nobody waits beside a free copy, and the queue has the positions 1..n.
 */
export async function expectFairAndNotOversold(staff: Client, bookIds: string[]): Promise<void> {
  const reservations = await readAll(staff, '/api/reservations');
  for (const id of bookIds) {
    const { body: book } = await staff.get(`/api/books/${id}`);
    const { body: queue } = await staff.get(`/api/books/${id}/queue`);
    const of = (status: string): any[] => reservations.filter((one) => one.bookId === id && one.status === status);
    expect({ id, reserved: book.reservedUnits, waiting: queue.length }).toEqual({
      id,
      reserved: of('active').length,
      waiting: of('pending').length,
    });
    expect(book.reservedUnits).toBeLessThanOrEqual(book.units);
    if (queue.length > 0) expect(book.availableUnits).toBe(0);
    expect(queue.items.map((item: any) => item.position)).toEqual(
      queue.items.map((_: unknown, place: number) => place + 1),
    );
  }
}
