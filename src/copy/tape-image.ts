/**
 * Tape device image copy (13h): blocks as they are, and filemarks, from one tape to another.
 *
 * Neither the queues nor FIXED, PAD and CAT have a part in it. The end of data, the end of the
 * partition and so many filemarks in a row are good ends. Source: SPC-4 6.4.6.16.
 */
import type { StreamTransfer, TapeRun } from '../sam/medium-access.ts';
import type { StreamEnd } from './end.ts';
import { type CopyExecution, mediumOf } from './execute.ts';
import type { SegmentRun } from './segment-log.ts';

/** Throws: CommandFailure, PipelineFailure, SenseError COPY ABORTED. */
export async function copyTapeImage(
  copy: CopyExecution, run: SegmentRun, filemarkCount: number): Promise<void> {
  const source = run.source as StreamEnd; // the segment's classes say so
  const destination = run.destination as StreamEnd;
  mediumOf(run, 'source', source);
  mediumOf(run, 'destination', destination);
  await copy.writer.flush();
  let inARow = 0;
  for (;;) {
    copy.job.signal.throwIfAborted();
    // What is written to a tape that is its own source is read as well.
    if (source.medium === destination.medium) await copy.writer.flush();
    const next = await copy.onMedium(run, 'source', source, 'read',
      (session) => session.nextRun(copy.sliceBytes));
    if (next.kind === 'end') return;
    if (next.kind === 'records') {
      inARow = 0;
      await copyRecords(copy, run, source, destination, next);
      continue;
    }
    const missing = filemarkCount === 0 ? next.count : filemarkCount - inARow;
    const count = Math.min(next.count, missing);
    await copyFilemarks(copy, run, source, destination, count);
    inARow += count;
    if (inARow === filemarkCount) return;
  }
}

async function copyRecords(
  copy: CopyExecution, run: SegmentRun, end: StreamEnd, destination: StreamEnd,
  { recordBytes, count }: Extract<TapeRun, { kind: 'records' }>): Promise<void> {
  const transfer: StreamTransfer = { fixed: false, recordBytes, recordCount: 1 };
  const pieces = await copy.onMedium(run, 'source', end, 'read', (session) => {
    const stretch = { session, position: session.position, transfer };
    const { places } = session.readable(transfer, count);
    session.readDone(transfer, count);
    let at = 0;
    return places.map(({ place, byteLength }) => {
      at += byteLength;
      return { kind: 'span', place, byteLength, end, at: at - byteLength, stretch } as const;
    });
  });
  run.writeBytes += count * recordBytes;
  await copy.writer.add({ ...destination, fixed: false, recordBytes: 0 }, transfer, pieces);
}

async function copyFilemarks(
  copy: CopyExecution, run: SegmentRun, source: StreamEnd, destination: StreamEnd,
  count: number): Promise<void> {
  await copy.writer.flush();
  await copy.pipeline.drain();
  await copy.onMedium(run, 'destination', destination, 'write',
    (session) => session.writeFilemarks(count, true));
  await copy.onMedium(run, 'source', source, 'read',
    (session) => session.space(1, count));
}
