import { MoveError, RUNGS, type Rung } from '../ports/mover.ts';
import type { Addon } from './addon.ts';
import { copySparsely, copyThroughBuffers } from './copy-portably.ts';
import { DirectRung } from './direct-rung.ts';
import { JobMover } from './job-mover.ts';
import { KernelRung } from './kernel-rung.ts';
import type { MoveJob } from './move-job.ts';
import { NodeFile } from './node-file.ts';
import { movePortably } from './portable-mover.ts';
import { ReflinkRung } from './reflink-rung.ts';
import type { HostEnds, Refusal } from './rung.ts';

/** A move is not split for the blocks of a file system that are larger than this. */
const BLOCK_BYTES_MAX = 64 * 1024;

/** The rung that was asked for does not hold for these files. */
export class RungRefused extends MoveError {
  readonly refusal: string;

  constructor(job: MoveJob, rung: Rung, refusal: string) {
    const { path } = job.destination.file;
    super('ENOTSUP', 'destination', job.doneBytes,
      `Cannot move to ${path}: rung ${rung} does not hold: ${refusal}`);
    this.name = 'RungRefused';
    this.refusal = refusal;
  }
}

/**
 * Moves by the best rung that holds, for each range of a move:
 *
 *     head     │ middle: whole blocks of the destination         │ tail
 *     portable │ reflink if congruent, or else holes and data:   │ portable
 *              │   direct, or kernel, or portable                │
 *
 * A pinned rung takes what it can; the ends, and what is not congruent, go to the rungs below it.
 */
export class NativeMover extends JobMover {
  readonly #addon: Addon;
  readonly #pinned: Rung | undefined;
  readonly #allowed: ReadonlySet<Rung>;
  readonly #reflink: ReflinkRung;
  readonly #direct: DirectRung;
  readonly #kernel: KernelRung;

  /** Throws: Error if the pinned rung is not available here at all. */
  constructor(addon: Addon, options: { readonly rung?: Rung | undefined } = {}) {
    super();
    this.#addon = addon;
    this.#pinned = options.rung;
    this.#allowed = new Set(RUNGS.slice(RUNGS.indexOf(options.rung ?? 'reflink')));
    this.#reflink = new ReflinkRung(addon);
    this.#direct = new DirectRung(addon);
    this.#kernel = new KernelRung(addon);
    const problem = options.rung === 'direct' ? this.#direct.open() : undefined;
    if (problem !== undefined) throw new Error(`Cannot use rung direct: ${problem}`);
  }

  protected override async run(job: MoveJob): Promise<void> {
    const source = job.source.file;
    const destination = job.destination.file;
    if (this.#pinned === 'portable') return movePortably(job, this.#addon.crc32c);
    if (!(source instanceof NodeFile && destination instanceof NodeFile)) {
      // A rung is only for data: a source that is not of the host may have none.
      if (!await isHole(job)) this.#refuse(job, this.#pinned, 'it needs files of the host');
      return movePortably(job, this.#addon.crc32c);
    }
    await job.checkSource();
    await source.use('move from', (sourceFd) =>
      destination.use('move to', (destinationFd) =>
        this.#descend(job, { source, destination, sourceFd, destinationFd })));
  }

  protected override end(): Promise<void> {
    return this.#direct.close();
  }

  async #descend(job: MoveJob, ends: HostEnds): Promise<void> {
    if (this.#pinned === 'kernel') {
      return copySparsely(job, job.byteLength, 1, (n) => this.#buffered(job, ends, n));
    }
    const block = this.#blockBytes(ends);
    const head = Math.min((block - job.destination.offset % block) % block, job.byteLength);
    const middle = Math.floor((job.byteLength - head) / block) * block;
    await this.#end(job, head);
    if (middle > 0) await this.#middle(job, ends, middle, block);
    await this.#end(job, job.byteLength - head - middle);
  }

  /** Less than a block: a read and a write are as cheap as anything. */
  async #end(job: MoveJob, byteLength: number): Promise<void> {
    if (byteLength > 0) await copyThroughBuffers(job, byteLength, this.#addon.crc32c);
  }

  async #middle(job: MoveJob, ends: HostEnds, byteLength: number, block: number): Promise<void> {
    const end = job.doneBytes + byteLength;
    const left = (): number => end - job.doneBytes;
    if (this.#allowed.has('reflink')) {
      const refusal = await this.#reflink.take(job, ends, byteLength, block);
      this.#refuse(job, 'reflink', refusal);
    }
    if (left() > 0 && this.#allowed.has('direct')) {
      this.#refuse(job, 'direct', await this.#direct.take(job, ends, left(), block));
    }
    if (left() > 0) await copySparsely(job, left(), block, (n) => this.#buffered(job, ends, n));
  }

  async #buffered(job: MoveJob, ends: HostEnds, byteLength: number): Promise<void> {
    const end = job.doneBytes + byteLength;
    if (this.#allowed.has('kernel')) {
      this.#refuse(job, 'kernel', await this.#kernel.take(job, ends, byteLength));
    }
    // What the kernel failed at without saying at which end fails again here, and says it.
    if (job.doneBytes < end) {
      await copyThroughBuffers(job, end - job.doneBytes, this.#addon.crc32c);
    }
  }

  /** A rung that was pinned and does not hold is an error; any other is passed by. */
  #refuse(job: MoveJob, rung: Rung | undefined, refusal: Refusal): void {
    if (refusal === undefined || rung === undefined || rung !== this.#pinned) return;
    throw new RungRefused(job, rung, refusal);
  }

  #blockBytes(ends: HostEnds): number {
    const block = ends.destination.blockBytes;
    return Math.max(this.#addon.directAlignment, block > BLOCK_BYTES_MAX ? 0 : block);
  }
}

/** Whether the source has no data where the move reads it. */
async function isHole(job: MoveJob): Promise<boolean> {
  const { file, offset } = job.source;
  const data = await job.at('source', file.nextData(offset));
  return data === undefined || data.offset >= offset + job.byteLength;
}
