import type { Addon, NativeRing } from './addon.ts';
import type { Range } from './data-ranges.ts';

/** Buffers in flight, and the size of each: what keeps a disk busy without filling the cache. */
const DEPTH = 8;
const BUFFER_BYTES = 1024 * 1024;

/** Columns of a row that the copy thread delivers (native/ring.cc). */
const COLUMNS = 6;
const EVENT = { progress: 0, ended: 1, stopped: 2 } as const;
const FLAG = { checksum: 1, progress: 2 } as const;

/** A contiguous copy; the destination's offset and the ranges are multiples of the alignment. */
export interface RingCopy {
  readonly sourceFd: number;
  readonly sourceOffset: number;
  readonly destinationFd: number;
  readonly destinationOffset: number;
  readonly byteLength: number;
  /** Where data is, relative to the copy's start; the rest is left alone and counts as zeros. */
  readonly ranges: readonly Range[];
  readonly checksum: boolean;
  readonly onProgress: ((byteLength: number) => void) | undefined;
}

export interface RingResult {
  /** Bytes from the start that arrived. */
  readonly doneBytes: number;
  /** 0, or why it ended early (ECANCELED if it was cancelled), and at which end. */
  readonly errno: number;
  readonly end: 'source' | 'destination';
  /** Of all bytes, if asked for and all arrived. */
  readonly crc32c: number;
}

interface Waiting {
  readonly resolve: (result: RingResult) => void;
  readonly onProgress: ((byteLength: number) => void) | undefined;
}

/** The copy thread with its io_uring and its buffers. Payload never enters JavaScript. */
export class Ring {
  readonly #native: NativeRing;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #closing: Promise<void> | undefined;
  #onStopped: (() => void) | undefined;

  /** Throws: an Error with `errno` where io_uring cannot be had. */
  constructor(addon: Addon) {
    this.#native = new addon.Ring(DEPTH, BUFFER_BYTES, (batch) => this.#take(batch));
  }

  /** Starts a copy. The promise never rejects. The descriptors must stay open until it resolves. */
  copy(copy: RingCopy): { readonly id: number; readonly result: Promise<RingResult> } {
    const id = this.#nextId;
    this.#nextId = (id + 1) >>> 0;
    const { onProgress } = copy;
    const flags = (copy.checksum ? FLAG.checksum : 0) | (onProgress ? FLAG.progress : 0);
    const ranges = Float64Array.from(copy.ranges.flatMap((r) => [r.offset, r.byteLength]));
    const result = new Promise<RingResult>((resolve) => {
      this.#waiting.set(id, { resolve, onProgress });
      this.#native.submit(
        id, copy.sourceFd, copy.sourceOffset, copy.destinationFd, copy.destinationOffset,
        copy.byteLength, ranges, flags);
    });
    return { id, result };
  }

  /** The copy ends soon; what it had in flight is waited for. */
  cancel(id: number): void {
    this.#native.cancel(id);
  }

  /** Cancels what is left; resolves when the thread has ended. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#onStopped = resolve;
      this.#native.close();
    });
    return this.#closing;
  }

  #take(batch: Int32Array): void {
    for (let row = 0; row < batch.length; row += COLUMNS) {
      const [event, id, doneBytes, errno, end, crc] = batch.subarray(row, row + COLUMNS) as
        unknown as [number, number, number, number, number, number];  // a row has COLUMNS numbers
      const waiting = this.#waiting.get(id >>> 0);
      if (event === EVENT.stopped) this.#onStopped?.();
      else if (event === EVENT.progress) waiting?.onProgress?.(doneBytes);
      else {
        this.#waiting.delete(id >>> 0);
        const side = end === 1 ? 'source' : 'destination';
        waiting?.resolve({ doneBytes, errno, end: side, crc32c: crc >>> 0 });
      }
    }
  }
}
