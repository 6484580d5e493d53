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
import type { Mover } from '../ports/mover.ts';
import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';
import {
  type AccessKind, type BlockMedium, type PlacedBytes, ReservationConflict, type StreamMedium,
  type StreamSession, type StreamTransfer, transferBytes,
} from '../sam/medium-access.ts';
import { SenseError } from '../sense/sense.ts';
import { aborted, commandFailed, forwarding, placeOfEnd, type Side } from './aborted.ts';
import { blocksAround } from './block-bytes.ts';
import { ByteQueue, type Piece } from './byte-queue.ts';
import { cutPlaces } from './cut-places.ts';
import {
  ATTENTION_COUNT_MAX, DeviceAnswer, type DeviceCommand, sendCommand,
} from './device-command.ts';
import type { BlockEnd, End, StreamEnd } from './end.ts';
import { CommandFailure, errorOf } from './failure.ts';
import type { HeldData } from './held-data.ts';
import { bytesOfPiece, hold } from './hold.ts';
import type { CopyLimits, CopyReadings } from './limits.ts';
import { mediumOf } from './medium-of.ts';
import { moveOverlapping } from './move-overlapping.ts';
import { MovePipeline } from './move-pipeline.ts';
import { overlap } from './overlap.ts';
import type { Plan, PlannedSegment } from './plan.ts';
import { onlyBy, type Progress } from './progress.ts';
import { resolveEnds } from './resolve.ts';
import type { CopyRods } from './rods.ts';
import { destinationLbaAt } from './segment-fields.ts';
import { SegmentLog, type SegmentRun } from './segment-log.ts';
import { stepsOf } from './segment-steps.ts';
import type { BlockBytes, Step, Transfers } from './step.ts';
import { TapeAccess } from './tape-access.ts';
import { copyTapeImage, type TapeImageHost } from './tape-image.ts';
import { partsOf, TapeWriter, type TapeWriterHost } from './tape-writer.ts';
import type { UnitNames } from './unit-names.ts';
import { wholeUnits } from './units.ts';
import { wrongTransfer } from './wrong-transfer.ts';

/** A copy to be made. */
export interface CopyJob {
  readonly plan: Plan;
  readonly limits: CopyLimits;
  readonly readings: CopyReadings;
  readonly names: UnitNames;
  readonly rods: CopyRods;
  /** What the segments hold for the application client. */
  readonly held: HeldData;
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

/** What is still done with the bytes that came before a short read. */
const GOES_ON: readonly Step['kind'][] = ['process', 'discard', 'write'];

export class CopyExecution implements TapeWriterHost, TapeImageHost {
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
  /** What to call when the ranges that the copy writes to are not changed any more. */
  #changes: (() => void)[] = [];
  /** Commands for when all segments are done or one has failed, with their ends. */
  readonly #later: {
    readonly end: End; readonly command: DeviceCommand; readonly segment: number }[] = [];
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

  /**
   * Returns whether residual data is left over.
   *
   * Throws: SenseError COPY ABORTED without a residual; what `failureOf` makes one of.
   */
  async run(): Promise<{ readonly leftOver: boolean }> {
    for (const segment of this.job.plan.segments) await this.#segment(segment);
    await this.#finishWrites();
    for (const [medium, { end, run }] of this.written) {
      await this.#command('destination', end, () => medium.written(), run.from);
    }
    return { leftOver: this.source.byteLength + this.destination.byteLength > 0 };
  }

