/**
 * Files as the media and the copy manager see them. `io/` implements it on the host's file system;
 * tests implement it in memory, where what was not synced can be dropped and reordered.
 */

/** `create` fails if the file exists; `write` opens an existing one for reading and writing. */
export type OpenMode = 'read' | 'write' | 'create';

export interface OpenFile {
  readonly path: string;

  /** Size in bytes. */
  size(): Promise<number>;

  /**
   * Reads until `buffer` is full or the file ends.
   *
   * Returns the bytes read. Throws: FileError.
   */
  read(buffer: Uint8Array, offset: number): Promise<number>;

  /**
   * As `read`, of what can be had without waiting, as from the host's cache; returns how many
   * bytes that is, often 0. Files that have no such method cannot. Never throws.
   */
  readNow?(buffer: Uint8Array, offset: number): number;

  /** Writes all of `buffer`. Not durable before `sync()` has returned. Throws: FileError. */
  write(buffer: Uint8Array, offset: number): Promise<void>;

  /** Writes the parts one behind another, starting at `offset`. Throws: FileError. */
  writeParts(parts: readonly Uint8Array[], offset: number): Promise<void>;

  /** Sets the size; a longer file reads zeros behind its old end. */
  truncate(byteLength: number): Promise<void>;

  /**
   * Reserves space for a range and makes the file at least that long; the range's new part reads
   * zeros. Where the file system or a missing addon cannot reserve, the file is only made longer.
   * Throws: FileError (code `ENOSPC`) when the space is not there.
   */
  allocate(offset: number, byteLength: number): Promise<void>;

  /**
   * Makes a range read zeros and gives its space back where the file system can.
   *
   * Returns false if the space could not be given back (no addon, or the file system cannot);
   * the range reads zeros all the same.
   */
  punch(offset: number, byteLength: number): Promise<boolean>;

  /**
   * Makes a range read what the same range of another file reads now, sharing its space. It
   * begins and ends at multiples of 4096 bytes.
   *
   * Returns false, with the range as it was, if the file system cannot, or not for this range;
   * files that have no such method cannot. Throws: FileError.
   */
  share?(source: OpenFile, offset: number, byteLength: number): Promise<boolean>;

  /**
   * The next range of allocated data at or behind `offset`, or undefined if only a hole follows.
   * Without a way to ask, all of the file counts as data.
   */
  nextData(
    offset: number): Promise<{ readonly offset: number; readonly byteLength: number } | undefined>;

  /** Returns once everything written to this file, its size included, is on stable storage. */
  sync(): Promise<void>;

  /** Waits for work in flight, gives up the lock and closes. Idempotent. */
  close(): Promise<void>;
}

export interface Files {
  /** Throws: FileError with the host's code (`ENOENT`, `EEXIST`, `EACCES`, …). */
  open(path: string, mode: OpenMode): Promise<OpenFile>;

  /**
   * Opens a file and holds an advisory lock on it until it is closed or the process ends.
   *
   * Throws: FileError with code `EBUSY` if another process, or this one, holds the lock.
   */
  openLocked(path: string, mode: OpenMode): Promise<OpenFile>;

  readFile(path: string): Promise<Uint8Array>;

  /** Replaces the file in one step: temporary file, sync, rename, sync of the folder. */
  replaceFile(path: string, bytes: Uint8Array): Promise<void>;

  exists(path: string): Promise<boolean>;
  list(folder: string): Promise<string[]>;
  /** Makes the folder and its missing parents. */
  makeFolder(path: string): Promise<void>;
  /** Returns once the entries of the folder are on stable storage. */
  syncFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/** A file operation that failed. `code` is the host's name for the error, such as `ENOSPC`. */
export class FileError extends Error {
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FileError';
    this.code = code;
    this.path = path;
  }
}
