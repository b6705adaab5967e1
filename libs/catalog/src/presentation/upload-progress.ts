import type { MessageEvent } from '@nestjs/common';
import {
  concat,
  distinctUntilChanged,
  exhaustMap,
  interval,
  last,
  map,
  merge,
  type Observable,
  of,
  share,
  takeUntil,
  takeWhile,
} from 'rxjs';
import type { UploadView } from '../application/import/upload.view.js';

const LOOK_MS = 500;
/** Proxies close connections on which nothing is said. */
const HEARTBEAT_MS = 15_000;

/** The upload as it is, and each change until it has ended; `heartbeat` events in between. Looks twice a second. */
export function progressOf(now: UploadView, look: () => Promise<UploadView>): Observable<MessageEvent> {
  const uploads = concat(of(now), interval(LOOK_MS).pipe(exhaustMap(look))).pipe(
    distinctUntilChanged((before, after) => JSON.stringify(before) === JSON.stringify(after)),
    takeWhile(({ status }) => status === 'queued' || status === 'processing', true),
    map((upload): MessageEvent => ({ type: 'upload', data: upload })),
    share(),
  );
  const heartbeat = interval(HEARTBEAT_MS).pipe(
    map((): MessageEvent => ({ type: 'heartbeat', data: {} })),
    takeUntil(uploads.pipe(last(undefined, null))),
  );
  return merge(uploads, heartbeat);
}
