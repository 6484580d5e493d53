import type { Addon } from './addon.ts';
import { clearHole } from './copy-portably.ts';
import { dataRanges, type Range } from './data-ranges.ts';
import { describeCode, errorName, isNotSupported } from './host-error.ts';
import type { MoveJob } from './move-job.ts';
import type { NodeFile } from './node-file.ts';
import { Ring } from './ring.ts';

/** Both ends of a move as the kernel sees them; they are held open. */
export interface HostEnds {
  readonly source: NodeFile;
  readonly destination: NodeFile;
  readonly sourceFd: number;
  readonly destinationFd: number;
}

/** Why a rung does not hold for these files; undefined if it has taken every byte it was given. */
export type Refusal = string | undefined;

/** Codes of a clone that speak of the two file systems, and not of this range. */
const NOT_SHARED: ReadonlySet<string> = new Set(['ENOTSUP', 'EXDEV', 'ENOSYS', 'ENOTTY']);

/** Shares extents between the files, so that no byte is moved. */
export class ReflinkRung {
  readonly #addon: Addon;
  /** For each source, destinations that cannot share with it, and why. */
  readonly #refusals = new WeakMap<NodeFile, WeakMap<NodeFile, string>>();

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  /**
   * Takes the next `byteLength` bytes, which begin and end on block boundaries of the destination.
   * `incongruent` blocks and other troubles of this range only are left to the rungs below.
   */
  async take(job: MoveJob, ends: HostEnds, byteLength: number, block: number): Promise<Refusal> {
    const { source, destination } = ends;
    const known = this.#refusals.get(source)?.get(destination);
    if (known !== undefined) return known;
    if ((job.sourceOffset - job.destinationOffset) % block !== 0) return undefined;
    const result = await this.#addon.cloneRange(
      ends.sourceFd, job.sourceOffset, ends.destinationFd, job.destinationOffset, byteLength);
    if (result === 0) job.arrived({ reflink: byteLength });
    const code = errorName(result);
    if (result === 0 || !NOT_SHARED.has(code)) return undefined;
    const refusal = `the file system cannot share them: ${describeCode(code)}`;
    const refusals = this.#refusals.get(source) ?? new WeakMap<NodeFile, string>();
    this.#refusals.set(source, refusals.set(destination, refusal));
    return refusal;
  }
}

/** Copies past the page cache by the copy thread's io_uring. */
export class DirectRung {
  readonly #addon: Addon;
  #ring: Ring | undefined;
  #problem: string | undefined;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  /** Starts the copy thread if it does not run; returns why it cannot. */
  open(): Refusal {
    if (this.#ring !== undefined || this.#problem !== undefined) return this.#problem;
    try {
      this.#ring = new Ring(this.#addon);
    } catch (error) {
      const { errno } = error as { errno?: number };  // native/ring.cc sets it
      this.#problem = `no io_uring: ${describeCode(errorName(errno ?? 0))}`;
    }
    return this.#problem;
  }

  /** Takes the next `byteLength` bytes, which begin and end at multiples of `grain`. */
  async take(job: MoveJob, ends: HostEnds, byteLength: number, grain: number): Promise<Refusal> {
    const problem = this.open();
    if (this.#ring === undefined) return problem;
    const [sourceFd, destinationFd] =
      await Promise.all([ends.source.directFd(), ends.destination.directFd()]);
    if (sourceFd === undefined || destinationFd === undefined) {
      return 'the file system cannot open them past the page cache';
    }
    const start = job.doneBytes;
    const ranges = await dataRanges(job, byteLength, grain);
    await clearGaps(job, ranges, byteLength);
    if (ranges.length === 0) {
      job.arrivedZeros(byteLength);
      return undefined;
    }
    const relative = ranges.map((r) => ({ offset: r.offset - start, byteLength: r.byteLength }));
    const { id, result } = this.#ring.copy({
      sourceFd, sourceOffset: job.sourceOffset, destinationFd,
      destinationOffset: job.destinationOffset, byteLength, ranges: relative,
      checksum: job.wantsChecksum,
      onProgress: job.wantsProgress ? (done) => job.progress(done) : undefined,
    });
    const endStop = job.onStop(() => this.#ring?.cancel(id));
    const { doneBytes, errno, end, crc32c } = await result;
    endStop();
    const direct = bytesBefore(relative, doneBytes);
    job.arrived({ direct, hole: doneBytes - direct }, errno === 0 ? crc32c : undefined);
    if (errno === 0) return undefined;
    job.throwIfStopped();
    const code = errorName(errno);
    if (isNotSupported(code)) return `past the page cache: ${describeCode(code)}`;
    throw code === 'ENODATA' ? job.sourceEnds(job.sourceOffset) : job.failure(end, code);
  }

  /** Resolves when the copy thread has ended. */
  async close(): Promise<void> {
    await this.#ring?.close();
  }
}

/** Makes what lies between the ranges of the next `byteLength` bytes read zeros. */
async function clearGaps(
  job: MoveJob, ranges: readonly Range[], byteLength: number,
): Promise<void> {
  let covered = job.doneBytes;
  for (const range of ranges) {
    await clearHole(job, covered, range.offset - covered);
    covered = range.offset + range.byteLength;
  }
  await clearHole(job, covered, job.doneBytes + byteLength - covered);
}

const bytesBefore = (ranges: readonly Range[], end: number): number =>
  ranges.reduce((sum, { offset, byteLength }) =>
    sum + Math.min(Math.max(end - offset, 0), byteLength), 0);

/** One copy_file_range, between two looks at whether the move is to stop. */
const SLICE_BYTES = 8 * 1024 * 1024;

/** Codes of copy_file_range that can only be about the destination. */
const DESTINATION_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Copies within the kernel, through the page cache. */
export class KernelRung {
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  /** Takes the next `byteLength` bytes, or those before a failure that does not say its end. */
  async take(job: MoveJob, ends: HostEnds, byteLength: number): Promise<Refusal> {
    const end = job.doneBytes + byteLength;
    while (job.doneBytes < end) {
      job.throwIfStopped();
      const count = await this.#addon.copyRange(
        ends.sourceFd, job.sourceOffset, ends.destinationFd, job.destinationOffset,
        Math.min(SLICE_BYTES, end - job.doneBytes));
      if (count === 0) throw job.sourceEnds(job.sourceOffset);
      if (count > 0) job.arrived({ kernel: count });
      else {
        const code = errorName(count);
        if (DESTINATION_CODES.has(code)) throw job.failure('destination', code);
        return isNotSupported(code) ? `copy_file_range: ${describeCode(code)}` : undefined;
      }
    }
    return undefined;
  }
}
