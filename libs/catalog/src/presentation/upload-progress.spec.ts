import type { MessageEvent } from '@nestjs/common';
import type { QueryBus } from '@nestjs/cqrs';
import { lastValueFrom, NEVER, type Observable, of, toArray } from 'rxjs';
import { GetUpload, type ReadUploadMarks } from '../application/import/read-uploads.js';
import type { UploadView } from '../application/import/upload.view.js';
import { uploadNotFound } from '../domain/errors.js';
import { listening, UploadProgress } from './upload-progress.js';

type State = Pick<UploadView, 'status' | 'processedRows' | 'totalRows'>;

/** Uploads as a database would have them, and what it was asked. */
class Uploads {
  readonly states = new Map<string, State>();
  looks: string[][] = [];
  reads: string[] = [];
  isAway = false;

  set(uploadId: string, status: State['status'], processedRows = 0, totalRows: number | null = null): void {
    this.states.set(uploadId, { status, processedRows, totalRows });
  }

  execute(query: GetUpload | ReadUploadMarks): Promise<unknown> {
    if (query instanceof GetUpload) this.reads.push(query.id);
    else this.looks.push([...query.ids]);
    if (this.isAway) return Promise.reject(new Error('Connection terminated'));
    if (query instanceof GetUpload) return this.read(query.id);
    return Promise.resolve(query.ids.flatMap((id) => (this.states.has(id) ? [this.view(id)] : [])));
  }

  private read(id: string): Promise<unknown> {
    return this.states.has(id) ? Promise.resolve(this.view(id)) : Promise.reject(uploadNotFound());
  }

  private view(uploadId: string): Partial<UploadView> {
    return { uploadId, ...this.states.get(uploadId) };
  }
}

/** What a listener has heard, and how it ended. */
interface Ear {
  heard: MessageEvent[];
  end: string;
  leave(): void;
}

function listenTo(events: Observable<MessageEvent>): Ear {
  const ear: Ear = { heard: [], end: '', leave: () => subscription.unsubscribe() };
  const subscription = events.subscribe({
    next: (event) => ear.heard.push(event),
    complete: () => (ear.end = 'completed'),
    error: (error: Error) => (ear.end = error.message),
  });
  return ear;
}

const rowsIn = ({ heard }: Ear): number[] =>
  heard.map(({ data }) => (JSON.parse(data as string) as UploadView).processedRows);

