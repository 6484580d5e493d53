/** The bytes that one end of a connection sent, as far as they were captured. */
import { concat } from '../../bytes/concat.ts';

/** Captured bytes: their place in the stream, in the file, and the frame that brought them. */
export interface Piece {
  readonly at: number;
  readonly end: number;
  readonly fileAt: number;
  readonly frame: number;
  readonly timeNs: bigint | undefined;
}

/** Bytes of a stream that lie one behind another. */
export interface Stretch {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Pieces in order, without overlaps; between them bytes may be missing. */
export class ByteStream {
  readonly #file: Uint8Array;
  readonly #pieces: readonly Piece[];
  /** Where the last look-up ended: most go on from there. */
  #last = 0;

  constructor(file: Uint8Array, pieces: readonly Piece[]) {
    this.#file = file;
    this.#pieces = pieces;
  }

  /** Where the first captured byte lies; the end of an empty stream. */
  get start(): number {
    return this.#pieces[0]?.at ?? 0;
  }

  get end(): number {
    return this.#pieces.at(-1)?.end ?? 0;
  }

  /** The first captured byte at or behind `at`; undefined if there is none. */
  availableFrom(at: number): number | undefined {
    const piece = this.#pieces[this.#indexOf(at)];
    return piece === undefined ? undefined : Math.max(at, piece.at);
  }

  /** The pieces between two places. */
  pieces(at: number, end: number): Piece[] {
    const found: Piece[] = [];
    for (let i = this.#indexOf(at); i < this.#pieces.length; i += 1) {
      const piece = this.#pieces[i]!;
      if (piece.at >= end) break;
      found.push(piece);
    }
    return found;
  }

  /** What was captured between two places. */
  stretches(at: number, end: number): Stretch[] {
    return this.pieces(at, end).map((piece) => {
      const from = Math.max(at, piece.at);
      const to = Math.min(end, piece.end);
      const fileAt = piece.fileAt + from - piece.at;
      return { at: from, bytes: this.#file.subarray(fileAt, fileAt + to - from) };
    });
  }

  /** All bytes between two places; undefined if one is missing. */
  bytes(at: number, end: number): Uint8Array | undefined {
    const first = this.#pieces[this.#indexOf(at)];
    if (first === undefined || first.at > at) return undefined;
    if (first.end >= end) {
      const fileAt = first.fileAt + at - first.at;
      return this.#file.subarray(fileAt, fileAt + end - at);
    }
    const parts = this.stretches(at, end);
    const length = parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return length === end - at ? concat(parts.map(({ bytes }) => bytes)) : undefined;
  }

  /** Where in the file the byte at `at`, or the next one that was captured, lies. */
  fileAt(at: number): number {
    const piece = this.#pieces[this.#indexOf(at)] ?? this.#pieces.at(-1);
    return piece === undefined ? 0 : piece.fileAt + Math.max(0, at - piece.at);
  }

  /** The first piece that ends behind `at`. */
  #indexOf(at: number): number {
    const pieces = this.#pieces;
    for (let i = this.#last; i < Math.min(this.#last + 2, pieces.length); i += 1) {
      if (pieces[i]!.end > at && (pieces[i - 1]?.end ?? 0) <= at) {
        this.#last = i;
        return i;
      }
    }
    let [low, high] = [0, pieces.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pieces[middle]!.end > at) high = middle;
      else low = middle + 1;
    }
    this.#last = low;
    return low;
  }
}
