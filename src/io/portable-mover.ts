import { crc32c } from '../bytes/crc32c.ts';
import { type Checksum, copySparsely, copyThroughBuffers } from './copy-portably.ts';
import { JobMover } from './job-mover.ts';
import type { MoveJob } from './move-job.ts';

/** Moves by reads and writes of this process, between any files of the port. */
export class PortableMover extends JobMover {
  readonly #checksum: Checksum;

  /** `checksum` may be a faster CRC32C than the default. */
  constructor(options: { readonly checksum?: Checksum } = {}) {
    super();
    this.#checksum = options.checksum ?? crc32c;
  }

  protected override run(job: MoveJob): Promise<void> {
    return movePortably(job, this.#checksum);
  }

  protected override async end(): Promise<void> {}
}

/** The whole of a move on the portable rung. Throws: MoveError; the reason if it is stopped. */
export async function movePortably(job: MoveJob, checksum: Checksum): Promise<void> {
  await job.checkSource();
  await copySparsely(job, job.byteLength, 1, (byteLength) =>
    copyThroughBuffers(job, byteLength, checksum));
}