describe('following uploads', () => {
  let uploads: Uploads;
  let progress: UploadProgress;
  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

  beforeEach(() => {
    jest.useFakeTimers();
    uploads = new Uploads();
    progress = new UploadProgress(uploads as unknown as QueryBus);
  });
  afterEach(async () => {
    progress.beforeApplicationShutdown();
    await pass(2000);
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('tells the present state at once, then each change, and ends with the end', async () => {
    uploads.set('a', 'queued');
    const ear = listenTo(progress.of('a'));
    await pass(0);
    expect(rowsIn(ear)).toEqual([0]);
    await pass(2000);
    uploads.set('a', 'processing', 0, 10);
    await pass(600);
    uploads.set('a', 'processing', 5, 10);
    await pass(600);
    uploads.set('a', 'completed', 10, 10);
    await pass(600);
    expect(rowsIn(ear)).toEqual([0, 0, 5, 10]);
    expect(ear.end).toBe('completed');
    expect(ear.heard[2]).toEqual({
      type: 'upload',
      id: 'processing-5-10',
      data: JSON.stringify({ uploadId: 'a', status: 'processing', processedRows: 5, totalRows: 10 }),
    });
    expect(new Set(ear.heard.map(({ id }) => id)).size).toBe(4);
  });

  it('looks once for all who listen, and reads once what has changed', async () => {
    for (const id of ['a', 'b', 'c']) uploads.set(id, 'processing', 0, 9);
    const ears = ['a', 'b', 'c'].flatMap((id) => Array.from({ length: 50 }, () => listenTo(progress.of(id))));
    await pass(0);
    expect(uploads.reads).toEqual(['a', 'b', 'c']);
    uploads.set('b', 'processing', 4, 9);
    await pass(2000);
    expect(uploads.reads).toEqual(['a', 'b', 'c', 'b']);
    expect(uploads.looks).toEqual(Array.from({ length: 4 }, () => ['a', 'b', 'c']));
    expect(ears.map(rowsIn)).toEqual(
      ['a', 'b', 'c'].flatMap((id) => Array.from({ length: 50 }, () => (id === 'b' ? [0, 4] : [0]))),
    );
  });

  it('tells who comes later what is known, and then the same', async () => {
    uploads.set('a', 'processing', 1, 9);
    listenTo(progress.of('a'));
    await pass(600);
    const late = listenTo(progress.of('a'));
    expect(rowsIn(late)).toEqual([1]);
    uploads.set('a', 'failed', 3, 9);
    await pass(600);
    expect([rowsIn(late), late.end]).toEqual([[1, 3], 'completed']);
    expect(uploads.reads).toHaveLength(2);
  });

  it('asks nothing more when the last listener has gone', async () => {
    uploads.set('a', 'processing', 1, 9);
    uploads.set('b', 'processing', 1, 9);
    const ears = [listenTo(progress.of('a')), listenTo(progress.of('a')), listenTo(progress.of('b'))];
    await pass(600);
    for (const ear of ears) ear.leave();
    await pass(1500);
    const before = uploads.looks.length;
    await pass(60_000);
    expect(uploads.looks).toHaveLength(before);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('says nothing while the database is away, and goes on afterwards', async () => {
    uploads.set('a', 'processing', 1, 9);
    const ear = listenTo(progress.of('a'));
    await pass(600);
    uploads.isAway = true;
    uploads.set('a', 'processing', 5, 9);
    await pass(5000);
    expect([rowsIn(ear), ear.end]).toEqual([[1], '']);
    uploads.isAway = false;
    await pass(600);
    expect(rowsIn(ear)).toEqual([1, 5]);
  });

  it('also when it goes away between the look and the reading', async () => {
    uploads.set('a', 'processing', 1, 9);
    const ear = listenTo(progress.of('a'));
    await pass(600);
    uploads.set('a', 'completed', 9, 9);
    const execute = jest.spyOn(uploads, 'execute');
    execute.mockImplementation((query) => {
      if (query instanceof GetUpload) {
        execute.mockRestore();
        return Promise.reject(new Error('Connection terminated'));
      }
      return Promise.resolve([{ uploadId: 'a', status: 'completed', processedRows: 9, totalRows: 9 }]);
    });
    await pass(1200);
    expect([rowsIn(ear), ear.end]).toEqual([[1, 9], 'completed']);
  });

  it('fails at once where there is no such upload, or no answer, and later where it was removed', async () => {
    const unknown = listenTo(progress.of('x'));
    uploads.set('a', 'processing', 1, 9);
    const removed = listenTo(progress.of('a'));
    await pass(0);
    expect(unknown.end).toBe('There is no such upload.');
    uploads.states.delete('a');
    await pass(600);
    expect(removed.end).toBe('There is no such upload.');
    uploads.isAway = true;
    const refused = listenTo(progress.of('a'));
    await pass(0);
    expect(refused.end).toBe('Connection terminated');
  });

  it('ends when the program ends', async () => {
    uploads.set('a', 'processing', 1, 9);
    const ear = listenTo(progress.of('a'));
    await pass(600);
    progress.beforeApplicationShutdown();
    expect(ear.end).toBe('completed');
    uploads.set('b', 'processing', 2, 9);
    const late = listenTo(progress.of('b'));
    await pass(0);
    expect([rowsIn(late), late.end]).toEqual([[2], 'completed']);
  });
});

describe('a listener', () => {
  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('hears something every fifteen seconds, which is no event', async () => {
    const ear = listenTo(listening(NEVER, () => Promise.resolve(true)));
    await pass(46_000);
    expect(ear.heard).toEqual(Array.from({ length: 3 }, () => ({ comment: expect.any(String) })));
    ear.leave();
  });

  it('hears the end, and then nothing more', async () => {
    const events = listening(of({ type: 'upload' }), () => Promise.resolve(true)).pipe(toArray());
    expect(await lastValueFrom(events)).toEqual([{ type: 'upload' }]);
  });

  it('who is not let in any more hears nothing more', async () => {
    let isLetIn = true;
    const ear = listenTo(listening(NEVER, () => Promise.resolve(isLetIn)));
    await pass(16_000);
    isLetIn = false;
    await pass(15_000);
    expect([ear.heard.length, ear.end]).toEqual([1, 'completed']);
  });

  it('of whom nothing can be known just now stays', async () => {
    const ear = listenTo(listening(NEVER, () => Promise.reject(new Error('Connection terminated'))));
    await pass(31_000);
    expect([ear.heard.length, ear.end]).toEqual([2, '']);
    ear.leave();
  });
});
