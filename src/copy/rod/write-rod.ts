import { MoveError, type Mover } from '../../ports/mover.ts';
import { STATUS } from '../../sam/command.ts';
import type { LogicalUnit } from '../../sam/logical-unit.ts';
import { type BlockMedium, type BlockRun, ReservationConflict } from '../../sam/medium-access.ts';
import { encodeSense, type SenseError } from '../../sense/sense.ts';
import { rodManagementToken } from '../../wire/copy/tokens.ts';
import type { Piece } from '../byte-queue.ts';
import type { BlockEnd } from '../end.ts';
import { moveSense } from '../failure.ts';
import { moveOverlapping } from '../move-overlapping.ts';
import { MovePipeline, type Part, PipelineFailure } from '../move-pipeline.ts';
import { overlap } from '../overlap.ts';
import { onlyBy, type Progress } from '../progress.ts';
import { broken } from '../rules.ts';
import { partsOf } from '../tape-writer.ts';
import type { RodData } from './rod.ts';
import { TOKEN_AT } from './token-lists.ts';

/** What WRITE USING TOKEN does. */
export interface RodWrite {
  readonly rod: RodData;
  /** First byte of the ROD that is written. */
  readonly offset: number;
  readonly unit: LogicalUnit;
  readonly medium: BlockMedium;
  /** Where to, in order; more than the ROD has is not written. */
  readonly runs: readonly BlockRun[];
  readonly mover: Mover;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly sliceBytes: number;
}

/** A piece of a run, and the bytes of the ROD for it. */
interface Slice extends BlockRun {
  readonly offset: number;
}

/**
 * Writes a ROD to blocks, as much as it has; resolves to the number of blocks.
 *
 * The rest of a last block that it does not fill is zeros. Throws: SenseError; the signal's reason.
 * Source: SBC-5 5.59.
 */
export async function writeRod(job: RodWrite): Promise<number> {
  const writer = new RodWriter(job);
  try {
    return await writer.run();
  } catch (error) {
    throw error instanceof PipelineFailure ? failureOf(error) : error;
  } finally {
    await writer.close();
  }
}

class RodWriter {
  readonly #job: RodWrite;
  readonly #pipeline: MovePipeline;
  readonly #end: BlockEnd;
  /** What is open of the destination. */
  readonly #changes = new Set<() => void>();

  constructor(job: RodWrite) {
    this.#job = job;
    const { progress } = job;
    this.#end = {
      kind: 'block', unit: job.unit, medium: job.medium, blockBytes: job.medium.blockBytes,
      descriptorAt: undefined, pad: false };
    this.#pipeline = new MovePipeline(job.mover, job.signal, {
      moved(byRung) {
        progress.moved(byRung);
        progress.operationCounter += 1;
      },
      committed: (byteLength) => progress.stoppedAt(0, byteLength),
    }, job.sliceBytes);
  }

  async run(): Promise<number> {
    const { medium, runs, rod, offset } = this.#job;
    let left = Math.ceil((rod.byteLength - offset) / medium.blockBytes);
    let at = offset;
    let written = 0;
    for (const run of runs) {
      const blockCount = Math.min(run.blockCount, left);
      left -= blockCount;
      written += blockCount;
      if (blockCount > 0) await this.#run({ lba: run.lba, blockCount, offset: at });
      at += blockCount * medium.blockBytes;
    }
    await this.#pipeline.drain();
    await medium.written();
    return written;
  }

  async close(): Promise<void> {
    await this.#pipeline.cancel();
    for (const end of this.#changes) end();
  }

  /** In slices, so that little is kept for a snapshot, or waits for it, at once. */
  async #run(run: Slice): Promise<void> {
    const { medium, rod, sliceBytes } = this.#job;
    const from = rod.isReference ? rod.places(run.offset, this.#bytesIn(run)) : [];
    const to = medium.places(run.lba, run.blockCount);
    if (from.some((one) => to.some((other) => overlap(one, other)))) return this.#writeOver(run);
    const stepBlocks = Math.max(1, Math.floor(sliceBytes / medium.blockBytes));
    for (let done = 0; done < run.blockCount; done += stepBlocks) {
      const blockCount = Math.min(stepBlocks, run.blockCount - done);
      const slice = { lba: run.lba + done, blockCount,
        offset: run.offset + done * medium.blockBytes };
      const { parts, changed } = await this.#prepare(slice);
      for (const part of parts) await this.#pipeline.push(part);
      this.#pipeline.mark(() => this.#changed(changed));
    }
  }

  /** Blocks that are copied over themselves: as if all were read first. */
  async #writeOver(run: Slice): Promise<void> {
    await this.#pipeline.drain();
    const { parts, changed } = await this.#prepare(run);
    await moveOverlapping(parts, this.#pipeline.pushedBytes, this.#job.signal);
    this.#pipeline.account(onlyBy('portable', run.blockCount * this.#end.blockBytes));
    this.#changed(changed);
  }

  #changed(end: () => void): void {
    this.#changes.delete(end);
    end();
  }

  /** How many bytes the ROD has for blocks. */
  #bytesIn({ offset, blockCount }: Slice): number {
    const { rod } = this.#job;
    return Math.min(blockCount * this.#end.blockBytes, rod.byteLength - offset);
  }

  /** The destination first: what it has may be what the ROD stands for. */
  async #prepare(slice: Slice): Promise<{ parts: Part[]; changed: () => void }> {
    const { medium, rod } = this.#job;
    const { lba, blockCount, offset } = slice;
    const changed = await medium.changing?.(lba, blockCount) ?? (() => {});
    this.#changes.add(changed);
    const byteLength = this.#bytesIn(slice);
    await rod.reading(offset, byteLength);
    if (rod.isLost) {
      throw broken('tokenCancelled', 'there was no room to keep its data',
        { byte: TOKEN_AT + rodManagementToken.fields.identifier.at });
    }
    const pieces = rod.places(offset, byteLength).map((one): Piece =>
      ({ kind: 'span', ...one, end: this.#end, at: 0 }));
    const missing = blockCount * this.#end.blockBytes - byteLength;
    if (missing > 0) pieces.push({ kind: 'zeros', byteLength: missing });
    const places = medium.places(lba, blockCount);
    const at = lba * this.#end.blockBytes;
    return { parts: [...partsOf(pieces, this.#end, undefined, places, at)], changed };
  }
}

/** A WRITE has failed, or a read of what the ROD stands for. */
function failureOf({ cause, part }: PipelineFailure): unknown {
  if (!(cause instanceof MoveError) || part === undefined) return cause;
  const { end, at } = part.to;
  const answer = moveSense(cause, cause.end, { end, at, transfer: undefined });
  return cause.end === 'destination' ? answer : sourceFailed(answer);
}

/** The device that the ROD is of has refused, and is not the one that the command was sent to. */
export function sourceFailed(answer: SenseError | ReservationConflict): SenseError {
  const forwardedSource = answer instanceof ReservationConflict
    ? { status: STATUS.reservationConflict, sense: new Uint8Array(0) }
    : { status: STATUS.checkCondition, sense: encodeSense(
      { key: answer.sense.key, additional: answer.sense.additional }) };
  return broken('tokenSource', `the data of the token cannot be read: ${answer.message}`,
    { details: { forwardedSource } });
}
