import { type BeforeApplicationShutdown, Injectable, type MessageEvent } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  catchError,
  concat,
  defer,
  EMPTY,
  endWith,
  exhaustMap,
  filter,
  finalize,
  from,
  interval,
  map,
  merge,
  Observable,
  ReplaySubject,
  share,
  takeUntil,
  takeWhile,
  throwError,
  timer,
} from 'rxjs';
import { GetUpload, ReadUploadMarks, type UploadMark } from '../application/import/read-uploads.js';
import type { UploadView } from '../application/import/upload.view.js';
import { CatalogError } from '../domain/errors.js';
import { hasEnded } from '../domain/upload.js';

const LOOK_MS = 500;
/** Whoever comes back so soon finds the state that is known; so does the answer behind the look whether there is one. */
const KEPT_MS = 1000;
/** Proxies close connections on which nothing is said. */
const HEARTBEAT_MS = 15_000;

/**
 * Uploads as streams of events. However many listen, this process looks twice a second with one statement for all uploads
 * that somebody follows, and reads one once when it has changed. While the database is away nothing is said.
 */
@Injectable()
export class UploadProgress implements BeforeApplicationShutdown {
  private readonly followed = new Map<string, Observable<MessageEvent>>();
  private readonly ending = new ReplaySubject<void>(1);
  private readonly marks = interval(LOOK_MS).pipe(
    exhaustMap(() => from(this.readMarks()).pipe(catchError(() => EMPTY))),
    share(),
  );

  constructor(private readonly queries: QueryBus) {}

  /** The present state, then each change until the upload has ended. Fails with CatalogError `upload-not-found`. */
  of(id: string): Observable<MessageEvent> {
    const found = this.followed.get(id);
    if (found) return found;
    const states = this.follow(id).pipe(
      takeWhile(({ status }) => !hasEnded(status), true),
      map((upload): MessageEvent => ({ type: 'upload', id: nameOf(upload), data: JSON.stringify(upload) })),
      finalize(() => this.followed.delete(id)),
      share({
        connector: () => new ReplaySubject<MessageEvent>(1),
        resetOnComplete: () => timer(KEPT_MS),
        resetOnRefCountZero: () => timer(KEPT_MS),
      }),
    );
    this.followed.set(id, states);
    return states;
  }

  /** Streams would keep the server from closing: those that begin later end with the present state. */
  beforeApplicationShutdown(): void {
    this.ending.next();
  }

  private follow(id: string): Observable<UploadView> {
    let shown = '';
    const read = async (): Promise<UploadView> => {
      const upload = await this.queries.execute(new GetUpload(id));
      shown = nameOf(upload);
      return upload;
    };
    const readAgain = (): Observable<UploadView> =>
      from(read()).pipe(catchError((error) => (error instanceof CatalogError ? throwError(() => error) : EMPTY)));
    const changes = this.marks.pipe(
      takeUntil(this.ending),
      filter((marks) => marks.get(id) !== shown),
      exhaustMap(readAgain),
    );
    return concat(defer(read), changes);
  }

  private async readMarks(): Promise<Map<string, string>> {
    const marks = await this.queries.execute(new ReadUploadMarks([...this.followed.keys()]));
    return new Map(marks.map((mark) => [mark.uploadId, nameOf(mark)]));
  }
}

/** Of one state: while it is the same, all that is shown is. */
const nameOf = ({ status, processedRows, totalRows }: UploadMark): string =>
  `${status}-${processedRows}-${totalRows ?? ''}`;

/** For one listener: with comments in between, and an end as soon as he is not let in any more. */
export function listening(events: Observable<MessageEvent>, isLetIn: () => Promise<boolean>): Observable<MessageEvent> {
  const beats = interval(HEARTBEAT_MS).pipe(
    // What cannot be known now is asked again.
    exhaustMap(async () => ((await isLetIn().catch(() => true)) ? HEARTBEAT : END)),
  );
  return merge(events.pipe(endWith(END)), beats).pipe(takeWhile((event) => event !== END));
}

const HEARTBEAT: MessageEvent = { comment: 'still here' };
const END: MessageEvent = {};