  async #finishWrites(): Promise<void> {
    await this.writer.flush();
    await this.pipeline.drain();
    this.settleChanges();
  }

  /** Nothing that was begun changes a disk any more. */
  settleChanges(): void {
    for (const settle of this.#changes.splice(0)) settle();
  }

  /** The commands of segments 15h that were reached. Throws: SenseError COPY ABORTED. */
  async runLater(): Promise<void> {
    for (const { end, command, segment } of this.#later.splice(0)) {
      try {
        await this.#send('destination', end, command);
      } catch (error) {
        throw error instanceof CommandFailure
          ? commandFailed(segment, 'destination', end, error.answer) : error;
      }
    }
  }

  async #segment({ index, value, holds }: PlannedSegment): Promise<void> {
    const { plan, limits, readings, signal } = this.job;
    signal.throwIfAborted();
    await this.tape.yieldToOthers();
    const run = this.log.begin(index, this.#queuedBytes);
    Object.assign(run, this.#resolve({ index, value }));
    this.tape.want(tapesOf(run));
    const { writeBytes, residual, steps } = stepsOf({
      index, value, holds, source: run.source, destination: run.destination, limits, readings,
      residue: { source: this.source.byteLength, destination: this.destination.byteLength },
      inlineData: plan.inlineData, roundBytes: this.sliceBytes,
    });
    Object.assign(run, { writeBytes, residual });
    for (const step of steps) {
      if (this.#shortfall !== undefined && !GOES_ON.includes(step.kind)) break;
      await this.#step(step, run);
    }
    if (this.#shortfall !== undefined) throw this.#shortfall;
    this.log.end(run, this.#queuedBytes);
  }

  #resolve(segment: Pick<PlannedSegment, 'index' | 'value'>): ReturnType<typeof resolveEnds> {
    const { plan, units, sender, receiver, names, rods, readings } = this.job;
    return resolveEnds(
      { plan, reachable: units.reachable(sender), sender, receiver, names, rods, readings },
      segment);
  }

  get #queuedBytes(): number {
    return this.pipeline.pushedBytes + (this.writer.waiting?.byteLength ?? 0);
  }

  async #step(step: Step, run: SegmentRun): Promise<void> {
    switch (step.kind) {
      case 'claim': return this.#claim(run, step.blocks, step.field);
      case 'read': return this.#read(run, step.from);
      case 'process': return this.#process(step.byteLength, step.holds);
      case 'discard': {
        const queue = step.queue === 'source' ? this.source : this.destination;
        const pieces = queue.take(step.byteLength);
        return step.holds ? this.#hold(pieces) : undefined;
      }
      case 'append':
        this.destination.push(step.piece);
        return;
      case 'write': return this.#write(run, step.to);
      case 'filemarks':
        return this.#control(
          run, 'write', (tape) => tape.writeFilemarks(step.count, step.immediate));
      case 'space': return this.#control(run, 'read', (tape) => tape.space(step.code, step.count));
      case 'locate': return this.#control(run, 'read', (tape) => tape.locate(step.object));
      case 'tapeImage':
        return copyTapeImage(this, run, step.filemarkCount, this.job.signal);
      case 'blockImage': return this.#blockImage(run, step);
      case 'command':
        return this.#send(step.side, run[step.side]!, step.command); // the step names the side
      case 'later':
        // 15h has a destination.
        this.#later.push({ end: run.destination!, command: step.command, segment: run.index });
        return;
      case 'populate':
        await this.#finishWrites();
        return this.job.rods.populate(step.cscdId, run.index, step.ranges);
      case 'fail': throw step.error;
    }
  }

  async #process(byteLength: number, holds: boolean): Promise<void> {
    const pieces = this.source.take(byteLength);
    if (holds) await this.#hold(pieces);
    for (const piece of pieces) this.destination.push(piece);
  }

  /** Not before what comes earlier is written: an error there is the end of the copy. */
  async #hold(pieces: readonly Piece[]): Promise<void> {
    await this.writer.flush();
    await this.pipeline.drain();
    await hold(this.job.held, pieces);
  }

  /**
   * A destination range is known before anything is read for it, so one that is not on the medium
   * is an error of the segment descriptor: no command is sent that could fail.
   *
   * The code is 00h/00h, with a pointer to the address and the answer that a WRITE would get.
   */
  async #claim(run: SegmentRun, blocks: BlockBytes, field: number): Promise<void> {
    try {
      await this.#places(run, 'destination', 'write', blocks);
    } catch (error) {
      const isOurs = this.job.readings.outOfRange === 'segment';
      if (!isOurs || !(error instanceof CommandFailure) || !isOutOfRange(error)) throw error;
      throw aborted(run.index, 'destinationRange', error.message, {
        byte: field, details: forwarding('destination', error.end, error.answer) });
    }
  }

  async #places(
    run: SegmentRun, side: Side, access: AccessKind, bytes: BlockBytes,
  ): Promise<readonly PlacedBytes[]> {
    const end = run[side] as BlockEnd; // steps name blocks of a block device only
    const medium = mediumOf(run, side, end);
    const { lba, blockCount, skip } = blocksAround(bytes, end.blockBytes);
    const places = await this.#command(side, end, async () => {
      this.#admit(() => medium.admit(access, this.job.ownNexus));
      if (access === 'read') await medium.reading?.(lba, blockCount);
      return medium.places(lba, blockCount);
    });
    return cutPlaces(places, skip, bytes.byteLength);
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

  async #read(run: SegmentRun, from: BlockBytes | Transfers): Promise<void> {
    if ('transfer' in from) return this.#readTape(run, from);
    for (const piece of await this.#spans(run, from)) this.source.push(piece);
  }

  async #spans(run: SegmentRun, from: BlockBytes): Promise<Piece[]> {
    const end = run.source as BlockEnd; // as in #places
    const places = await this.#places(run, 'source', 'read', from);
    let at = from.lba * end.blockBytes + from.offset;
    return places.map(({ place, byteLength }) => {
      at += byteLength;
      return { kind: 'span', place, byteLength, end, at: at - byteLength };
    });
  }

  /** The position moves on at once; `stopCopy` puts it back if the bytes do not arrive. */
  async #readTape(run: SegmentRun, { transfer, count }: Transfers): Promise<void> {
    const end = run.source as StreamEnd; // steps name transfers of a stream device only
    const medium = mediumOf(run, 'source', end);
    await this.writer.flush();
    const session = await this.tape.session(medium, 'read');
    const stretch = { session, position: session.position, transfer };
    const { places, sense, transferCount } = await this.#command('source', end, () => {
      this.ready(run, 'source', end, session, transfer);
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

  /** Checks that a tape can do a transfer. Throws: SenseError, ReservationConflict. */
  ready(
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
    return this.#command('destination', end, () => {
      this.ready(run, 'destination', end, session, transfer);
      return work(session);
    }, at);
  }

  async #write(run: SegmentRun, to: BlockBytes | Transfers): Promise<void> {
    const { destination } = this;
    if ('transfer' in to) {
      const end = run.destination as StreamEnd; // as in #readTape
      const unitBytes = transferBytes(to.transfer);
      const count = Math.min(to.count, Math.floor(destination.byteLength / unitBytes));
      // A short read may have left nothing that a null device would have to be sent.
      if (count === 0) return;
      mediumOf(run, 'destination', end);
      return this.writer.add(end, to.transfer, destination.take(count * unitBytes));
    }
    // A short read ends the segment: whole units of what came before it are written.
    const byteLength = wholeUnits(
      Math.min(to.byteLength, destination.byteLength), to.unitBytes);
    if (byteLength === 0) return;
    await this.writer.flush();
    return this.#writeBlocks(run, { ...to, byteLength }, destination.take(byteLength));
  }

  async #writeBlocks(
    run: SegmentRun, bytes: BlockBytes, pieces: readonly Piece[]): Promise<void> {
    const end = run.destination as BlockEnd; // as in #places
    const medium = mediumOf(run, 'destination', end);
    const places = await this.#places(run, 'destination', 'write', bytes);
    const { lba, blockCount } = blocksAround(bytes, end.blockBytes);
    const changed = await medium.changing?.(lba, blockCount);
    if (changed !== undefined) this.#changes.push(changed);
    const isOverwritten = (piece: Piece): boolean => piece.kind === 'span'
      && places.some((place) => overlap(place, piece));
    for (const queue of [this.source, this.destination]) await this.#keep(queue, isOverwritten);
    this.written.set(medium, { end, run });
    const at = bytes.lba * end.blockBytes + bytes.offset;
    if (pieces.some(isOverwritten)) return this.#writeOver(pieces, end, places, at);
    for (const part of partsOf(pieces, end, undefined, places, at)) await this.pipeline.push(part);
  }

  /** Neither queue has a part in it. Source: SPC-4 6.4.6.19. */
  async #blockImage(
    run: SegmentRun,
    { sourceLba, destinationLba, blockCount }: Extract<Step, { kind: 'blockImage' }>,
  ): Promise<void> {
    const [source, destination] = [run.source as BlockEnd, run.destination as BlockEnd]; // as above
    const from = mediumOf(run, 'source', source);
    const to = mediumOf(run, 'destination', destination);
    if (source.blockBytes !== destination.blockBytes) {
      throw aborted(run.index, 'imageBlockLength',
        `blocks of ${source.blockBytes} and of ${destination.blockBytes} bytes`,
        placeOfEnd(destination, 'destination'));
    }
    const { blockBytes } = source;
    const count = Math.max(0, Math.min(blockCount || Number.MAX_SAFE_INTEGER,
      from.blockCount - sourceLba, to.blockCount - destinationLba));
    if (count === 0) return;
    const byteLength = count * blockBytes;
    const target = { lba: destinationLba, offset: 0, byteLength, unitBytes: blockBytes };
    await this.#claim(run, target, destinationLbaAt('blockImage'));
    const pieces = await this.#spans(run, { ...target, lba: sourceLba });
    Object.assign(run, { writeBytes: byteLength, residual: { unitBytes: blockBytes } });
    await this.writer.flush();
    await this.#writeBlocks(run, target, pieces);
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
    for (const piece of queue.pieces) {
      kept.push(mustKeep(piece) ? { kind: 'bytes', bytes: await bytesOfPiece(piece) } : piece);
    }
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
    await this.writer.flush();
    await this.pipeline.drain();
    await this.onMedium(run, 'destination', end, access, work);
  }

  /** Runs a command on a tape, once it is held and ready. Throws: CommandFailure. */
  async onMedium<T>(
    run: SegmentRun, side: Side, end: StreamEnd, access: AccessKind,
    work: (session: StreamSession) => T | Promise<T>): Promise<T> {
    const session = await this.tape.session(mediumOf(run, side, end), access);
    return this.#command(side, end, () => {
      this.#admit(() => session.admit(access, this.job.ownNexus));
      return work(session);
    });
  }

  /** A command of the copy manager as an initiator; without effect on RODs. */
  async #send(side: Side, end: End, deviceCommand: DeviceCommand): Promise<void> {
    const { unit } = end;
    if (unit === undefined) return;
    await this.#command(side, end, () =>
      sendCommand(unit, deviceCommand, this.job.ownNexus, this.job.signal));
  }

  /** Runs what stands for a command; what the device answers becomes a CommandFailure. */
  async #command<T>(
    side: Side, end: End, work: () => T | Promise<T>, at?: number): Promise<T> {
    try {
      const result = await work();
      this.job.progress.operationCounter += 1;
      return result;
    } catch (error) {
      const isAnswer = error instanceof ReservationConflict || error instanceof DeviceAnswer
        || (error instanceof SenseError && error.sense.key !== 'copyAborted');
      throw isAnswer ? new CommandFailure(side, end, error, at) : error;
    }
  }
}

const isOutOfRange = ({ answer }: CommandFailure): boolean =>
  answer instanceof SenseError && answer.sense.additional === 'lbaOutOfRange';

/** The tapes of a segment that has two, in an order that is the same for every copy. */
function tapesOf({ source, destination }: SegmentRun): StreamMedium[] {
  const tapes = [source, destination].filter((end): end is StreamEnd => end?.kind === 'stream');
  const named = tapes.flatMap(({ medium, unit }) =>
    (medium === undefined || unit === undefined ? []
      : [{ medium, name: String(unit.designators[0]?.bytes) }]));
  named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return [...new Set(named.map(({ medium }) => medium))];
}
