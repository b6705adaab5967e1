import { Injectable } from '@nestjs/common';
import { Libraries, type LibraryReference } from '@holdfast/inventory';
import { Clock, IdempotencyKeys, type KeyedRequest, type SpanStart, traced, UnitOfWork } from '@holdfast/platform';
import type { Title } from '../domain/title.js';
import type { Outcome, Patience } from './crowd.js';
import { type CopyRequest, type Decision, decideRequests, heldTitles } from './decide-requests.js';
import type { ReservationView } from './reservation.view.js';
import type { ReservationChange } from './reservations.js';
import { Terms } from './terms.js';
import { type Held, TitleDesk } from './title-desk.js';
import { TitleQueue } from './title-queue.js';

/**
 * Decides requests for copies, any number at once: in one transaction, and in a handful of statements. Under the locks of
 * the customers and the titles each of them, in their order, meets the rules, and gets a free copy or draws a ticket; so
 * tickets follow the order of the commits.
 */
@Injectable()
export class RequestDesk {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly desk: TitleDesk,
    private readonly libraries: Libraries,
    private readonly queue: TitleQueue,
    private readonly terms: Terms,
    private readonly clock: Clock,
    private readonly keys: IdempotencyKeys,
  ) {}

  /** Requests with an Idempotency-Key have it claimed and their answer kept in the same transaction. */
  decide(requests: readonly CopyRequest[], patience: Patience): Promise<Outcome<ReservationView>[]> {
    return traced(
      () => deciding(requests),
      () => this.unitOfWork.runLocking(() => this.decideTogether(requests, patience)),
    );
  }

  private async decideTogether(
    requests: readonly CopyRequest[],
    patience: Patience,
  ): Promise<Outcome<ReservationView>[]> {
    const refused = await this.refusedForTheirKeys(requests);
    const left = requests.filter((request) => !refused.has(request));
    const outcomes = left.length === 0 ? [] : await this.decideAll(left, patience);
    await this.keys.keep(left.flatMap(({ keyed }, place) => keptOf(keyed, outcomes[place])));
    const inOrder = outcomes.values();
    return requests.map((request) => refused.get(request) ?? (inOrder.next().value as Outcome<ReservationView>));
  }

  private async refusedForTheirKeys(
    requests: readonly CopyRequest[],
  ): Promise<Map<CopyRequest, Outcome<ReservationView>>> {
    const keyed = requests.filter((request) => request.keyed !== undefined);
    const refusals = await this.keys.claim(keyed.flatMap((request) => request.keyed ?? []));
    return new Map(
      keyed.flatMap((request, place) => (refusals[place] ? [[request, { refusal: refusals[place] }] as const] : [])),
    );
  }

  private async decideAll(requests: readonly CopyRequest[], patience: Patience): Promise<Outcome<ReservationView>[]> {
    const libraries = await this.librariesOf(requests);
    const held = await this.desk.hold(
      requests.map(({ customerId }) => customerId),
      requests.map(({ bookId }) => bookId),
      patience,
    );
    const titles = heldTitles(held);
    const served = await this.serveThoseBefore(held, titles);
    const facts = { held, libraries, titles, patience, terms: this.terms.ofLoans, now: this.clock.now() };
    const decisions = decideRequests(requests, facts);
    const made = decisions.flatMap((decision, place) => madeBy(decision, requests[place]));
    const views = await this.queue.keep([...titles.values()], [...served, ...made]);
    return outcomesOf(decisions, views.slice(served.length));
  }

  private async librariesOf(requests: readonly CopyRequest[]): Promise<ReadonlyMap<string, LibraryReference>> {
    const named = new Set(requests.flatMap(({ library }) => library ?? []));
    return named.size === 0 ? new Map() : this.libraries.resolveAll([...named]);
  }

  /** A copy can be free beside one who waits only if that reader may have it just since a limit was raised: they go first. */
  private serveThoseBefore(held: Held, titles: ReadonlyMap<string, Title>): Promise<ReservationChange[]> {
    const crowded = [...titles.values()].filter(({ bookId }) => (held.titles.get(bookId)?.waiting ?? 0) > 0);
    return this.queue.handOut(crowded);
  }
}

const madeBy = (decision: Decision, request: CopyRequest | undefined): ReservationChange[] =>
  typeof decision === 'object' && 'reservation' in decision
    ? [{ event: 'reservation_created', reservation: decision.reservation, ...trailOf(request) }]
    : [];

const trailOf = (request: CopyRequest | undefined): Pick<CopyRequest, 'traceparent' | 'requestId'> => ({
  traceparent: request?.traceparent,
  requestId: request?.requestId,
});

function outcomesOf(decisions: readonly Decision[], views: readonly ReservationView[]): Outcome<ReservationView>[] {
  const left = views.values();
  return decisions.map((decision) =>
    typeof decision === 'object' && 'reservation' in decision
      ? { answer: left.next().value as ReservationView }
      : decision,
  );
}

const keptOf = (
  request: KeyedRequest | undefined,
  outcome: Outcome<ReservationView> | undefined,
): { request: KeyedRequest; result: ReservationView }[] =>
  request && typeof outcome === 'object' && 'answer' in outcome ? [{ request, result: outcome.answer }] : [];

/** A span of the first, with links to the others. */
const deciding = (requests: readonly CopyRequest[]): SpanStart => ({
  name: 'decide reservations',
  kind: 'internal',
  parents: requests.map(({ traceparent }) => traceparent),
  attributes: { 'holdfast.requests': requests.length },
});
