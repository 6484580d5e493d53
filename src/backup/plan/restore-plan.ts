/**
 * How bytes come from the middle of a tape's records to their place on a disk:
 *
 *   records   │░░░░░░▓▓│▓▓▓▓░░▓▓│░░░░░░░░│ … │░░▓▓▓▓▓▓│
 *   steps      locate   copy │ copy          locate
 *              discard       discard         discard, copy
 *
 * A list begins with LOCATE and a discard up to its first byte, whose CAT carries the rest of the
 * record into the copy behind it. A short gap is discarded, a long one passed over by LOCATE. In
 * front of a LOCATE and at the list's end the rest of a record is dropped: residue would otherwise
 * go into the next copy.
 */
import type { ListLimits } from './limits.ts';

/** Bytes of the stream and where on the destination disk they belong. */
export interface RestorePiece {
  readonly streamOffset: number;
  readonly byteLength: number;
  readonly diskOffset: number;
}

export type RestoreStep =
  /** Stand before this record of the data file, counted from 0. */
  | { readonly kind: 'locate'; readonly record: number }
  | { readonly kind: 'discard'; readonly byteLength: number }
  /** `last`: what the tape gave beyond this copy is dropped. */
  | { readonly kind: 'copy'; readonly diskOffset: number; readonly byteLength: number;
    readonly last: boolean };

export interface RestoreList {
  readonly steps: readonly RestoreStep[];
  /** Bytes that go to the disk. */
  readonly byteLength: number;
}

export interface RestoreRules {
  readonly recordBytes: number;
  /** A gap longer than this is passed over by LOCATE. */
  readonly gapBytesMax: number;
}

/** A tape reads this in about as long as a short LOCATE takes. */
export const GAP_BYTES_MAX = 64 * 1024 ** 2;

/** The lists for pieces in any order; pieces in the stream's order need the fewest steps. */
export async function* planRestore(
  pieces: Iterable<RestorePiece> | AsyncIterable<RestorePiece>,
  limits: ListLimits, rules: RestoreRules): AsyncGenerator<RestoreList, void, undefined> {
  const planner = new RestorePlanner(limits, rules);
  for await (const piece of pieces) {
    for (let left: RestorePiece | undefined = piece; left !== undefined;) {
      left = planner.add(left);
      if (planner.isFull) yield planner.take();
    }
  }
  if (!planner.isEmpty) yield planner.take();
}

class RestorePlanner {
  readonly #limits: ListLimits;
  readonly #rules: RestoreRules;
  #steps: RestoreStep[] = [];
  #byteLength = 0;
  /** Bytes that the tape gives, those for nobody included: they take their time too. */
  #readBytes = 0;
  /** Where in the stream the next byte comes from; undefined in front of a LOCATE. */
  #position: number | undefined;

  constructor(limits: ListLimits, rules: RestoreRules) {
    this.#limits = limits;
    this.#rules = rules;
  }

  get isEmpty(): boolean {
    return this.#steps.length === 0;
  }

  /** The next piece may need three more steps. */
  get isFull(): boolean {
    return this.#steps.length + 3 > this.#limits.segmentCountMax
      || this.#readBytes >= this.#limits.listBytesMax;
  }

  /** Takes in as much of a piece as one segment holds; returns the rest. */
  add(piece: RestorePiece): RestorePiece | undefined {
    this.#moveTo(piece.streamOffset);
    const byteLength = Math.min(piece.byteLength, this.#limits.segmentBytesMax);
    this.#steps.push({ kind: 'copy', diskOffset: piece.diskOffset, byteLength, last: false });
    this.#byteLength += byteLength;
    this.#readBytes += byteLength;
    this.#position = piece.streamOffset + byteLength;
    if (byteLength === piece.byteLength) return undefined;
    return {
      streamOffset: piece.streamOffset + byteLength, byteLength: piece.byteLength - byteLength,
      diskOffset: piece.diskOffset + byteLength,
    };
  }

  take(): RestoreList {
    this.#dropRest();
    const list = { steps: this.#steps, byteLength: this.#byteLength };
    this.#steps = [];
    this.#byteLength = 0;
    this.#readBytes = 0;
    this.#position = undefined;
    return list;
  }

  #moveTo(streamOffset: number): void {
    const { recordBytes, gapBytesMax } = this.#rules;
    const gap = this.#position === undefined ? -1 : streamOffset - this.#position;
    if (gap >= 0 && gap <= gapBytesMax) {
      this.#discard(gap);
      return;
    }
    this.#dropRest();
    const within = streamOffset % recordBytes;
    this.#steps.push({ kind: 'locate', record: (streamOffset - within) / recordBytes });
    this.#discard(within);
  }

  #discard(byteLength: number): void {
    if (byteLength === 0) return;
    this.#steps.push({ kind: 'discard', byteLength });
    this.#readBytes += byteLength;
  }

  #dropRest(): void {
    const copy = this.#steps.at(-1);
    if (copy?.kind === 'copy') this.#steps[this.#steps.length - 1] = { ...copy, last: true };
  }
}
