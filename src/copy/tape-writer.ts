import {
  type PlacedBytes, type StreamSession, type StreamTransfer, transferBytes, type WriteStretch,
} from '../sam/medium-access.ts';
import { SenseError } from '../sense/sense.ts';
import { ByteQueue, cut, type Piece, pieceBytes } from './byte-queue.ts';
import type { End, StreamEnd } from './end.ts';
import { CommandFailure, errorOf } from './failure.ts';
import type { MovePipeline, Part } from './move-pipeline.ts';

/** Whole transfers for one tape that have no room there yet. */
interface Batch {
  readonly end: StreamEnd;
  readonly transfer: StreamTransfer;
  readonly queue: ByteQueue;
}

/** Transfers that have room on the tape and are not appended. */
interface Slice {
  readonly session: StreamSession;
  readonly end: StreamEnd;
  readonly transfer: StreamTransfer;
  readonly stretch: WriteStretch;
  readonly pieces: readonly Piece[];
  /** Bytes of the copy before it. */
  readonly from: number;
}

/** What the writer asks of the copy. */
export interface TapeWriterHost {
  readonly pipeline: MovePipeline;
  /** Bytes to ask room for at once, if a transfer is not larger. */
  readonly sliceBytes: number;
  /**
   * Runs a command that writes to this tape; it is held, and may be written, when `run` is called.
   *
   * Throws: CommandFailure with `at`.
   */
  onTape<T>(
    end: StreamEnd, transfer: StreamTransfer, at: number,
    run: (session: StreamSession) => Promise<T>): Promise<T>;
}

/**
 * Gathers the transfers of neighbouring segments, and appends them to the tape in large slices.
 *
 * ```text
 *   add ──► batch ──reserve──► slice ──pipeline──► append
 * ```
 */
export class TapeWriter {
  readonly #host: TapeWriterHost;
  #batch: Batch | undefined;
  readonly #slices: Slice[] = [];

  constructor(host: TapeWriterHost) {
    this.#host = host;
  }

  /** The bytes that the pipeline has not got yet. */
  get waiting(): ByteQueue | undefined {
    return this.#batch?.queue;
  }

  /** Writes whole transfers behind those before. Throws: CommandFailure, PipelineFailure. */
  async add(end: StreamEnd, transfer: StreamTransfer, pieces: readonly Piece[]): Promise<void> {
    if (this.#batch !== undefined && !isSame(this.#batch, end, transfer)) await this.flush();
    this.#batch ??= { end, transfer, queue: new ByteQueue() };
    const { queue } = this.#batch;
    const enough = Math.max(this.#host.sliceBytes, transferBytes(transfer));
    for (const piece of pieces) queue.push(piece);
    while (queue.byteLength >= enough) await this.#slice(this.#batch);
  }

  /** Gives everything to the pipeline. Throws: as `add`. */
  async flush(): Promise<void> {
    const batch = this.#batch;
    while (batch !== undefined && batch.queue.byteLength > 0) await this.#slice(batch);
    this.#batch = undefined;
  }

  async #slice({ end, transfer, queue }: Batch): Promise<void> {
    const { pipeline, sliceBytes } = this.#host;
    const unitBytes = transferBytes(transfer);
    const from = pipeline.pushedBytes;
    const slice = await this.#host.onTape(end, transfer, from, async (session) => {
      const byteLength = Math.min(queue.byteLength, Math.max(sliceBytes, unitBytes));
      const count = Math.floor(byteLength / unitBytes);
      const stretch = await session.reserve(transfer, count, congruentTo(queue.pieces));
      const pieces = queue.take(stretch.transferCount * unitBytes);
      return { session, end, transfer, stretch, pieces, from };
    });
    this.#slices.push(slice);
    await this.#fill(slice, pipeline);
    const { sense, lastIsDone, transferCount } = slice.stretch;
    if (sense === undefined) return;
    this.#batch = undefined;
    throw new CommandFailure('destination', end, errorOf(sense),
      from + (lastIsDone ? transferCount - 1 : transferCount) * unitBytes);
  }

  /** Moves the bytes of a slice to their room, and appends it when they are there. */
  async #fill(slice: Slice, pipeline: MovePipeline): Promise<void> {
    const { session, transfer, stretch } = slice;
    if (stretch.transferCount === 0) {
      session.release(stretch);
      this.#slices.pop();
      return;
    }
    const parts = partsOf(slice.pieces, slice.end, transfer, stretch.places);
    for (const part of parts) await pipeline.push(part);
    pipeline.mark((crc32c) => {
      append(slice, crc32c);
      this.#slices.shift();
    });
  }

  /** Gives back all room that was not appended to; what waited is dropped. */
  release(): void {
    this.#batch = undefined;
    for (const { session, stretch } of this.#slices.splice(0).reverse()) session.release(stretch);
  }

  /**
   * After a move has failed at byte `at` of the copy: gives all room back, then moves and appends
   * once more the whole transfers of the failed slice that had arrived.
   *
   * Returns their bytes. Throws: as `add`.
   */
  async appendAgain(at: number, pipeline: MovePipeline): Promise<number> {
    const [failed] = this.#slices;
    this.release();
    if (failed === undefined) return 0;
    const { session, transfer, from } = failed;
    const unitBytes = transferBytes(transfer);
    const count = Math.floor((at - from) / unitBytes);
    if (count === 0) return 0;
    const queue = new ByteQueue();
    for (const piece of failed.pieces) queue.push(piece);
    const pieces = queue.take(count * unitBytes);
    const stretch = await session.reserve(transfer, count, congruentTo(pieces));
    const slice = { ...failed, stretch, pieces };
    this.#slices.push(slice);
    await this.#fill(slice, pipeline);
    await pipeline.drain();
    return count * unitBytes;
  }
}

