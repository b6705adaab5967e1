import { type BeforeApplicationShutdown, Injectable, Logger, type MessageEvent } from '@nestjs/common';
import { Authenticator, etagOf, type Role } from '@holdfast/platform';
import { Observable } from 'rxjs';
import type { ReservationView } from './reservation.view.js';
import { ReservationViews } from './reservation-views.js';
import { TitleNews } from './title-news.js';

/** How often is looked, in milliseconds. */
export class LiveTimes {
  /** Whether anything has changed that nobody told of, and whether the listeners may still listen. */
  lookOut = 1000;
  /** Between two looks at what has changed: a storm on a title is shown in steps. */
  pause = 100;
  /** Proxies close connections on which nothing is said. */
  heartbeat = 15_000;
}

/** Who listens, and how they got in. */
export interface ListenerPass {
  token: string;
  role: Role;
}

interface Listener extends ListenerPass {
  /** Of the state that was sent last. */
  known: string;
  send(message: MessageEvent): void;
  end(): void;
}

/** A reservation that is listened to. */
interface Followed {
  bookId: string;
  /** What the table said of it when it was last looked at. */
  mark?: string;
  listeners: Set<Listener>;
}

/** Identifies a state of a reservation: it differs with all that is shown. */
export const stateOf = (view: ReservationView): string => etagOf(view).slice(1, -1);

export const isOver = ({ status }: ReservationView): boolean => status === 'completed' || status === 'cancelled';

/**
 * The listeners of this process. However many there are, a change costs one statement: when titles have changed, all
 * reservations there that somebody listens to are read together, and who has another state by then is sent it. Other
 * processes tell of their changes; what is not told shows in a look at versions and queues, once a second for all.
 */
@Injectable()
export class LiveReservations implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Live');
  private readonly followed = new Map<string, Followed>();
  /** Titles to look at. */
  private readonly changed = new Set<string>();
  private isLooking = false;
  private isLookingOut = false;
  private isClosed = false;
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly views: ReservationViews,
    private readonly authenticator: Authenticator,
    private readonly times: LiveTimes,
    news: TitleNews,
  ) {
    news.listen(
      (bookIds) => this.look(bookIds),
      () => this.look([...this.followed.values()].map(({ bookId }) => bookId)),
    );
  }

  /** Who listens in this process. */
  get listeners(): number {
    return [...this.followed.values()].reduce((sum, { listeners }) => sum + listeners.size, 0);
  }

  /**
   * The reservation as it is, unless that state is `seen`, and each other state from then on. Ends with the reservation,
   * when the token is no longer good or its owner has another role, and with the process.
   */
  follow(view: ReservationView, pass: ListenerPass, seen: string | undefined): Observable<MessageEvent> {
    return new Observable((subscriber) => {
      const known = stateOf(view);
      const listener: Listener = {
        ...pass,
        known,
        send: (message) => subscriber.next(message),
        end: () => subscriber.complete(),
      };
      if (known !== seen) listener.send(messageOf(view, known));
      if (isOver(view) || this.isClosed) return listener.end();
      this.add(view, listener);
      // What has changed since the view was read.
      this.look([view.bookId]);
      return () => this.remove(view.id, listener);
    });
  }

  beforeApplicationShutdown(): void {
    this.isClosed = true;
    for (const listener of this.all()) listener.end();
  }

  private add({ id, bookId }: ReservationView, listener: Listener): void {
    const followed = this.followed.get(id) ?? { bookId, listeners: new Set() };
    followed.listeners.add(listener);
    this.followed.set(id, followed);
    if (this.timers.length > 0) return;
    this.timers = [
      setInterval(() => void this.lookOut(), this.times.lookOut),
      setInterval(() => this.beat(), this.times.heartbeat),
    ];
  }

  private remove(id: string, listener: Listener): void {
    const followed = this.followed.get(id);
    followed?.listeners.delete(listener);
    if (followed?.listeners.size === 0) this.followed.delete(id);
    if (this.followed.size > 0) return;
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    this.changed.clear();
  }

  private all(): Listener[] {
    return [...this.followed.values()].flatMap(({ listeners }) => [...listeners]);
  }

  private look(bookIds: readonly string[]): void {
    for (const bookId of bookIds) this.changed.add(bookId);
    if (this.isLooking) return;
    this.isLooking = true;
    void this.lookWhileChanging();
  }

  private async lookWhileChanging(): Promise<void> {
    while (this.changed.size > 0 && this.followed.size > 0) {
      const bookIds = new Set(this.changed);
      this.changed.clear();
      const ids = [...this.followed].flatMap(([id, { bookId }]) => (bookIds.has(bookId) ? [id] : []));
      if (ids.length === 0) continue;
      try {
        for (const view of await this.views.select('r.id = ANY ($1::uuid[])', [ids], { limit: ids.length }))
          this.show(view);
      } catch (error) {
        this.logger.warn(`listeners wait for the database: ${(error as Error).message}`);
        for (const bookId of bookIds) this.changed.add(bookId);
      }
      await new Promise((resolve) => setTimeout(resolve, this.times.pause));
    }
    this.isLooking = false;
  }

  private show(view: ReservationView): void {
    const state = stateOf(view);
    for (const listener of this.followed.get(view.id)?.listeners ?? []) {
      if (listener.known === state) continue;
      listener.known = state;
      listener.send(messageOf(view, state));
      if (isOver(view)) listener.end();
    }
  }

  /** What nobody told of, since a message was lost or nothing is told of it (an end that passes). */
  private async lookOut(): Promise<void> {
    if (this.isLookingOut) return;
    this.isLookingOut = true;
    try {
      await this.endWhoMayNotListen();
      const marks = await this.views.marks([...this.followed.keys()]);
      const moved = [...this.followed].filter(([id, followed]) => {
        const before = followed.mark;
        followed.mark = marks.get(id);
        return before !== followed.mark;
      });
      if (moved.length > 0) this.look(moved.map(([, { bookId }]) => bookId));
    } catch (error) {
      this.logger.warn(`listeners wait for the database: ${(error as Error).message}`);
    } finally {
      this.isLookingOut = false;
    }
  }

  private async endWhoMayNotListen(): Promise<void> {
    const listeners = this.all();
    const actors = await this.authenticator.authenticateAll([...new Set(listeners.map(({ token }) => token))]);
    for (const listener of listeners) if (actors.get(listener.token)?.role !== listener.role) listener.end();
  }

  private beat(): void {
    for (const listener of this.all()) listener.send({ comment: 'still here' });
  }
}

const messageOf = (view: ReservationView, state: string): MessageEvent => ({
  type: 'reservation',
  id: state,
  data: view,
});
