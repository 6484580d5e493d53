import type { Addon } from './addon.ts';
import { describeCode, errorName } from './host-error.ts';
import type { MoveJob } from './move-job.ts';
import type { NodeFile } from './node-file.ts';
import type { HostEnds, Refusal } from './rung.ts';

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
   *
   * It takes none of them, without refusing the files, if the source's blocks lie otherwise, or if
   * the file system has something against this range: the rungs below it then say what is wrong.
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
