import { createHoldfastClient, type HoldfastClient } from '@holdfast/client';
import { type Client } from './client.js';
import { ADMIN_PASSWORD } from './installation.js';

export const PASSWORD = 'correct horse battery staple';

export interface Person {
  id: string;
  username: string;
  client: Client;
}

export async function signIn(client: Client, login: string, password: string): Promise<Client> {
  const { status, body } = await client.post('/api/auth/login', { login, password });
  if (status !== 200) throw new Error(`${login} cannot sign in: ${status} ${JSON.stringify(body)}`);
  return client.as(body.accessToken);
}

/** The typed client of whom a raw one is of. */
export const typed = ({ base, token }: Client): HoldfastClient =>
  createHoldfastClient({ baseUrl: base, accessToken: token });

export const signInAdmin = (client: Client): Promise<Client> => signIn(client, 'admin', ADMIN_PASSWORD);

/** Somebody new with the role customer, registered as anybody would. */
export async function registerReader(client: Client, username: string): Promise<Person> {
  const { status, body } = await client.post('/api/auth/register', {
    username,
    email: `${username}@readers.example`,
    password: PASSWORD,
  });
  if (status !== 201) throw new Error(`${username} cannot register: ${status} ${JSON.stringify(body)}`);
  return { id: body.id, username, client: await signIn(client, username, PASSWORD) };
}

/** Somebody whom the admin gives a role. */
export async function employ(admin: Client, role: string, username: string = role): Promise<Person> {
  const { status, body } = await admin.post('/api/users', {
    username,
    email: `${username}@staff.example`,
    password: PASSWORD,
    role,
  });
  if (status !== 201) throw new Error(`${username} cannot be employed: ${status} ${JSON.stringify(body)}`);
  return { id: body.id, username, client: await signIn(admin, username, PASSWORD) };
}
