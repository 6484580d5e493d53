import type { Place } from '../ports/mover.ts';

/** Bytes of a file. */
export interface Range {
  readonly place: Place;
  readonly byteLength: number;
}

/** Whether two ranges have a byte in common. */
export const overlap = (a: Range, b: Range): boolean =>
  a.place.file === b.place.file && a.place.offset < b.place.offset + b.byteLength
  && b.place.offset < a.place.offset + a.byteLength;
