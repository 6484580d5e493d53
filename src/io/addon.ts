import { createRequire } from 'node:module';

/** Rows of completions: see COLUMNS in ring.ts. */
export type BatchCallback = (batch: Int32Array) => void;

/** The copy thread of native/ring.cc. Only ring.ts uses it. */
export interface NativeRing {
  submit(
    id: number, sourceFd: number, sourceOffset: number, destinationFd: number,
    destinationOffset: number, byteLength: number, ranges: Float64Array, flags: number,
  ): void;
  cancel(id: number): void;
  close(): void;
}

/**
 * What native/addon.cc exports. File calls run on the thread pool and never throw: a negative
 * result is an errno. Their descriptors must stay open until they have settled.
 */
export interface Addon {
  readonly interface: number;
  readonly Ring: new (depth: number, bufferBytes: number, onBatch: BatchCallback) => NativeRing;
  /** Destinations of direct copies begin and end at a multiple of this. */
  readonly directAlignment: number;
  crc32c(bytes: Uint8Array, crc: number): number;
  allocate(fd: number, offset: number, byteLength: number): Promise<number>;
  punch(fd: number, offset: number, byteLength: number): Promise<number>;
  cloneRange(
    sourceFd: number, sourceOffset: number, destinationFd: number, destinationOffset: number,
    byteLength: number,
  ): Promise<number>;
  /** The bytes copied, which may be fewer than asked. */
  copyRange(
    sourceFd: number, sourceOffset: number, destinationFd: number, destinationOffset: number,
    byteLength: number,
  ): Promise<number>;
  /** Offset, length, … of at most `countMax` ranges of data in [offset, end); 0 if none is. */
  dataRanges(fd: number, offset: number, end: number, countMax: number)
    : Promise<Float64Array | number>;
  /** Bytes read at once, without waiting: those that are in memory; -EAGAIN if none are. */
  readCached(fd: number, bytes: Uint8Array, offset: number): number;
  /**
   * Writes, each of the next of the parts, 1 to 1024 of them. Resolves to the bytes written by
   * each, or a negative errno.
   */
  writeBatch(
    fd: number, parts: readonly Uint8Array[], partCounts: Uint32Array, offsets: Float64Array)
    : Promise<Float64Array>;
  /** Takes an open-file-description lock on the whole file, shared or exclusive; does not wait. */
  lock(fd: number, exclusive: boolean): number;
  /** Bytes in a block of the file system. */
  blockSize(fd: number): number;
}

export type LoadedAddon =
  | { readonly addon: Addon; readonly problem?: never }
  | { readonly addon?: never; readonly problem: string };

/** What native/addon.cc must say of itself. */
const INTERFACE = 2;

/** Loads the addon that `npm ci` has built, or says in one line why there is none. */
export function loadAddon(): LoadedAddon {
  try {
    // A cast: what the addon exports is declared here and nowhere else.
    const addon = createRequire(import.meta.url)('../../build/Release/serverfree.node') as Addon;
    if (addon.interface !== INTERFACE) {
      return { problem: 'the native addon is of another version: run npm ci' };
    }
    return { addon };
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { problem: `the native addon is not there: ${reason}` };
  }
}
