import { aborted, placeOfEnd, type Side } from './aborted.ts';
import type { End } from './end.ts';
import type { SegmentRun } from './segment-log.ts';

/** Throws: SenseError for a null device, which cannot be sent a command. */
export function mediumOf<E extends End>(
  run: SegmentRun, side: Side, end: E): NonNullable<E['medium']> {
  if (end.medium !== undefined) return end.medium;
  throw aborted(run.index, 'nullDevice', `the ${side} is a null device`, placeOfEnd(end, side));
}
