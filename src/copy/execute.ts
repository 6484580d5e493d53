/**
 * Carries a plan out. It knows steps and media, and no descriptors.
 *
 * ```text
 *   segment ──resolve──► ends ──stepsOf──► steps ──► queues ──► tape writer ──► pipeline ──► mover
 *                                                      └───────────disk──────────┘
 * ```
 *
 * Bytes are counted over the whole copy in the order in which they are written, and each segment
 * knows which of them are its own; so what has arrived tells which segments are done, although
 * moves are merged over their boundaries and several are in flight. When a mover fails, moves
 * behind the failed one may have written to places that the list names for them.
 *
 * Source: SPC-4 5.17.7.
 */
import { MoveError, type Mover } from '../ports/mover.ts';
import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';
import {
  type AccessKind, type BlockMedium, type PlacedBytes, ReservationConflict, type StreamSession,
  type StreamTransfer, transferBytes,
} from '../sam/medium-access.ts';
import { SenseError } from '../sense/sense.ts';
import { aborted, CSCD_FIELD, forwarding, inSegment, type Side } from './aborted.ts';
import { ByteQueue, type Piece } from './byte-queue.ts';
import type { BlockEnd, End, StreamEnd } from './end.ts';
import { CommandFailure, errorOf, moveSense, placeOf } from './failure.ts';
import type { CopyLimits } from './limits.ts';
import { moveOverlapping } from './move-overlapping.ts';
import { load, MovePipeline } from './move-pipeline.ts';
import { overlap } from './overlap.ts';
import type { Plan, PlannedSegment } from './plan.ts';
import { onlyBy, type Progress } from './progress.ts';
import { resolveEnds } from './resolve.ts';
import { SegmentLog, type SegmentRun } from './segment-log.ts';
import { type BlockRange, type Step, stepsOf, type Transfers } from './segment-steps.ts';
import { TapeAccess } from './tape-access.ts';
import { partsOf, TapeWriter, type TapeWriterHost } from './tape-writer.ts';
import { wrongTransfer } from './wrong-transfer.ts';

/** A copy to be made. */
export interface CopyJob {
  readonly plan: Plan;
  readonly limits: CopyLimits;
  /** Who sent the list: only what this nexus reaches can be named in it. */
  readonly sender: ItNexus;
  /** Whose commands the copy manager's own are. */
  readonly ownNexus: ItNexus;
  /** The logical unit that received the list. */
  readonly receiver: LogicalUnit;
  readonly units: LogicalUnits;
  readonly mover: Mover;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** The largest move; SLICE_BYTES but in tests. */
  readonly sliceBytes: number;
}

/** Unit attentions of its own that the copy manager passes over before a command counts. */
const ATTENTION_COUNT_MAX = 8;

export class CopyExecution implements TapeWriterHost {
  readonly job: CopyJob;
  readonly sliceBytes: number;
  readonly pipeline: MovePipeline;
  readonly writer: TapeWriter;
  readonly log: SegmentLog;
  readonly tape: TapeAccess;
  readonly source = new ByteQueue();
  readonly destination = new ByteQueue();
  /** Disks that were written to, and the last segment that did. */
  readonly written = new Map<BlockMedium, { readonly end: BlockEnd; readonly run: SegmentRun }>();
  /** Why the segment's reads ended too soon; what was read before is still written. */
  #shortfall: CommandFailure | undefined;

