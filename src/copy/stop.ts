/**
 * Ends a copy that cannot go on: what was written before the error is made to count, the rest is
 * given back, and the error becomes COPY ABORTED with segment, pointer, residual and the device's
 * own answer. Source: SPC-4 5.17.7.4.
 */
import { MoveError } from '../ports/mover.ts';
import { SenseError } from '../sense/sense.ts';
import { commandFailed } from './aborted.ts';
import type { Piece, StreamSpan } from './byte-queue.ts';
import type { CopyExecution } from './execute.ts';
import { CommandFailure, moveSense, placeOf } from './failure.ts';
import { MovePipeline, PipelineFailure } from './move-pipeline.ts';
import { countedBytes, residualOf, type SegmentRun } from './segment-log.ts';
import { type StreamSession, transferBytes } from '../sam/medium-access.ts';

/** Returns what to throw: SenseError COPY ABORTED, the signal's reason, or what was a bug. */
export async function stopCopy(copy: CopyExecution, error: unknown): Promise<unknown> {
  const { signal, progress } = copy.job;
  const first = await firstError(copy, error);
  const written = await keepWhatArrived(copy, first);
  await rewind(copy, first);
  await syncDisks(copy);
  if (signal.aborted) return signal.reason;
  const found = explained(copy, first);
  if (found === undefined) return first instanceof PipelineFailure ? first.cause : first;
  const { run, sense } = found;
  const committed = countedBytes(run, written);
  progress.stoppedAt(run.index + 1, committed);
  const information = residualOf(run, committed);
  const { key, additional, ...details } = sense.sense;
  return information === undefined ? sense
    : new SenseError(key, additional, sense.message, { ...details, information });
}

/** What is in flight belongs to earlier bytes; an error there comes first. */
async function firstError(copy: CopyExecution, error: unknown): Promise<unknown> {
  let first = error;
  if (!(first instanceof SenseError) && !(first instanceof CommandFailure)) return first;
  const isOfWaitingBytes = first instanceof CommandFailure && first.at !== undefined;
  for (const settle of [
    async () => (isOfWaitingBytes ? undefined : copy.writer.flush()), () => copy.pipeline.drain(),
  ]) {
    try {
      await settle();
    } catch (earlier) {
      first = earlier;
    }
  }
  return first;
}

/** Returns the bytes of the copy that are written. */
async function keepWhatArrived(copy: CopyExecution, error: unknown): Promise<number> {
  const { pipeline, writer, job } = copy;
  await pipeline.cancel();
  const committed = pipeline.committedBytes;
  if (!(error instanceof PipelineFailure) || !(error.cause instanceof MoveError)) {
    writer.release();
    return committed;
  }
  if (error.part?.to.end.kind === 'block') {
    writer.release();
    return error.at;
  }
  const again = new MovePipeline(job.mover, job.signal, {
    moved: (byRung) => job.progress.moved(byRung), committed: () => {} }, job.sliceBytes);
  try {
    return committed + await writer.appendAgain(error.at, again);
  } catch {
    // The first error is what counts; what could not be written again is not on the tape.
    await again.cancel();
    writer.release();
    return committed;
  }
}

/**
 * Puts a tape back to where its reads had come whose bytes did arrive.
 *
 * A transfer of which a part has been written was read; one whose bytes could not be read was not.
 */
async function rewind(copy: CopyExecution, error: unknown): Promise<void> {
  const failed = error instanceof PipelineFailure ? error : undefined;
  if (failed === undefined && !copy.job.signal.aborted) return;
  const left: Piece[] = [
    ...(failed?.part === undefined ? [] : [failed.part.from]),
    ...copy.pipeline.waiting.slice(failed?.part === undefined ? 0 : 1).map(({ from }) => from),
    ...copy.destination.pieces, ...copy.source.pieces,
  ];
  for (const session of copy.tape.reading) {
    const span = left.find((piece): piece is StreamSpan =>
      piece.kind === 'span' && 'stretch' in piece && piece.stretch.session === session);
    if (span !== undefined) await locateTo(session, span, failed);
  }
}

async function locateTo(
  session: StreamSession, span: StreamSpan, failed: PipelineFailure | undefined): Promise<void> {
  const { position, transfer } = span.stretch;
  const transfers = span.at / transferBytes(transfer);
  const wasUnreadable = failed?.part?.from === span
    && failed.cause instanceof MoveError && failed.cause.end === 'source';
  const count = wasUnreadable ? Math.floor(transfers) : Math.ceil(transfers);
  try {
    await session.locate(position + count * transfer.recordCount);
  } catch {
    // The tape stays where it is: the copy has an error of its own to report.
  }
}

async function syncDisks(copy: CopyExecution): Promise<void> {
  for (const medium of copy.written.keys()) {
    try {
      await medium.written();
    } catch {
      // As above.
    }
  }
}

/** The segment that an error belongs to, and its sense data but for the residual. */
function explained(
  copy: CopyExecution, error: unknown): { run: SegmentRun; sense: SenseError } | undefined {
  const { log } = copy;
  const last = log.last!; // nothing fails before the first segment has begun
  if (error instanceof SenseError) {
    return { run: log.numbered(error.sense.segment) ?? last, sense: error };
  }
  if (error instanceof CommandFailure) {
    const { side, end, answer, at } = error;
    const run = at === undefined ? last : log.at(at) ?? last;
    return { run, sense: commandFailed(run.index, side, end, answer) };
  }
  if (!(error instanceof PipelineFailure)) return undefined;
  if (error.cause instanceof CommandFailure) return explained(copy, error.cause);
  if (!(error.cause instanceof MoveError) || error.part === undefined) return undefined;
  const { from, to } = error.part;
  const { end: side } = error.cause;
  const run = log.at(error.at) ?? last;
  const place = side === 'source' && from.kind === 'span'
    ? placeOf(from) : to;
  const answer = moveSense(error.cause, side, place);
  return { run, sense: commandFailed(run.index, side, place.end, answer) };
}
