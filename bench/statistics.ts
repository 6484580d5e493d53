/** What is said about samples: medians, for one slow sample must not decide. */

/** Throws: RangeError without samples. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new RangeError('Cannot take a median: there are no samples');
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The median of the ratios of pairs, each measured side by side, so that what slows the machine for
 * a while slows both of a pair.
 *
 * Throws: RangeError if there are no pairs, or one has no partner.
 */
export function pairedRatio(ours: readonly number[], others: readonly number[]): number {
  if (ours.length !== others.length) {
    throw new RangeError(`Cannot pair ${ours.length} samples with ${others.length}`);
  }
  return median(ours.map((value, i) => value / others[i]!));
}
