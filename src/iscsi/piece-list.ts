import { concat } from '../bytes/concat.ts';
import { PIECE_COUNT_MAX } from './limits.ts';

const NO_PIECES: readonly Uint8Array[] = [];

/**
 * Bytes in pieces. Pieces are kept as they are, until a peer sends so small ones that the objects
 * would cost more than the bytes: then they are joined, each byte at most a few times.
 */
export class PieceList {
  /** Pieces of a level are joins of PIECE_COUNT_MAX pieces of the level below. */
  #levels: Uint8Array[][] | undefined;

  add(piece: Uint8Array, level = 0): void {
    this.#levels ??= [];
    this.#levels[level] ??= [];
    const pieces = this.#levels[level];
    pieces.push(piece);
    if (pieces.length < PIECE_COUNT_MAX) return;
    this.#levels[level] = [];
    this.add(concat(pieces), level + 1);
  }

  /** All pieces in order. */
  get pieces(): readonly Uint8Array[] {
    if (this.#levels === undefined) return NO_PIECES;
    return this.#levels.length === 1 ? this.#levels[0]! : this.#levels.toReversed().flat();
  }
}
