import { createHash, createHmac, type Hmac } from 'node:crypto';
import type { ReadyJson } from '../http/ready-json.js';

/** What a client gets for what it has made. */
export interface CreationAnswer {
  status: number;
  /** Path of what was made. */
  location: string | null;
  content: ReadyJson;
}

/** Who sent which key with what. */
export interface KeyUse {
  /** The id of an account, or the network of somebody without one. */
  caller: string;
  key: string;
  /** Method, route and all that was sent but for a streamed body: the same text for the same request. */
  request: string;
  /** For how long the answer is kept. */
  hours: number;
}

/**
 * A request that has an Idempotency-Key, for as long as it is handled. The key itself is kept nowhere: requests may have
 * passwords, and their fingerprints, made with the key, tell nothing to whoever does not know it.
 */
export class KeyedRequest {
  readonly caller: string;
  readonly hours: number;
  /** Of caller and key, in hexadecimal digits. */
  readonly digest: string;
  /** True once its key is claimed by hand, or its transaction is committed: `UnitOfWork` then leaves it alone. */
  isTaken = false;
  private readonly content: Hmac;
  private contentDigest: string | undefined;
  private kept: { result: unknown; answer: CreationAnswer } | undefined;

  /** @param present makes the answer of what the command gives. */
  constructor(
    { caller, key, request, hours }: KeyUse,
    private readonly present: (result: unknown) => CreationAnswer,
  ) {
    this.caller = caller;
    this.hours = hours;
    this.digest = createHash('sha256').update(`${caller}\n${key}`).digest('hex');
    this.content = createHmac('sha256', key).update(request);
  }

  /** The number of the advisory lock that the request holds while it runs: 64 bits of the digest, with a sign. */
  get lock(): bigint {
    return BigInt.asIntN(64, BigInt(`0x${this.digest.slice(0, 16)}`));
  }

  /** Of the whole request, in hexadecimal digits. What is streamed must have been read before. */
  get fingerprint(): string {
    return (this.contentDigest ??= this.content.digest('hex'));
  }

  /** Passes a streamed body on; `about` is what the form says besides. */
  async *reading(about: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    this.content.update(about);
    for await (const piece of body) {
      this.content.update(piece);
      yield piece;
    }
  }

  /** The answer of this result, to be kept in its transaction. */
  answerOf(result: unknown): CreationAnswer {
    this.kept = { result, answer: this.present(result) };
    return this.kept.answer;
  }

  /**
   * The answer that was kept of this result.
   * @throws Error where none was: the result must be what the transaction gave, or its repetition would answer otherwise
   */
  keptAnswerOf(result: unknown): CreationAnswer {
    if (!this.kept || this.kept.result !== result) {
      throw new Error('the route gives another result than its transaction kept');
    }
    return this.kept.answer;
  }
}
