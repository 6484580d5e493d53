import type { Place } from '../ports/mover.ts';
import type { BlockEnd, StreamEnd } from './end.ts';
import type { Constant } from './step.ts';
import type { ReadStretch } from './tape-hold.ts';

/** Bytes that lie on a medium and have not been looked at. */
export type Span = BlockSpan | StreamSpan;

interface SpanBytes {
  readonly kind: 'span';
  readonly place: Place;
  readonly byteLength: number;
}

export interface BlockSpan extends SpanBytes {
  readonly end: BlockEnd;
  /** Offset from the medium's first block, in bytes. */
  readonly at: number;
}

export interface StreamSpan extends SpanBytes {
  readonly end: StreamEnd;
  /** Offset from the first byte of the stretch that the tape was read in. */
  readonly at: number;
  readonly stretch: ReadStretch;
}

export type Piece = Span | Constant;

export const pieceBytes = (piece: Piece): number =>
  (piece.kind === 'bytes' ? piece.bytes.length : piece.byteLength);

/** The bytes of a piece from `from` on. */
export function cut(piece: Piece, from: number, byteLength: number): Piece {
  if (piece.kind === 'bytes') {
    return { kind: 'bytes', bytes: piece.bytes.subarray(from, from + byteLength) };
  }
  if (piece.kind === 'zeros') return { kind: 'zeros', byteLength };
  const { file, offset } = piece.place;
  return { ...piece, place: { file, offset: offset + from }, at: piece.at + from, byteLength };
}

/** Bytes in order, named by their places: one of the two queues of the standard's model. */
export class ByteQueue {
  #pieces: Piece[] = [];
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  get pieces(): readonly Piece[] {
    return this.#pieces;
  }

  push(piece: Piece): void {
    if (pieceBytes(piece) === 0) return;
    this.#pieces.push(piece);
    this.#byteLength += pieceBytes(piece);
  }

  /** The first bytes, at most as many as there are. */
  take(byteLength: number): Piece[] {
    const taken: Piece[] = [];
    let left = Math.min(byteLength, this.#byteLength);
    this.#byteLength -= left;
    let gone = 0;
    for (const piece of this.#pieces) {
      if (left === 0) break;
      const length = pieceBytes(piece);
      const part = Math.min(left, length);
      taken.push(part === length ? piece : cut(piece, 0, part));
      left -= part;
      if (part < length) {
        this.#pieces[gone] = cut(piece, part, length - part);
        break;
      }
      gone += 1;
    }
    this.#pieces.splice(0, gone);
    return taken;
  }

  /** Puts other pieces with the same bytes in the place of some. */
  replace(pieces: readonly Piece[]): void {
    this.#pieces = [...pieces];
  }
}
