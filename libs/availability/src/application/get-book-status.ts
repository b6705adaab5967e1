import { setMaxListeners } from 'node:events';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Clock, Settings, TemporarilyUnavailable } from '@holdfast/platform';
import { AvailabilityError } from '../domain/errors.js';
import { availabilityOf, type LibraryAnswer, type Silence } from '../domain/library-answer.js';
import { type AskedBook, statusUrlOf } from '../domain/status-url.js';
import type { BookStatusView } from './availability.view.js';
import { NetworkFigures } from './network-figures.js';
import { type Caller, ExternalLibraries, type Library, LibraryNetwork, NoAnswer } from './network.js';

/**
 * Asks every library whether it has the book, all at once, and answers within AVAILABILITY_BUDGET_MS; who is silent then
 * is named.
 * @throws AvailabilityError when there is no such book; TemporarilyUnavailable when the API does not say which libraries
 * there are
 */
export class GetBookStatus extends Query<BookStatusView> {
  constructor(
    readonly bookId: string,
    readonly caller: Caller,
  ) {
    super();
  }
}

/** How many are free, by library id. */
type Copies = ReadonlyMap<string, number>;

/** An answer or a silence, and how long it took. */
type Timed<T> = { latencyMs: number } & ({ value: T } | { silence: Silence });

@QueryHandler(GetBookStatus)
export class GetBookStatusHandler implements IQueryHandler<GetBookStatus> {
  constructor(
    private readonly network: LibraryNetwork,
    private readonly externals: ExternalLibraries,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly figures: NetworkFigures,
  ) {}

  async execute({ bookId, caller }: GetBookStatus): Promise<BookStatusView> {
    const signal = AbortSignal.timeout(this.settings.availabilityBudgetMs);
    // As many wait for it as there are libraries: to Node more than ten look like a leak.
    setMaxListeners(0, signal);
    const copies = timed(this.copiesOf(bookId, caller, signal));
    // Waited for together, so that a refusal of either is told at once.
    const [details] = await Promise.all([this.askAll(bookId, caller, copies, signal), copies]);
    this.figures.count(details);
    return { bookId, availability: availabilityOf(details), details, checkedAt: this.clock.now().toISOString() };
  }

  private async copiesOf(bookId: string, caller: Caller, signal: AbortSignal): Promise<Copies> {
    return (await this.network.freeCopies(bookId, caller, signal)) ?? sayThatThereIsNoSuchBook();
  }

  /** Nobody waits for the copies but the libraries that have them. */
  private async askAll(
    bookId: string,
    caller: Caller,
    copies: Promise<Timed<Copies>>,
    signal: AbortSignal,
  ): Promise<LibraryAnswer[]> {
    const [book, libraries] = await Promise.all([
      this.network.isbnOf(bookId, caller, signal),
      this.network.libraries(caller, signal),
    ]).catch(sayThatTheApiIsSilent);
    const asked = { id: bookId, isbn: (book ?? sayThatThereIsNoSuchBook()).isbn };
    return Promise.all(
      libraries.map(async (library) =>
        library.statusUrl === null
          ? localAnswer(library, await copies)
          : this.askExternal(library, library.statusUrl, asked, signal),
      ),
    );
  }

  private async askExternal(
    library: Library,
    template: string,
    book: AskedBook,
    signal: AbortSignal,
  ): Promise<LibraryAnswer> {
    const url = statusUrlOf(template, book);
    if (!(url instanceof URL)) return answerOf(library, 'external', { silence: url, latencyMs: 0 });
    return answerOf(library, 'external', await timed(this.externals.ask(library, url, signal)));
  }
}

const localAnswer = (library: Library, copies: Timed<Copies>): LibraryAnswer =>
  answerOf(
    library,
    'local',
    'value' in copies ? { ...copies, value: (copies.value.get(library.id) ?? 0) > 0 } : copies,
  );

const answerOf = ({ name }: Library, source: LibraryAnswer['source'], answer: Timed<boolean>): LibraryAnswer =>
  'value' in answer
    ? { library: name, available: answer.value, source, latencyMs: answer.latencyMs }
    : { library: name, available: null, source, latencyMs: answer.latencyMs, error: answer.silence };

/** What is no silence is thrown. */
async function timed<T>(work: Promise<T>): Promise<Timed<T>> {
  const started = performance.now();
  const latencyMs = (): number => Math.round(performance.now() - started);
  try {
    return { value: await work, latencyMs: latencyMs() };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { silence: error.silence, latencyMs: latencyMs() };
  }
}

function sayThatThereIsNoSuchBook(): never {
  throw new AvailabilityError('book-not-found', 'There is no such book.');
}

function sayThatTheApiIsSilent(error: unknown): never {
  if (!(error instanceof NoAnswer)) throw error;
  const detail = `The API does not say which libraries there are (${error.silence}). Nothing was asked of them.`;
  throw new TemporarilyUnavailable(detail, error);
}
