import { randomUUID } from 'node:crypto';
import type { Answer, Client } from './client.js';
import { PASSWORD, registerReader } from './people.js';

type Json = Record<string, unknown>;

/** How something is made by a route, and where it is then. */
export interface Creation {
  /** A request that nobody has sent before. */
  wish(admin: Client): Promise<Json | FormData> | Json | FormData;
  /** Almost the same. */
  other(wish: any): Json | FormData;
  list: string;
  /** Its path; by the answer. */
  item(answer: Answer): string;
}

const byLocation = ({ headers }: Answer): string => String(headers.get('location'));
const named = (list: string): Creation => ({
  wish: () => ({ name: `Name ${randomUUID()}` }),
  other: ({ name }: { name: string }) => ({ name: `${name} too` }),
  list,
  item: byLocation,
});

function account(list: string, more: Json = {}): Creation {
  return {
    wish: () => {
      const username = `u-${randomUUID().slice(0, 13)}`;
      return { username, email: `${username}@readers.example`, password: PASSWORD, ...more };
    },
    other: (wish: Json) => ({ ...wish, password: `${PASSWORD}!` }),
    list,
    item: (answer) => (list === '/api/users' ? `/api/users/${answer.body.id}` : byLocation(answer)),
  };
}

function formOf(csv: string, mode = 'dry-run'): FormData {
  const form = new FormData();
  form.set('mode', mode);
  form.set('file', new Blob([csv]), 'books.csv');
  return form;
}

/** Every route that creates: the spec of idempotency fails when the running system has another one. */
export const CREATIONS: Record<string, Creation> = {
  'POST /api/auth/register': account('/api/users'),
  'POST /api/users': account('/api/users', { role: 'editor' }),
  'POST /api/customers': account('/api/customers', { fullName: 'Ada Lovelace', notifications: { email: false } }),
  'POST /api/libraries': named('/api/libraries'),
  'POST /api/authors': named('/api/authors'),
  'POST /api/genres': named('/api/genres'),
  'POST /api/books': {
    wish: () => ({ title: 'Sula', authors: ['Toni Morrison'], price: 9.5, units: 2, metadata: { pages: 174, a: [1] } }),
    other: (wish: Json) => ({ ...wish, metadata: { pages: 174, a: [2] } }),
    list: '/api/books',
    item: byLocation,
  },
  'POST /api/books/upload': {
    wish: () => formOf(`title\nBook ${randomUUID()}\n`),
    other: () => formOf('title\nAnother book\n'),
    list: '/api/books/upload',
    item: byLocation,
  },
  'POST /api/reservations': {
    wish: async (admin) => {
      const { body: book } = await admin.post('/api/books', { title: 'Beloved', price: 10, units: 1 });
      const { id } = await registerReader(admin, `r-${randomUUID().slice(0, 13)}`);
      const reservedUntil = new Date(Date.now() + 5 * 86_400_000).toISOString();
      return { bookId: book.id, customerId: id, reservedUntil };
    },
    other: (wish: Json) => ({ ...wish, reservedUntil: new Date(Date.now() + 6 * 86_400_000).toISOString() }),
    list: '/api/reservations',
    item: byLocation,
  },
};

/** All other routes of this method, which make nothing: sign-ins, and what changes something that is there. */
export const NO_CREATIONS: readonly string[] = [
  'POST /api/auth/resend-verification',
  'POST /api/auth/login',
  'POST /api/auth/token',
  'POST /api/auth/refresh',
  'POST /api/auth/logout',
  'POST /api/auth/change-password',
  'POST /api/auth/forgot-password',
  'POST /api/auth/verify-otp',
  'POST /api/auth/reset-password',
  'POST /api/reservations/{id}/return',
  'POST /api/reservations/{id}/renew',
  'POST /api/events/dead-letters/{id}/replay',
];

export function create(
  client: Client,
  name: string,
  wish: Json | FormData,
  headers: Record<string, string>,
): Promise<Answer> {
  const path = name.replace('POST ', '');
  return wish instanceof FormData ? client.raw('POST', path, wish, headers) : client.post(path, wish, headers);
}

export const totalOf = async (client: Client, list: string): Promise<number> =>
  (await client.get(`${list}?limit=1`)).body.total;
