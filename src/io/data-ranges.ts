import type { MoveJob } from './move-job.ts';
import { NodeFile } from './node-file.ts';

/** Bytes relative to the start of a move. */
export interface Range {
  readonly offset: number;
  readonly byteLength: number;
}

/** Giving space back costs a journal entry each time: writing less than this is cheaper. */
const PUNCH_BYTES_MIN = 64 * 1024;

/**
 * Finds where the next `byteLength` bytes of a move's source hold data.
 *
 * The ranges ascend and do not touch; they begin and end at multiples of `grain` of the destination
 * (or at the ends of what was asked), and what lies between them reads zeros. Holes that are not
 * worth the effort count as data.
 * Throws: MoveError; the reason if the move is stopped.
 */
export async function dataRanges(
  job: MoveJob, byteLength: number, grain: number,
): Promise<Range[]> {
  const start = job.doneBytes;
  const end = start + byteLength;
  const holeBytesMin = job.destinationIsZero ? grain : Math.max(grain, PUNCH_BYTES_MIN);
  const down = (at: number): number => at - (job.destination.offset + at) % grain;
  const ranges: { offset: number; byteLength: number }[] = [];
  let covered = start;
  const add = (first: number, behind: number): void => {
    const from = first - covered < holeBytesMin ? covered : first;
    const last = ranges.at(-1);
    if (last !== undefined && from === covered) last.byteLength = behind - last.offset;
    else if (behind > from) ranges.push({ offset: from, byteLength: behind - from });
    covered = behind;
  };
  for (let at = start; at < end;) {
    job.throwIfStopped();
    const found = await job.at('source', dataPage(job, at, end));
    for (const { offset, byteLength: dataBytes } of found) {
      const to = Math.min(offset + dataBytes, end);
      add(Math.max(start, down(offset)), Math.min(end, down(to + grain - 1)));
      at = Math.max(to, covered);
    }
    if (found.length === 0) break;
  }
  if (covered < end && end - covered < holeBytesMin) add(end, end);
  return ranges;
}

/** The next ranges of data in [at, end) as the file has them; none if only a hole follows. */
async function dataPage(job: MoveJob, at: number, end: number): Promise<Range[]> {
  const { file, offset } = job.source;
  const found = file instanceof NodeFile
    ? await file.dataRanges(offset + at, offset + end)
    : [await file.nextData(offset + at)];
  return found.flatMap((data) => {
    if (data === undefined || data.offset >= offset + end) return [];
    const from = Math.max(data.offset - offset, at);
    return [{ offset: from, byteLength: data.offset - offset + data.byteLength - from }];
  });
}