const isSame = (batch: Batch, end: StreamEnd, transfer: StreamTransfer): boolean =>
  batch.end.medium === end.medium && batch.end.descriptorAt === end.descriptorAt
  && batch.transfer.fixed === transfer.fixed
  && batch.transfer.recordBytes === transfer.recordBytes
  && batch.transfer.recordCount === transfer.recordCount;

/** Throws: CommandFailure, since the drive has refused a write. */
function append(slice: Slice, crc32c: number | undefined): void {
  const { session, end, transfer, stretch, from } = slice;
  try {
    session.append(transfer, stretch, crc32c);
  } catch (error) {
    if (!(error instanceof SenseError)) throw error;
    throw new CommandFailure('destination', end, error, from);
  }
}

/** Offset that the first byte would have if all bytes lay around the longest span. */
function congruentTo(pieces: readonly Piece[]): number {
  let before = 0;
  let longest = 0;
  let offset = 0;
  for (const one of pieces) {
    const byteLength = pieceBytes(one);
    if (one.kind === 'span' && byteLength > longest) {
      longest = byteLength;
      offset = one.place.offset - before;
    }
    before += byteLength;
  }
  return offset < 0 ? offset + Math.ceil(-offset / PAGE_BYTES) * PAGE_BYTES : offset;
}

/** Blocks that a file system shares. */
const PAGE_BYTES = 4096;

/** Pieces and places, cut where either ends. */
export function* partsOf(
  pieces: readonly Piece[], end: End, transfer: StreamTransfer | undefined,
  places: readonly (PlacedBytes & { readonly isZero?: boolean })[], firstAt = 0): Generator<Part> {
  const left = [...places];
  let at = firstAt;
  let used = 0;
  for (const one of pieces) {
    for (let from = 0; from < pieceBytes(one);) {
      const { place, byteLength, isZero } = left[0]!; // the places hold all the bytes
      const length = Math.min(byteLength - used, pieceBytes(one) - from);
      yield {
        from: cut(one, from, length),
        to: {
          place: { file: place.file, offset: place.offset + used }, isZero: isZero ?? false,
          end, transfer, at,
        },
      };
      at += length;
      from += length;
      used += length;
      if (used === byteLength) {
        left.shift();
        used = 0;
      }
    }
  }
}