  constructor(job: CopyJob) {
    this.job = job;
    this.sliceBytes = job.sliceBytes;
    this.log = new SegmentLog(job.progress, job.plan.segments.length);
    this.pipeline = new MovePipeline(job.mover, job.signal, {
      moved: (byRung) => job.progress.moved(byRung),
      committed: (byteLength) => this.log.committed(byteLength),
    }, job.sliceBytes);
    this.writer = new TapeWriter(this);
    this.tape = new TapeAccess(job.signal, () => this.#settleTape());
  }

  /** Throws: SenseError COPY ABORTED without a residual; what `failureOf` makes one of. */
  async run(): Promise<void> {
    for (const segment of this.job.plan.segments) await this.#segment(segment);
    await this.writer.flush();
    await this.pipeline.drain();
    for (const [medium, { end, run }] of this.written) {
      await command('destination', end, () => medium.written(), run.from);
    }
  }

  async #segment({ index, value }: PlannedSegment): Promise<void> {
    const { plan, limits, signal, units, sender, receiver } = this.job;
    signal.throwIfAborted();
    await this.tape.yieldToOthers();
    const run = this.log.begin(index, this.#queuedBytes);
    const reachable = [...units.reachable(sender).values()];
    Object.assign(run, resolveEnds({ cscds: plan.cscds, reachable, receiver }, { index, value }));
    const { writeBytes, steps } = stepsOf({
      index, value, source: run.source, destination: run.destination, limits,
      residue: { source: this.source.byteLength, destination: this.destination.byteLength },
      inlineData: plan.inlineData, roundBytes: this.sliceBytes,
    });
    run.writeBytes = writeBytes;
    for (const step of steps) {
      if (this.#shortfall !== undefined && step.kind !== 'process' && step.kind !== 'write') break;
      await this.#step(step, run);
    }
    if (this.#shortfall !== undefined) throw this.#shortfall;
    this.log.end(run, this.#queuedBytes);
  }

  get #queuedBytes(): number {
    return this.pipeline.pushedBytes + (this.writer.waiting?.byteLength ?? 0);
  }

  async #step(step: Step, run: SegmentRun): Promise<void> {
    switch (step.kind) {
      case 'claim': return this.#claim(run, step.blocks, step.field);
      case 'read': return this.#read(run, step.from);
      case 'process':
        for (const piece of this.source.take(step.byteLength)) this.destination.push(piece);
        return;
      case 'discard':
        (step.queue === 'source' ? this.source : this.destination).take(step.byteLength);
        return;
      case 'append':
        this.destination.push(step.piece);
        return;
      case 'write': return this.#write(run, step.to);
      case 'filemarks':
        return this.#control(
          run, 'write', (tape) => tape.writeFilemarks(step.count, step.immediate));
      case 'space': return this.#control(run, 'read', (tape) => tape.space(step.code, step.count));
      case 'locate': return this.#control(run, 'read', (tape) => tape.locate(step.object));
      case 'fail': throw step.error;
    }
  }

  /**
   * A destination range is known before anything is read for it, so one that is not on the medium
   * is an error of the segment descriptor: no command is sent that could fail.
   *
   * The code is 00h/00h, with a pointer to the address and the answer that a WRITE would get.
   */
  async #claim(run: SegmentRun, blocks: BlockRange, field: number): Promise<void> {
    try {
      await this.#places(run, 'destination', 'write', blocks);
    } catch (error) {
      if (!(error instanceof CommandFailure) || !isOutOfRange(error)) throw error;
      throw aborted(run.index, 'noAdditionalSense', error.message,
        { fieldPointer: inSegment(field), ...forwarding('destination', error.end, error.answer) });
    }
  }

