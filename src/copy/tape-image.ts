/**
 * Tape device image copy (13h): blocks as they are, and filemarks, from one tape to another.
 *
 * Neither the queues nor FIXED, PAD and CAT have a part in it. The end of data, the end of the
 * partition and so many filemarks in a row are good ends. Source: SPC-4 6.4.6.16.
 */
import type { AccessKind, StreamSession, StreamTransfer, TapeRun } from '../sam/medium-access.ts';
import type { Side } from './aborted.ts';
import type { StreamEnd } from './end.ts';
import { mediumOf } from './medium-of.ts';
import type { SegmentRun } from './segment-log.ts';
import type { TapeWriter, TapeWriterHost } from './tape-writer.ts';

/** What an image copy asks of the copy that it belongs to. */
export interface TapeImageHost extends Pick<TapeWriterHost, 'pipeline' | 'sliceBytes'> {
  readonly writer: TapeWriter;
  /** Runs a command on a tape, once it is held and ready. Throws: CommandFailure. */
  onMedium<T>(
    run: SegmentRun, side: Side, end: StreamEnd, access: AccessKind,
    work: (session: StreamSession) => T | Promise<T>): Promise<T>;
}

/** Throws: CommandFailure, PipelineFailure, SenseError COPY ABORTED; the signal's reason. */
export async function copyTapeImage(
  copy: TapeImageHost, run: SegmentRun, filemarkCount: number,
  signal: AbortSignal): Promise<void> {
  const source = run.source as StreamEnd; // the segment's classes say so
  const destination = run.destination as StreamEnd;
  mediumOf(run, 'source', source);
  mediumOf(run, 'destination', destination);
  await copy.writer.flush();
  let inARow = 0;
  for (;;) {
    signal.throwIfAborted();
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
  copy: TapeImageHost, run: SegmentRun, end: StreamEnd, destination: StreamEnd,
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
  copy: TapeImageHost, run: SegmentRun, source: StreamEnd, destination: StreamEnd,
  count: number): Promise<void> {
  await copy.writer.flush();
  await copy.pipeline.drain();
  await copy.onMedium(run, 'destination', destination, 'write',
    (session) => session.writeFilemarks(count, true));
  await copy.onMedium(run, 'source', source, 'read',
    (session) => session.space(1, count));
}
