import type { Addon } from './addon.ts';
import { describeCode, errorName, isNotSupported } from './host-error.ts';
import type { MoveJob } from './move-job.ts';
import type { HostEnds, Refusal } from './rung.ts';

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
