import type { OpenFile } from './files.ts';

/**
 * How bytes were moved, best first: shared by the file system, by io_uring past the page cache,
 * by the kernel through the page cache, by reads and writes of this process.
 */
export const RUNGS = ['reflink', 'direct', 'kernel', 'portable'] as const;
export type Rung = (typeof RUNGS)[number];

/** Bytes moved by each rung; `hole` bytes were known to be zero and cost no transfer. */
export type BytesByRung = Readonly<Record<Rung | 'hole', number>>;

export interface Place {
  readonly file: OpenFile;
  /** Bytes from the start of the file. */
  readonly offset: number;
}

/** The largest `byteLength` of one move. */
export const MOVE_BYTES_MAX = 64 * 1024 * 1024;

export interface MoveOptions {
  /** Aborting rejects the move with the signal's reason once nothing of it is in flight. */
  readonly signal?: AbortSignal;
  /** The destination range is known to read zeros, so holes of the source need no write. */
  readonly destinationIsZero?: boolean;
  /** Ask for a CRC32C of the bytes, which is given if every byte passed through a buffer. */
  readonly checksum?: boolean;
  /** Called now and then with the bytes done so far. */
  readonly onProgress?: (byteLength: number) => void;
}

export interface Moved {
  readonly byRung: BytesByRung;
  /** CRC32C of the bytes in order, if it was asked for and the mover saw all of them. */
  readonly crc32c: number | undefined;
}

/** Moves bytes between files without showing them to anyone. */
export interface Mover {
  /**
   * Copies `byteLength` bytes (1 to MOVE_BYTES_MAX) between two ranges that do not overlap.
   *
   * Several moves may run at once. Nothing is durable before the destination's `sync()`.
   * Throws: MoveError; the signal's reason when aborted.
   */
  move(
    source: Place, destination: Place, byteLength: number, options?: MoveOptions): Promise<Moved>;

  /** Resolves once every move has settled and the mover's threads have ended. Idempotent. */
  close(): Promise<void>;
}

/** A move that failed: which end, why (`ENOSPC`, `EIO`, …), and how many bytes arrived before. */
export class MoveError extends Error {
  readonly code: string;
  readonly end: 'source' | 'destination';
  /** Contiguous bytes from the start that did arrive. */
  readonly bytesDone: number;

  constructor(code: string, end: 'source' | 'destination', bytesDone: number, message: string) {
    super(message);
    this.name = 'MoveError';
    this.code = code;
    this.end = end;
    this.bytesDone = bytesDone;
  }
}
