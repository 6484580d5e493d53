import { combineCrc32c, zerosCrc32c } from '../bytes/crc32c.ts';
import { FileError } from '../ports/files.ts';
import {
  type BytesByRung, MOVE_BYTES_MAX, type Moved, MoveError, type MoveOptions, type Place, RUNGS,
} from '../ports/mover.ts';
import { describeCode } from './host-error.ts';

export type End = 'source' | 'destination';

/**
 * One move under way. Bytes arrive from left to right, so `doneBytes` says both how far it is and
 * where the next step begins.
 */
export class MoveJob {
  readonly source: Place;
  readonly destination: Place;
  readonly byteLength: number;
  readonly destinationIsZero: boolean;
  readonly #byRung: { -readonly [rung in keyof BytesByRung]: number } =
    { reflink: 0, direct: 0, kernel: 0, portable: 0, hole: 0 };
  readonly #onProgress: ((byteLength: number) => void) | undefined;
  readonly #stopListeners = new Set<(reason: unknown) => void>();
  #stopped: { readonly reason: unknown } | undefined;
  #crc: number | undefined;
  #doneBytes = 0;

  /** Throws: RangeError if the places or the length are not what a move may have. */
  constructor(source: Place, destination: Place, byteLength: number, options: MoveOptions) {
    const fits = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
    if (!fits(byteLength) || byteLength < 1 || byteLength > MOVE_BYTES_MAX) {
      throw new RangeError(`Cannot move ${byteLength} bytes: 1 to ${MOVE_BYTES_MAX} are allowed`);
    }
    for (const { offset } of [source, destination]) {
      if (!fits(offset) || !fits(offset + byteLength)) {
        throw new RangeError(`Cannot move ${byteLength} bytes at offset ${offset}: not in a file`);
      }
    }
    this.source = source;
    this.destination = destination;
    this.byteLength = byteLength;
    this.destinationIsZero = options.destinationIsZero ?? false;
    this.#crc = options.checksum ? 0 : undefined;
    this.#onProgress = options.onProgress;
  }

  get doneBytes(): number {
    return this.#doneBytes;
  }

  /** Where the next byte comes from, and where it goes to. */
  get sourceOffset(): number {
    return this.source.offset + this.#doneBytes;
  }

  get destinationOffset(): number {
    return this.destination.offset + this.#doneBytes;
  }

  /** False once bytes went by unseen, or if nobody asked. */
  get wantsChecksum(): boolean {
    return this.#crc !== undefined;
  }

  get wantsProgress(): boolean {
    return this.#onProgress !== undefined;
  }

  /** Takes note of the next bytes, by who moved them; `crc` is theirs, if they were seen. */
  arrived(moved: Partial<BytesByRung>, crc?: number): void {
    let byteLength = 0;
    for (const rung of [...RUNGS, 'hole'] as const) {
      this.#byRung[rung] += moved[rung] ?? 0;
      byteLength += moved[rung] ?? 0;
    }
    if (byteLength === 0) return;
    this.#doneBytes += byteLength;
    const seen = this.#crc !== undefined && crc !== undefined;
    this.#crc = seen ? combineCrc32c(this.#crc!, crc, byteLength) : undefined;
    this.#onProgress?.(this.#doneBytes);
  }

  /** The next bytes are zeros at both ends. */
  arrivedZeros(byteLength: number): void {
    this.arrived({ hole: byteLength }, zerosCrc32c(byteLength));
  }

  /** Tells of bytes that are behind `doneBytes` but not yet certain in number. */
  progress(byteLength: number): void {
    this.#onProgress?.(this.#doneBytes + byteLength);
  }

  /** Asks the move to end soon; it then rejects with the first reason given. */
  stop(reason: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { reason };
    for (const listener of this.#stopListeners) listener(reason);
  }

  /** Throws the reason once somebody has asked the move to stop. */
  throwIfStopped(): void {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
  }

  /** Calls back when the move is asked to stop; the returned function ends that. */
  onStop(listener: (reason: unknown) => void): () => void {
    this.#stopListeners.add(listener);
    return () => this.#stopListeners.delete(listener);
  }

  /** Runs an operation of one end; its FileError becomes a MoveError. */
  async at<T>(end: End, operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw this.failure(end, error.code);
    }
  }

  failure(end: End, code: string, state = describeCode(code)): MoveError {
    const { path } = this[end].file;
    const action = end === 'source' ? `move from ${path}` : `move to ${path}`;
    return new MoveError(code, end, this.#doneBytes, `Cannot ${action}: ${state}`);
  }

  /** Throws: MoveError (`ENODATA`) if the source ends before the move does. */
  async checkSource(): Promise<void> {
    const size = await this.at('source', this.source.file.size());
    const end = this.source.offset + this.byteLength;
    if (size < end) throw this.sourceEnds(size);
  }

  sourceEnds(size: number): MoveError {
    const end = this.source.offset + this.byteLength;
    return this.failure('source', 'ENODATA', `the file ends at ${size}, the move at ${end}`);
  }

  result(): Moved {
    return { byRung: { ...this.#byRung }, crc32c: this.#crc };
  }
}
