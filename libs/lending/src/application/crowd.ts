import { AsyncResource } from 'node:async_hooks';

/** What became of one of several requests; `busy`: undecided, since others hold what it needs. */
export type Outcome<Answer> = { answer: Answer } | { refusal: unknown } | 'busy';

/** Whether a decision waits for what others hold, or leaves out the requests that would have to. */
export type Patience = 'wait' | 'none';

/**
 * Decides several requests at once, in one transaction: an outcome for each, in their order. Of one key none is decided
 * behind one that is `busy`, and with patience none is busy.
 */
export type Decide<Request, Answer> = (
  requests: readonly Request[],
  patience: Patience,
) => Promise<readonly Outcome<Answer>[]>;

export interface CrowdLimits {
  /** Requests of one round. */
  together: number;
  /** Where twice as many wait and more, half of those are a round, but never more than these. */
  atMost: number;
  /** Rounds at a time. */
  rounds: number;
  /** Lanes at a time: each holds a connection for as long as others hold what it waits for. */
  lanes: number;
}

interface Waiting<Request, Answer> {
  request: Request;
  resolve: (answer: Answer) => void;
  reject: (reason: unknown) => void;
}

/** Those of one key whom a round left undecided, and how many of the key are decided together from now on. */
interface Lane<Request, Answer> {
  key: string;
  left: Waiting<Request, Answer>[];
  together: number;
}

/**
 * Requests that come while others are being decided wait, and are then decided together: who comes first goes straight, a
 * crowd shares a round. Requests of one key are decided in the order in which they came. What a round must leave out, for
 * somebody else holds it, waits in rounds of its own (a lane), where it keeps nobody but other lanes from anything.
 *
 * It saves work, and promises nothing to other processes: whoever decides has to lock.
 */
export class Crowd<Request, Answer> {
  /** Those who wait, by key; a key that nobody waits under and nobody decides is not there. */
  private readonly lines = new Map<string, Waiting<Request, Answer>[]>();
  /** Keys that a round may take from, the one that has waited longest first. */
  private readonly ready = new Set<string>();
  /** In the lines of these. */
  private waiting = 0;
  private rounds = 0;
  private lanes = 0;
  /** Lanes that begin when others have ended, in this order. */
  private readonly heldUp: Lane<Request, Answer>[] = [];
  /** When the next round is to start at the end of this turn of the event loop: the time by which it is to start anyway. */
  private startsBy: number | null = null;
  // A round must not run in the transaction or the request of whoever happened to come first.
  private readonly ownContext = new AsyncResource('Crowd');

  /** `isHopeless`: whether an error of a round would come again if its requests were decided one by one. */
  constructor(
    private readonly decide: Decide<Request, Answer>,
    private readonly limits: CrowdLimits,
    private readonly isHopeless: (error: unknown) => boolean,
  ) {}

