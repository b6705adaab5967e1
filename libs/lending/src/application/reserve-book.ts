import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { currentContext, Database, IdempotencyKeys, isConnectionFailure, Settings, traced } from '@holdfast/platform';
import type { LoanEnd } from '../domain/loan-terms.js';
import { Crowd } from './crowd.js';
import type { CopyRequest } from './decide-requests.js';
import { RequestDesk } from './request-desk.js';
import type { ReservationView } from './reservation.view.js';

/** A copy of the book for the customer, at once or when their turn comes. `library`: name or id; undefined: any. */
export class ReserveBook extends Command<ReservationView> {
  constructor(
    readonly customerId: string,
    readonly bookId: string,
    readonly until: LoanEnd,
    readonly library?: string,
  ) {
    super();
  }
}

/**
 * Measured with bench/lending.mjs and bench/overload.mjs. Were more of a small crowd decided together, this process would have
 * nothing to do while the database decides; of a large one, with fewer the turns of a busy event loop between the statements
 * of a round would be the limit. More rounds at a time gain nothing.
 */
const LIMITS = { together: 32, atMost: 256, rounds: 2 };
/** Of the connections to the database: the others are for those who need not wait for anybody's lock. */
const SHARE_OF_LANES = 1 / 4;

/**
 * Requests that come while others are being decided are decided together, those for one book in the order in which they
 * came (ADR 16). One that is part of a transaction already is decided in it, under the same locks.
 */
@CommandHandler(ReserveBook)
export class ReserveBookHandler implements ICommandHandler<ReserveBook> {
  private readonly crowd: Crowd<CopyRequest, ReservationView>;

  constructor(
    private readonly desk: RequestDesk,
    private readonly database: Database,
    private readonly keys: IdempotencyKeys,
    { databasePoolSize }: Settings,
  ) {
    const limits = { ...LIMITS, lanes: Math.max(1, Math.floor(databasePoolSize * SHARE_OF_LANES)) };
    this.crowd = new Crowd((requests, patience) => desk.decide(requests, patience), limits, isConnectionFailure);
  }

  execute(command: ReserveBook): Promise<ReservationView> {
    return traced(
      () => ({ name: 'reserve book', kind: 'internal' }),
      () => this.submit(command),
    );
  }

  private submit({ customerId, bookId, until, library }: ReserveBook): Promise<ReservationView> {
    const { traceparent, requestId } = currentContext() ?? {};
    const isPartOfMore = this.database.transaction !== undefined;
    const keyed = isPartOfMore ? undefined : this.keys.take();
    const request = { customerId, bookId, until, library, traceparent, requestId, keyed };
    return isPartOfMore ? this.decideAlone(request) : this.crowd.submit(bookId, request);
  }

  private async decideAlone(request: CopyRequest): Promise<ReservationView> {
    const [outcome] = await this.desk.decide([request], 'wait');
    if (typeof outcome === 'object' && 'answer' in outcome) return outcome.answer;
    throw typeof outcome === 'object' ? outcome.refusal : new Error('a request was left undecided');
  }
}
