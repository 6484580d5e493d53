import { concat } from '../bytes/concat.ts';
import { PIECE_COUNT_MAX } from './limits.ts';

/**
 * Bytes in pieces. Pieces are kept as they are, until a peer sends so small ones that the objects
 * would cost more than the bytes: then they are joined, each byte at most a few times.
 */
export class PieceList {
  /** Pieces of a level are joins of PIECE_COUNT_MAX pieces of the level below. */
  readonly #levels: Uint8Array[][] = [[]];

  add(piece: Uint8Array, level = 0): void {
    this.#levels[level] ??= [];
    const pieces = this.#levels[level];
    pieces.push(piece);
    if (pieces.length < PIECE_COUNT_MAX) return;
    this.#levels[level] = [];
    this.add(concat(pieces), level + 1);
  }

  /** All pieces in order. */
  get pieces(): Uint8Array[] {
    return this.#levels.toReversed().flat();
  }
}
