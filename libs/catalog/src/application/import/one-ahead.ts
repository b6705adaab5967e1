/**
 * The same items; while one is worked on, the next is made. What goes wrong meanwhile is thrown when its turn comes, and
 * whoever stops early stops the source too.
 */
export async function* oneAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  const begin = (): Promise<IteratorResult<T, unknown>> => {
    const next = iterator.next();
    next.catch(() => undefined);
    return next;
  };
  let coming = begin();
  try {
    for (;;) {
      const item = await coming;
      if (item.done) return;
      coming = begin();
      yield item.value;
    }
  } finally {
    await coming.catch(() => undefined);
    await iterator.return?.();
  }
}
