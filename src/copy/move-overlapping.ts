import { MoveError } from '../ports/mover.ts';
import { cut, pieceBytes } from './byte-queue.ts';
import { load, type Part, PipelineFailure, store } from './move-pipeline.ts';

/** Memory for bytes on their way to a place that overlaps their own. */
const BUFFER_BYTES = 8 * 1024 * 1024;

/**
 * Copies a run of bytes over itself, as if all of it were read before any of it is written.
 *
 * The order is chosen so that nothing is overwritten before it has been read: from the end if the
 * bytes go up. Source: SPC-4 5.17.7.2 (a segment's data is read, then written).
 * Throws: PipelineFailure at byte `at` of the copy, as nothing counts until all of it has moved;
 * the signal's reason.
 */
export async function moveOverlapping(
  parts: readonly Part[], at: number, signal: AbortSignal): Promise<void> {
  const goesUp = parts.some(({ from, to }) => from.kind === 'span'
    && from.place.file === to.place.file && from.place.offset < to.place.offset);
  const chunks = parts.flatMap(chunksOf);
  for (const chunk of goesUp ? chunks.reverse() : chunks) {
    signal.throwIfAborted();
    try {
      await moveChunk(chunk);
    } catch (error) {
      if (!(error instanceof MoveError)) throw error;
      throw new PipelineFailure(error, at, chunk);
    }
  }
}

async function moveChunk({ from, to }: Part): Promise<void> {
  const bytes = from.kind === 'span' ? await load(from)
    : from.kind === 'bytes' ? from.bytes : new Uint8Array(from.byteLength);
  await store(to.place, [bytes]);
}

function chunksOf({ from, to }: Part): Part[] {
  const chunks: Part[] = [];
  for (let at = 0; at < pieceBytes(from); at += BUFFER_BYTES) {
    const byteLength = Math.min(BUFFER_BYTES, pieceBytes(from) - at);
    const place = { file: to.place.file, offset: to.place.offset + at };
    chunks.push({ from: cut(from, at, byteLength), to: { ...to, place, at: to.at + at } });
  }
  return chunks;
}