  #places(
    run: SegmentRun, side: Side, access: AccessKind,
    { lba, blockCount }: BlockRange): Promise<readonly PlacedBytes[]> {
    const end = run[side] as BlockEnd; // steps name blocks of a block device only
    const medium = mediumOf(run, side, end);
    return command(side, end, () => {
      this.#admit(() => medium.admit(access, this.job.ownNexus));
      return medium.places(lba, blockCount);
    });
  }

  /** Unit attentions of the copy manager's own nexus are no matter of the copy. */
  #admit(admit: () => void): void {
    for (let left = ATTENTION_COUNT_MAX; ; left -= 1) {
      try {
        admit();
        return;
      } catch (error) {
        const isAttention = error instanceof SenseError && error.sense.key === 'unitAttention';
        if (!isAttention || left === 0) throw error;
      }
    }
  }

  async #read(run: SegmentRun, from: BlockRange | Transfers): Promise<void> {
    if ('transfer' in from) return this.#readTape(run, from);
    const end = run.source as BlockEnd; // as in #places
    let at = from.lba * end.blockBytes;
    for (const { place, byteLength } of await this.#places(run, 'source', 'read', from)) {
      this.source.push({ kind: 'span', place, byteLength, end, at });
      at += byteLength;
    }
  }

  /** The position moves on at once; `stopCopy` puts it back if the bytes do not arrive. */
  async #readTape(run: SegmentRun, { transfer, count }: Transfers): Promise<void> {
    const end = run.source as StreamEnd; // steps name transfers of a stream device only
    const medium = mediumOf(run, 'source', end);
    await this.writer.flush();
    const session = await this.tape.session(medium, 'read');
    const stretch = { session, position: session.position, transfer };
    const { places, sense, transferCount } = await command('source', end, () => {
      this.#ready(run, 'source', end, session, transfer);
      const found = session.readable(transfer, count);
      session.readDone(transfer, found.transferCount);
      if (found.sense !== undefined) session.readFailed(transfer);
      return found;
    });
    let at = 0;
    for (const { place, byteLength } of places) {
      this.source.push({ kind: 'span', place, byteLength, end, at, stretch });
      at += byteLength;
    }
    if (sense !== undefined) this.#shortfall = new CommandFailure('source', end, errorOf(sense));
    else if (transferCount < count) throw new Error('Cannot read the tape: no reason is given');
  }

  #ready(
    run: SegmentRun, side: Side, end: StreamEnd, session: StreamSession,
    transfer: StreamTransfer): void {
    this.#admit(() =>
      session.admit(side === 'source' ? 'read' : 'write', this.job.ownNexus));
    const wrong = wrongTransfer(run.index, side, end, session, transfer);
    if (wrong !== undefined) throw wrong;
  }

  async onTape<T>(
    end: StreamEnd, transfer: StreamTransfer, at: number,
    work: (session: StreamSession) => Promise<T>): Promise<T> {
    const run = this.log.at(at)!; // the bytes belong to a segment that has begun
    const session = await this.tape.session(mediumOf(run, 'destination', end), 'write');
    return command('destination', end, () => {
      this.#ready(run, 'destination', end, session, transfer);
      return work(session);
    }, at);
  }

  async #write(run: SegmentRun, to: BlockRange | Transfers): Promise<void> {
    const { destination } = this;
    if ('transfer' in to) {
      const end = run.destination as StreamEnd; // as in #readTape
      mediumOf(run, 'destination', end);
      const unitBytes = transferBytes(to.transfer);
      const count = Math.min(to.count, Math.floor(destination.byteLength / unitBytes));
      return this.writer.add(end, to.transfer, destination.take(count * unitBytes));
    }
    const end = run.destination as BlockEnd; // as in #places
    const blockCount = Math.min(
      to.blockCount, Math.floor(destination.byteLength / end.blockBytes));
    if (blockCount > 0) await this.#writeBlocks(run, end, { lba: to.lba, blockCount });
  }

  async #writeBlocks(run: SegmentRun, end: BlockEnd, blocks: BlockRange): Promise<void> {
    await this.writer.flush();
    const places = await this.#places(run, 'destination', 'write', blocks);
    const pieces = this.destination.take(blocks.blockCount * end.blockBytes);
    const isOverwritten = (piece: Piece): boolean => piece.kind === 'span'
      && places.some((place) => overlap(place, piece));
    for (const queue of [this.source, this.destination]) await this.#keep(queue, isOverwritten);
    this.written.set(mediumOf(run, 'destination', end), { end, run });
    const at = blocks.lba * end.blockBytes;
    if (pieces.some(isOverwritten)) return this.#writeOver(pieces, end, places, at);
    for (const part of partsOf(pieces, end, undefined, places, at)) await this.pipeline.push(part);
  }

  /** Blocks that are copied over themselves, and what was left before them. */
  async #writeOver(
    pieces: readonly Piece[], end: BlockEnd, places: readonly PlacedBytes[],
    at: number): Promise<void> {
    const { pipeline } = this;
    await pipeline.drain();
    const queue = new ByteQueue();
    for (const piece of pieces) queue.push(piece);
    // Only the last piece is as long as the segment; the residue before it fits in memory.
    await this.#keep(queue, (piece) => piece.kind === 'span' && piece !== pieces.at(-1));
    const parts = [...partsOf(queue.pieces, end, undefined, places, at)];
    await moveOverlapping(parts, pipeline.pushedBytes, this.job.signal);
    pipeline.account(onlyBy('portable', queue.byteLength));
  }

  /** Reads spans into memory before what they name is gone. */
  async #keep(queue: ByteQueue, mustKeep: (piece: Piece) => boolean): Promise<void> {
    if (!queue.pieces.some(mustKeep)) return;
    await this.pipeline.drain();
    const kept: Piece[] = [];
    for (const piece of queue.pieces) kept.push(mustKeep(piece) ? await keptPiece(piece) : piece);
    queue.replace(kept);
  }

  /** Before a tape is given up or turned round: nothing may name bytes on it any more. */
  async #settleTape(): Promise<void> {
    await this.pipeline.drain();
    const isOnTape = (piece: Piece): boolean =>
      piece.kind === 'span' && piece.end.kind === 'stream';
    for (const queue of [this.source, this.destination, this.writer.waiting]) {
      if (queue !== undefined) await this.#keep(queue, isOnTape);
    }
  }

  /** A tape command without data. */
  async #control(
    run: SegmentRun, access: AccessKind,
    work: (session: StreamSession) => Promise<void>): Promise<void> {
    const end = run.destination as StreamEnd; // as in #readTape
    const medium = mediumOf(run, 'destination', end);
    await this.writer.flush();
    await this.pipeline.drain();
    const session = await this.tape.session(medium, access);
    await command('destination', end, () => {
      this.#admit(() => session.admit(access, this.job.ownNexus));
      return work(session);
    });
  }
}

/** Runs what stands for a command; what the device answers becomes a CommandFailure. */
async function command<T>(
  side: Side, end: End, run: () => T | Promise<T>, at?: number): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const isAnswer = error instanceof ReservationConflict
      || (error instanceof SenseError && error.sense.key !== 'copyAborted');
    throw isAnswer ? new CommandFailure(side, end, error, at) : error;
  }
}

const isOutOfRange = ({ answer }: CommandFailure): boolean =>
  answer instanceof SenseError && answer.sense.additional === 'lbaOutOfRange';

/** Throws: SenseError for the null logical unit, which cannot be sent a command. */
function mediumOf<E extends End>(
  run: SegmentRun, side: Side, end: E): NonNullable<E['medium']> {
  if (end.medium !== undefined) return end.medium;
  throw aborted(run.index, 'copyTargetDeviceNotReachable', `the ${side} is the null logical unit`,
    { fieldPointer: inSegment(CSCD_FIELD[side]) });
}

async function keptPiece(piece: Piece): Promise<Piece> {
  if (piece.kind !== 'span') return piece;
  try {
    return { kind: 'bytes', bytes: await load(piece) };
  } catch (error) {
    if (!(error instanceof MoveError)) throw error;
    throw new CommandFailure('source', piece.end, moveSense(error, 'source', placeOf(piece)));
  }
}
