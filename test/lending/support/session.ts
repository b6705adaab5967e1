import { Client, type QueryResultRow } from 'pg';

/** A session of a test's own on a database, beside everything of the product. */
export class Session {
  private constructor(private readonly client: Client) {}

  static async open(databaseUrl: string): Promise<Session> {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    return new Session(client);
  }

  async query<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(sql, [...values])).rows;
  }

  /** Several statements, without values. */
  async run(sql: string): Promise<void> {
    await this.client.query(sql);
  }

  /** Of its process in the server. */
  async pid(): Promise<number> {
    return (await this.query<{ pid: number }>('SELECT pg_backend_pid() AS pid'))[0]?.pid ?? 0;
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

/** Customers who never sign in: staff reserve for them. */
export async function addCustomers(session: Session, count: number): Promise<string[]> {
  const rows = await session.query<{ id: string }>(
    `INSERT INTO identity.users (id, username, email, password_hash, role, is_active, email_verified, version, created_at, updated_at)
     SELECT id, 'r-' || id, id || '@readers.example', '$argon2id$none', 'customer', true, true, 1, now(), now()
       FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $1)) AS made RETURNING id`,
    [count],
  );
  return rows.map(({ id }) => id);
}
