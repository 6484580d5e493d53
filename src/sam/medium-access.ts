/**
 * How the copy manager reaches a logical unit's medium: under the same rules as a command of the
 * same kind, but payload is named by its place, for a mover, instead of being handed over.
 *
 * Everything here throws SenseError with the sense data that a command would have ended with, and
 * ReservationConflict where it would have ended with that status.
 */
import type { Place } from '../ports/mover.ts';
import type { Sense } from '../sense/sense.ts';
import type { ItNexus } from './command.ts';

export type MediumAccess = BlockMedium | StreamMedium;
export type AccessKind = 'read' | 'write';

/** The status RESERVATION CONFLICT as an exception; it has no sense data. */
export class ReservationConflict extends Error {
  constructor() {
    super('Cannot run the command: another I_T nexus holds a reservation');
    this.name = 'ReservationConflict';
  }
}

/** A disk. Block numbers and counts are safe integers. */
export interface BlockMedium {
  readonly kind: 'block';
  readonly blockBytes: number;
  readonly blockCount: number;

  /** Checks reservation, unit attention, readiness and write protection. */
  admit(access: AccessKind, nexus: ItNexus): void;

  /** Where the blocks lie, in order. Throws: SenseError LBA OUT OF RANGE. */
  places(lba: number, blockCount: number): readonly PlacedBytes[];

  /** A copy has written to the medium and is about to end: a write-through disk syncs. */
  written(): Promise<void>;

  /**
   * To be awaited before bytes are moved from `places`: they stay what they are from then on.
   * A disk has no such thing, for whoever reads it gets what others write; a ROD can.
   */
  reading?(lba: number, blockCount: number): Promise<void>;

  /**
   * To be awaited before bytes are moved to `places`: what stands for the old ones has them then.
   * The function that it resolves to is called once, when the range is not changed any more.
   */
  changing?(lba: number, blockCount: number): Promise<() => void>;

  /**
   * Keeps runs of blocks, which have none in common, as they are now. The caller closes it.
   * Throws: SenseError.
   */
  snapshot?(runs: readonly BlockRun[], onChange?: () => void): Promise<BlockSnapshot>;
}

/** Blocks in a row. */
export interface BlockRun {
  readonly lba: number;
  readonly blockCount: number;
}

/** Blocks of a disk as they were at one moment, by their numbers on the disk. */
export interface BlockSnapshot {
  /** There was no room for what has changed since: what it had is gone. */
  readonly isLost: boolean;

  /** To be awaited before bytes are moved from `places`, unless it is lost then. */
  reading(lba: number, blockCount: number): Promise<void>;

  /** Where the blocks lie, in order. */
  places(lba: number, blockCount: number): readonly PlacedBytes[];

  /** Nothing is moved from its places any more. Idempotent. */
  close(): Promise<void>;
}

export interface PlacedBytes {
  readonly place: Place;
  readonly byteLength: number;
}

/** What one READ or WRITE command to a tape moves. Source: SPC-4 6.4.5.3. */
export interface StreamTransfer {
  /** FIXED: `recordCount` records of `recordBytes`; otherwise one record of `recordBytes`. */
  readonly fixed: boolean;
  readonly recordBytes: number;
  readonly recordCount: number;
}

export const transferBytes = (transfer: StreamTransfer): number =>
  transfer.recordBytes * transfer.recordCount;

/** A tape drive. Its medium is used by one at a time. */
export interface StreamMedium {
  readonly kind: 'stream';

  /**
   * Waits for the medium in order of arrival, then works on it alone.
   *
   * Long work looks at `session.contended` between slices of at most MOVE_BYTES_MAX and returns,
   * to ask for the medium again, when others wait. Throws: the signal's reason while waiting.
   */
  exclusive<T>(signal: AbortSignal, work: (session: StreamSession) => Promise<T>): Promise<T>;
}

/** A stretch of whole transfers from or to the tape's position. */
export interface Stretch {
  /** Transfers that end with GOOD or, if `lastIsDone`, with `sense` but with all data moved. */
  readonly transferCount: number;
  /** Their bytes, in order. */
  readonly places: readonly PlacedBytes[];
  /** Why the stretch is shorter than asked: what the transfer that ended it reports. */
  readonly sense: Sense | undefined;
  /** The transfer with `sense` is the last of `transferCount` (early warning), not the next one. */
  readonly lastIsDone: boolean;
}

/** A stretch to be written; the places are reserved, and known to be zero if `isZero`. */
export interface WriteStretch extends Stretch {
  readonly places: readonly (PlacedBytes & { readonly isZero: boolean })[];
}

/** What follows a tape's position: equal records one behind another, filemarks, or no more. */
export type TapeRun =
  | { readonly kind: 'records'; readonly recordBytes: number; readonly count: number;
    readonly places: readonly PlacedBytes[] }
  | { readonly kind: 'filemarks'; readonly count: number }
  | { readonly kind: 'end' };

/** Sole use of a tape, for as long as the `work` of `exclusive` runs. */
export interface StreamSession {
  /** Someone else waits for the medium. */
  readonly contended: boolean;
  /** Logical object number of the position, filemarks counted. */
  readonly position: number;
  /** The drive's block length in fixed mode; 0 in variable mode. */
  readonly blockBytes: number;
  /** Largest and smallest record, in bytes. */
  readonly recordBytesMax: number;
  readonly recordBytesMin: number;

  /** Checks reservation, unit attention, readiness and write protection. */
  admit(access: AccessKind, nexus: ItNexus): void;

  /**
   * The longest stretch of whole transfers, at most `count`, that reads from the position would
   * give, and what stops it. Nothing moves; the position stays.
   */
  readable(transfer: StreamTransfer, count: number): Stretch;
  /** The next objects, at most so many bytes of records, but one record. Nothing moves. */
  nextRun(bytesMax: number): TapeRun;
  /** Moves the position behind transfers whose bytes have been moved. */
  readDone(transfer: StreamTransfer, count: number): void;
  /** Moves the position as the READ that ended with the stretch's sense would have left it. */
  readFailed(transfer: StreamTransfer): void;

  /**
   * Makes the position the end of data, and reserves places for at most `count` transfers.
   * `congruentTo` is the source's offset, for sharing of whole blocks.
   */
  reserve(transfer: StreamTransfer, count: number, congruentTo: number): Promise<WriteStretch>;
  /** Appends the transfers of the oldest reservation; the bytes have been moved. */
  append(transfer: StreamTransfer, stretch: WriteStretch, crc32c: number | undefined): void;
  /** Gives a reservation back whose bytes were not moved. Later ones must be given back first. */
  release(stretch: WriteStretch): void;

  /** As the commands WRITE FILEMARKS, SPACE, LOCATE do. */
  writeFilemarks(count: number, immediate: boolean): Promise<void>;
  space(code: number, count: number): Promise<void>;
  locate(object: number): Promise<void>;
}
