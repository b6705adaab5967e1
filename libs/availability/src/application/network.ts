import type { Silence } from '../domain/library-answer.js';

/** On whose behalf the network is asked. */
export interface Caller {
  /** The Authorization header, as it came. */
  authorization?: string;
  /** The network address, for limits of the API. */
  address: string;
}

export interface Library {
  id: string;
  name: string;
  /** Of an external library: where it is asked. */
  statusUrl: string | null;
}

/** An answer of the API, to be passed on as it is. */
export interface ApiAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Somebody who was asked did not answer, or not as agreed. `cause` is for the log. */
export class NoAnswer extends Error {
  constructor(
    readonly silence: Silence,
    /** Whether a connection was there, so that the question may have arrived. */
    readonly wasConnected = false,
    cause?: unknown,
  ) {
    super(silence);
    this.name = 'NoAnswer';
    this.cause = cause;
  }
}

/**
 * The API of the library network, our source for books, libraries and copies. A port.
 *
 * A question that fails is put again, and ends with the signal at the latest. It throws `NoAnswer`, or what the API
 * refused: `Unauthenticated`, `Forbidden` (the catalogue is not public), `TooManyRequests`.
 */
export abstract class LibraryNetwork {
  /** Null when there is no such book. */
  abstract isbnOf(bookId: string, caller: Caller, signal: AbortSignal): Promise<{ isbn: string | null } | null>;
  /** All libraries, in the order of their names. */
  abstract libraries(caller: Caller, signal: AbortSignal): Promise<Library[]>;
  /** How many copies are free, by library id, where a library holds any; null when there is no such book. */
  abstract freeCopies(bookId: string, caller: Caller, signal: AbortSignal): Promise<ReadonlyMap<string, number> | null>;
  /** Sends the reservation exactly once. @throws NoAnswer */
  abstract reserve(wish: object, idempotencyKey: string, caller: Caller): Promise<ApiAnswer>;
  /** Rejects when the API does not answer at all. */
  abstract check(): Promise<void>;
}

/** The external libraries, each behind a limit of its own, so that one that fails costs the others nothing. A port. */
export abstract class ExternalLibraries {
  /** Whether the library has what the URL asks for. @throws NoAnswer, at the latest when the signal ends the question */
  abstract ask(library: Library, url: URL, signal: AbortSignal): Promise<boolean>;
  /** How many of them failed so often that they are not asked now. Once its pause has passed, one counts no more. */
  abstract leftAlone(): number;
}
