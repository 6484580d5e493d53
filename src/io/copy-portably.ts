import { crc32c } from '../bytes/crc32c.ts';
import { dataRanges } from './data-ranges.ts';
import type { MoveJob } from './move-job.ts';

/** Two buffers of this size are a move's memory. */
const CHUNK_BYTES = 256 * 1024;

/** `crc32c` of src/bytes, or a faster one. */
export type Checksum = (bytes: Uint8Array, crc: number) => number;

/**
 * Copies the next `byteLength` bytes of a move by reads and writes of this process, whatever holes
 * there are. The next chunk is read while one is written.
 *
 * Throws: MoveError; the reason if the move is stopped.
 */
export async function copyThroughBuffers(
  job: MoveJob, byteLength: number, checksum: Checksum = crc32c,
): Promise<void> {
  const end = job.doneBytes + byteLength;
  const chunkBytes = Math.min(CHUNK_BYTES, byteLength);
  const buffers = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)] as const;
  const readAt = async (at: number, buffer: Uint8Array): Promise<Uint8Array> => {
    const chunk = buffer.subarray(0, Math.min(chunkBytes, end - at));
    const count = await job.source.file.read(chunk, job.source.offset + at);
    return chunk.subarray(0, count);
  };
  let next = readAt(job.doneBytes, buffers[0]);
  for (let turn = 1; job.doneBytes < end; turn += 1) {
    const at = job.doneBytes;
    const chunk = await job.at('source', next);
    job.throwIfStopped();
    if (chunk.length === 0) throw job.sourceEnds(job.sourceOffset);
    const behind = at + chunk.length;
    if (behind < end) next = readAt(behind, buffers[turn % 2 === 0 ? 0 : 1]);
    // Both must be over before anything is thrown: nothing of a move outlives it.
    const write = job.at('destination', job.destination.file.write(chunk, job.destinationOffset));
    await Promise.allSettled([write, next]);
    await write;
    job.arrived({ portable: chunk.length }, job.wantsChecksum ? checksum(chunk, 0) : undefined);
  }
}

/** Makes a range of the destination (relative to the move) read zeros, as the source does there. */
export async function clearHole(job: MoveJob, offset: number, byteLength: number): Promise<void> {
  if (byteLength === 0) return;
  job.throwIfStopped();
  const { file } = job.destination;
  const from = job.destination.offset + offset;
  const end = from + byteLength;
  if (!job.destinationIsZero) await job.at('destination', file.punch(from, byteLength));
  // A hole that ends the move must not end the file too early. Its last byte is written rather than
  // the size set, for another move may be making the file longer at this moment.
  const isLast = offset + byteLength === job.byteLength;
  if (isLast && await job.at('destination', file.size()) < end) {
    await job.at('destination', file.write(new Uint8Array(1), end - 1));
  }
}

/** Copies the next `byteLength` bytes, holes apart from data; `copyData` copies what is data. */
export async function copySparsely(
  job: MoveJob, byteLength: number, grain: number,
  copyData: (byteLength: number) => Promise<void>,
): Promise<void> {
  const end = job.doneBytes + byteLength;
  const passHole = async (to: number): Promise<void> => {
    const holeBytes = to - job.doneBytes;
    await clearHole(job, job.doneBytes, holeBytes);
    job.arrivedZeros(holeBytes);
  };
  for (const range of await dataRanges(job, byteLength, grain)) {
    await passHole(range.offset);
    await copyData(range.byteLength);
  }
  await passHole(end);
}
