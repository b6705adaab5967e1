import { randomUUID } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { Client } from '../../e2e/support/client.js';
import { PASSWORD } from '../../e2e/support/people.js';

/** What somebody wanted, and the answer, where there was one. */
interface Wish {
  path: string;
  body: Record<string, unknown>;
  key: string;
  answer?: { status: number; body: any; connection: IncomingHttpHeaders['connection'] };
}

/** Clients who register, make books and reserve them, each over its own kept connection, until no connection is to be had. */
export class WriteLoad {
  readonly wishes: Wish[] = [];
  private readonly agent: Agent;
  private readonly running: Promise<void>;
  /** Made by this load, and not reserved, or by nobody, yet. */
  private readonly freeBooks: string[] = [];
  private readonly newReaders: string[] = [];

  constructor(
    private readonly admin: Client,
    clients: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: clients });
    this.running = Promise.all(Array.from({ length: clients }, (_, n) => this.goOn(n))).then(() => undefined);
  }

  /** Nobody is let in any more. */
  async over(): Promise<void> {
    await this.running;
    this.agent.destroy();
  }

  get answered(): Wish[] {
    return this.wishes.filter(({ answer }) => answer !== undefined);
  }

  get unanswered(): Wish[] {
    return this.wishes.filter(({ answer }) => answer === undefined);
  }

  /** Wishes for a copy, each of another reader for another book. */
  get reservations(): Wish[] {
    return this.wishes.filter(({ path }) => path === RESERVATIONS);
  }

  /** Sends each wish once more to where `client` leads: what was broken of the promises, in sentences. */
  async audit(client: Client): Promise<string[]> {
    const broken: string[] = [];
    for (const { path, body, key, answer } of this.wishes) {
      const again = await client.post(path, body, { 'idempotency-key': key });
      const isReplayed = again.headers.get('idempotency-replayed') === 'true';
      const what = `${path} ${key}`;
      if (again.status !== 201) broken.push(`${what} was answered ${answer?.status}, and then ${again.status}`);
      else if (!answer && isReplayed) broken.push(`${what} was done, and nobody was told`);
      else if (answer?.status === 201 && !isReplayed) broken.push(`${what} was answered 201, and not done`);
      else if (answer?.status === 201 && again.body.id !== answer.body.id) broken.push(`${what} was done twice`);
    }
    return broken;
  }

  private async goOn(client: number): Promise<void> {
    for (let round = client; ; round++) {
      const wish = this.next(round);
      this.wishes.push(wish);
      try {
        wish.answer = await this.send(wish);
        this.note(wish.path, wish.answer);
      } catch {
        // Refused, or reset before an answer began: gone for this client, who would ask another process.
        return;
      }
    }
  }

  private note(path: string, answer: Wish['answer']): void {
    if (answer?.status !== 201) return;
    if (path === BOOKS) this.freeBooks.push(answer.body.id);
    if (path === REGISTER) this.newReaders.push(answer.body.id);
  }

  private next(round: number): Wish {
    const key = randomUUID();
    const [bookId] = this.freeBooks;
    const [customerId] = this.newReaders;
    if (round % 3 === 2 && bookId && customerId) {
      this.freeBooks.shift();
      this.newReaders.shift();
      return { path: RESERVATIONS, body: { bookId, customerId, reservedUntil: IN_FIVE_DAYS }, key };
    }
    if (round % 3 !== 0) return { path: BOOKS, body: { title: `Wish ${key}`, price: 5, units: 1 }, key };
    const username = `w-${key.slice(0, 18)}`;
    return { path: REGISTER, body: { username, email: `${username}@readers.example`, password: PASSWORD }, key };
  }

  /** @throws when there is no answer, or only a part of one */
  private send({ path, body, key }: Wish): Promise<Wish['answer']> {
    const bytes = JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${this.admin.token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(bytes),
      'idempotency-key': key,
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.admin.base}${path}`, { method: 'POST', agent: this.agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('error', reject).on('end', () => {
          const { statusCode: status = 0, headers: heard } = response;
          resolve({ status, body: JSON.parse(text), connection: heard.connection });
        });
      });
      sent.on('error', reject).end(bytes);
    });
  }
}

const REGISTER = '/api/auth/register';
const BOOKS = '/api/books';
const RESERVATIONS = '/api/reservations';
const IN_FIVE_DAYS = new Date(Date.now() + 5 * 86_400_000).toISOString();
