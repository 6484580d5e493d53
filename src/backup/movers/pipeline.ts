/**
 * Starts work ahead and hands the results on in order:
 *
 *   inputs ─→ start(input) … at most `depth` under way … ─→ results, in the order of the inputs
 *
 * When it ends early, what is under way is waited for, so that nothing of it runs on unseen.
 */
export async function* pipeline<T, R>(
  inputs: Iterable<T> | AsyncIterable<T>, depth: number, start: (input: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const underWay: Promise<R>[] = [];
  try {
    for await (const input of inputs) {
      const result = start(input);
      // A result that fails while an earlier one is waited for is reported in its turn.
      result.catch(() => {});
      underWay.push(result);
      if (underWay.length >= depth) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    await Promise.allSettled(underWay);
  }
}
