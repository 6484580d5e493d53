import type { Addon } from './addon.ts';
import { clearHole } from './copy-portably.ts';
import { dataRanges, type Range } from './data-ranges.ts';
import { describeCode, errorName, isNotSupported } from './host-error.ts';
import type { MoveJob } from './move-job.ts';
import { Ring } from './ring.ts';
import type { HostEnds, Refusal } from './rung.ts';

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
      if (errno === undefined) throw error;
      this.#problem = `no io_uring: ${describeCode(errorName(errno))}`;
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
