import { MoveError } from '../ports/mover.ts';
import { cut, type Piece, pieceBytes } from './byte-queue.ts';
import { CommandFailure, moveSense, placeOf } from './failure.ts';
import type { HeldData } from './held-data.ts';
import { load } from './move-pipeline.ts';

/** Keeps the newest bytes; what is not going to be kept is not read. Throws: CommandFailure. */
export async function hold(held: HeldData, pieces: readonly Piece[]): Promise<void> {
  const byteLength = pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0);
  let surplus = Math.max(0, byteLength - held.limitBytes);
  held.skip(surplus);
  for (const piece of pieces) {
    const gone = Math.min(surplus, pieceBytes(piece));
    surplus -= gone;
    if (gone === pieceBytes(piece)) continue;
    held.add(await bytesOfPiece(cut(piece, gone, pieceBytes(piece) - gone)));
  }
}

/** The bytes themselves, in memory. Throws: CommandFailure of the source that they lie on. */
export async function bytesOfPiece(piece: Piece): Promise<Uint8Array> {
  if (piece.kind === 'bytes') return piece.bytes;
  if (piece.kind === 'zeros') return new Uint8Array(piece.byteLength);
  try {
    return await load(piece);
  } catch (error) {
    if (!(error instanceof MoveError)) throw error;
    throw new CommandFailure('source', piece.end, moveSense(error, 'source', placeOf(piece)));
  }
}