  submit(key: string, request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const line = this.lines.get(key);
      if (line) line.push({ request, resolve, reject });
      else {
        this.lines.set(key, [{ request, resolve, reject }]);
        this.ready.add(key);
      }
      if (this.ready.has(key)) this.waiting++;
      this.start();
    });
  }

  /**
   * At the end of this turn of the event loop, so that what was read from the sockets in it goes together; at once when that
   * is enough for a round, or the turn has lasted: with a thousand sockets to read it takes seconds.
   */
  private start(): void {
    if (!this.mayStart()) return;
    if (this.waiting >= this.limits.together || this.isOverdue) {
      return this.ownContext.runInAsyncScope(() => this.startNow());
    }
    if (this.startsBy !== null) return;
    this.startsBy = performance.now() + TURN_MS;
    this.ownContext.runInAsyncScope(() => {
      setImmediate(() => {
        this.startsBy = null;
        this.startNow();
        this.start();
      });
    });
  }

  private get isOverdue(): boolean {
    return this.startsBy !== null && performance.now() > this.startsBy;
  }

  private startNow(): void {
    if (this.mayStart()) void this.round(this.gather());
  }

  private mayStart(): boolean {
    return this.rounds < this.limits.rounds && this.ready.size > 0;
  }

  private gather(): [key: string, Waiting<Request, Answer>[]][] {
    const gathered: [string, Waiting<Request, Answer>[]][] = [];
    let places = this.places;
    for (const key of this.ready) {
      if (places === 0) break;
      this.ready.delete(key);
      this.waiting -= this.lineOf(key).length;
      const some = this.lineOf(key).splice(0, places);
      places -= some.length;
      gathered.push([key, some]);
    }
    return gathered;
  }

  private get places(): number {
    const { together, atMost } = this.limits;
    return Math.min(Math.max(together, this.waiting >> 1), atMost);
  }

  private lineOf(key: string): Waiting<Request, Answer>[] {
    return this.lines.get(key) ?? [];
  }

  private async round(gathered: [key: string, Waiting<Request, Answer>[]][]): Promise<void> {
    this.rounds += 1;
    const { outcomes, failed } = await this.decided(
      gathered.flatMap(([, some]) => some),
      'none',
    );
    this.rounds -= 1;
    let place = 0;
    for (const [key, some] of gathered) {
      const left = some.filter((_, nth) => outcomes[place + nth] === 'busy');
      place += some.length;
      if (left.length > 0) this.heldUp.push({ key, left, together: failed ? 1 : this.limits.together });
      else this.release(key);
    }
    this.openLanes();
    // The database works for those who wait while these get their answers.
    if (this.startsBy === null || this.isOverdue) this.startNow();
    behindAllElse(() =>
      settle(
        gathered.flatMap(([, some]) => some),
        outcomes,
      ),
    );
  }

  private openLanes(): void {
    while (this.lanes < this.limits.lanes) {
      const next = this.heldUp.shift();
      if (!next) return;
      void this.lane(next);
    }
  }

  /**
   * Decides with patience what a round left out, and who has come meanwhile: where one had to wait, others will. Not more than
   * `together`, who keep what they have while they wait for the rest.
   */
  private async lane({ key, left, together }: Lane<Request, Answer>): Promise<void> {
    this.lanes += 1;
    while (left.length > 0) {
      const some = left.splice(0, together);
      const { outcomes, failed } = await this.decided(some, 'wait');
      if (failed) together = 1;
      left = [...settle(some, outcomes), ...left];
      if (left.length > 0) continue;
      together = this.limits.together;
      left = this.lineOf(key).splice(0, together);
    }
    this.lanes -= 1;
    this.release(key);
    this.openLanes();
    this.start();
  }

  private release(key: string): void {
    const { length } = this.lineOf(key);
    if (length === 0) this.lines.delete(key);
    else {
      this.ready.add(key);
      this.waiting += length;
    }
  }

  /** Of a round that failed everyone is undecided, unless it is hopeless, or there was only one. */
  private async decided(waiting: readonly Waiting<Request, Answer>[], patience: Patience): Promise<Round<Answer>> {
    try {
      const requests = waiting.map(({ request }) => request);
      const outcomes = await this.decide(requests, patience);
      if (patience === 'none') return { outcomes, failed: false };
      return { outcomes: outcomes.map((outcome) => (outcome === 'busy' ? UNDECIDED : outcome)), failed: false };
    } catch (error) {
      const isFinal = waiting.length === 1 || this.isHopeless(error);
      return { outcomes: waiting.map(() => (isFinal ? { refusal: error } : 'busy')), failed: true };
    }
  }
}

/** Of the event loop, where it is not flooded. */
const TURN_MS = 50;

interface Round<Answer> {
  outcomes: readonly Outcome<Answer>[];
  failed: boolean;
}

const UNDECIDED = { refusal: new Error('a request was left undecided by a round that had patience') };

/** When nothing else is left to be done at once, and yet in this turn of the event loop: the next may be seconds away. */
function behindAllElse(work: () => void): void {
  process.nextTick(() => queueMicrotask(() => process.nextTick(work)));
}

/** Gives those who are still undecided. */
function settle<Request, Answer>(
  waiting: readonly Waiting<Request, Answer>[],
  outcomes: readonly Outcome<Answer>[],
): Waiting<Request, Answer>[] {
  return waiting.filter(({ resolve, reject }, place) => {
    const outcome = outcomes[place] ?? UNDECIDED;
    if (outcome === 'busy') return true;
    if ('answer' in outcome) resolve(outcome.answer);
    else reject(outcome.refusal);
    return false;
  });
}
