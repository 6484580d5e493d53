/**
 * Reads bytes of a data file through the client:
 *
 *   pieces ─→ the records they lie in ─→ LOCATE over gaps, READ, several under way ─→ chunks
 */
import type { TapeDrive, TapeObject } from '../devices/tape-drive.ts';
import type { DataFile } from '../movers/mover.ts';
import { pipeline } from '../movers/pipeline.ts';

/** Enough to hide the way to the target and back; a tape runs them one behind another. */
const READS_UNDER_WAY = 8;

/** Bytes of the stream. */
export interface StreamPiece {
  readonly streamOffset: number;
  readonly byteLength: number;
}

/** The part of a piece that one record holds. `at` counts from the piece's first byte. */
export interface StreamChunk<P extends StreamPiece> {
  readonly piece: P;
  readonly at: number;
  /** A view of the record. */
  readonly bytes: Uint8Array;
}

/** Parts of pieces that lie in one record. */
interface Visit<P extends StreamPiece> {
  readonly record: number;
  readonly parts: { readonly piece: P; readonly at: number; readonly from: number;
    readonly to: number }[];
}

/**
 * The bytes of pieces, in their order; pieces in the stream's order are read in one pass.
 *
 * Throws: CommandFailed; Error that names the record if it is not one of the data file.
 */
export async function* readStream<P extends StreamPiece>(
  drive: TapeDrive, file: DataFile, pieces: Iterable<P> | AsyncIterable<P>, signal?: AbortSignal,
): AsyncGenerator<StreamChunk<P>, void, undefined> {
  let next: number | undefined;
  const start = async (visit: Visit<P>): Promise<[Visit<P>, TapeObject]> => {
    signal?.throwIfAborted();
    const object = file.dataObject + visit.record;
    // Both commands are sent at once: the drive runs them in the order they come.
    const located = next === visit.record ? undefined : drive.locate(object);
    next = visit.record + 1;
    const [, found] = await Promise.all([located, drive.read(file.recordBytes)]);
    return [visit, found];
  };
  for await (const [visit, found] of pipeline(visits(pieces, file), READS_UNDER_WAY, start)) {
    const bytes = found.kind === 'record' ? found.bytes : undefined;
    if (bytes?.length !== file.recordBytes) {
      const what = bytes === undefined ? found.kind : `${bytes.length} bytes`;
      throw new Error(`Cannot read record ${file.dataObject + visit.record} of the tape `
        + `(${drive.url}): found ${what}, expected ${file.recordBytes} bytes`);
    }
    for (const { piece, at, from, to } of visit.parts) {
      yield { piece, at, bytes: bytes.subarray(from, to) };
    }
  }
}

async function* visits<P extends StreamPiece>(
  pieces: Iterable<P> | AsyncIterable<P>, { recordBytes }: DataFile,
): AsyncGenerator<Visit<P>, void, undefined> {
  let visit: Visit<P> | undefined;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.byteLength;) {
      const offset = piece.streamOffset + at;
      const from = offset % recordBytes;
      const record = (offset - from) / recordBytes;
      const to = Math.min(recordBytes, from + piece.byteLength - at);
      if (visit?.record !== record) {
        if (visit !== undefined) yield visit;
        visit = { record, parts: [] };
      }
      visit.parts.push({ piece, at, from, to });
      at += to - from;
    }
  }
  if (visit !== undefined) yield visit;
}
