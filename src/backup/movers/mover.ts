/**
 * How bytes get from disk to tape and back. Both movers write the same tape:
 *
 *   xcopy   the copy manager moves them: parameter lists go out, status comes back
 *   host    this client reads and writes them, the ordinary way
 */
import type { ByteRange } from '../block-source.ts';
import type { RecordBounds } from '../map/stream.ts';
import type { PlacedRange } from '../map/ranges.ts';
import type { RestorePiece } from '../plan/restore-plan.ts';

export const MOVERS = ['xcopy', 'host'] as const;
export type MoverName = (typeof MOVERS)[number];

/** What the client itself has for the tape. */
export type TapeItem =
  | { readonly kind: 'record'; readonly bytes: Uint8Array }
  | { readonly kind: 'filemark' };

export const FILEMARK: TapeItem = { kind: 'filemark' };
export const tapeRecord = (bytes: Uint8Array): TapeItem => ({ kind: 'record', bytes });

/** Where the data file of a set is. */
export interface DataFile {
  /** Logical object number of its first record. */
  readonly dataObject: number;
  readonly recordBytes: number;
}

/** What a mover tells while it runs. */
export interface MoveWatch {
  readonly signal: AbortSignal | undefined;
  /** Bytes of data moved so far, of all that the mover was asked to move. */
  moved(byteLength: number): void;
}

/** A disk and a tape, and the way between them. Errors leave the tape where it stands. */
export interface DataMover {
  readonly name: MoverName;
  /** What bounds records that the client makes itself. */
  readonly recordBounds: RecordBounds;
  /** Length of the data file's records that suits disk, tape and mover. */
  readonly recordBytes: number;

  /** Writes records and filemarks at the tape's position. */
  writeTape(items: Iterable<TapeItem>): Promise<void>;

  /**
   * Writes ranges that ascend on the disk as the records of a data file, at the tape's position;
   * the last record is filled up with zeros. Tells where in the stream the ranges are.
   *
   * Returns the number of records.
   */
  backUp(
    ranges: Iterable<ByteRange> | AsyncIterable<ByteRange>, watch: MoveWatch,
    place: (range: PlacedRange) => void): Promise<number>;

  /** Writes pieces of a data file to the disk. */
  restore(
    pieces: Iterable<RestorePiece> | AsyncIterable<RestorePiece>, file: DataFile,
    watch: MoveWatch): Promise<void>;
}
