/** The mover that sends parameter lists to a copy manager: no data block comes this way. */
import type { ByteRange } from '../block-source.ts';
import type { CopyManager } from '../devices/copy-manager.ts';
import type { RecordBounds } from '../map/stream.ts';
import type { PlacedRange } from '../map/ranges.ts';
import { placedRanges, planBackup } from '../plan/backup-plan.ts';
import {
  LIST_BYTES_MAX, listLimits, type ListLimits, recordBytesFor, type TargetLimits, targetLimits,
} from '../plan/limits.ts';
import { GAP_BYTES_MAX, planRestore, type RestorePiece } from '../plan/restore-plan.ts';
import type { DataFile, DataMover, MoveWatch, TapeItem } from './mover.ts';
import {
  encodeBackupList, encodeRestoreList, encodeTapeItems, type Ends, groupTapeItems,
} from './parameter-lists.ts';

/** Records of maps: several go in one list where the target takes more inline data than this. */
const MAP_RECORD_BYTES = 64 * 1024;

/** INLINE DATA OFFSET is a multiple of this. Source: SPC-4 6.4.6.6. */
const INLINE_ALIGNMENT_BYTES = 4;

export interface XcopyOptions {
  /** The most data of one list, so that no initiator gives up on it. */
  readonly listBytesMax?: number;
  readonly recordBytesMax?: number;
}

export class XcopyMover implements DataMover {
  readonly name = 'xcopy';
  readonly recordBounds: RecordBounds;
  readonly recordBytes: number;
  readonly #manager: CopyManager;
  readonly #ends: Ends;
  readonly #target: TargetLimits;
  readonly #limits: ListLimits;

  private constructor(
    manager: CopyManager, ends: Ends, target: TargetLimits, recordBytesMax: number,
    options: XcopyOptions) {
    this.#manager = manager;
    this.#ends = ends;
    this.#target = target;
    this.#limits = listLimits(target, ends.blockBytes, options.listBytesMax ?? LIST_BYTES_MAX);
    this.recordBytes = recordBytesFor(ends.blockBytes, recordBytesMax);
    this.recordBounds = {
      recordBytesMax: Math.min(MAP_RECORD_BYTES, target.inlineBytesMax, recordBytesMax),
      granuleBytes: Math.max(INLINE_ALIGNMENT_BYTES, target.inlineGranuleBytes),
    };
  }

  /**
   * Asks the copy manager for its limits.
   *
   * `driveBytesMax` is the longest record of the drive. Throws: Error if there is no copy manager,
   * or it cannot do what a backup needs.
   */
  static async open(
    manager: CopyManager, ends: Ends, driveBytesMax: number, options: XcopyOptions = {},
  ): Promise<XcopyMover> {
    const target = targetLimits(await manager.operatingParameters());
    const recordBytesMax = Math.min(
      driveBytesMax, target.streamTransferBytesMax || driveBytesMax,
      options.recordBytesMax ?? driveBytesMax);
    return new XcopyMover(manager, ends, target, recordBytesMax, options);
  }

  async writeTape(items: Iterable<TapeItem>): Promise<void> {
    const [, tape] = this.#ends.cscds;
    for (const group of groupTapeItems(items, this.#target)) {
      await this.#manager.copy({
        doing: 'write labels or maps to the tape', signal: undefined,
        encode: (identifier) => encodeTapeItems(group, tape, identifier),
      });
    }
  }

  async backUp(
    ranges: Iterable<ByteRange> | AsyncIterable<ByteRange>, watch: MoveWatch,
    place: (range: PlacedRange) => void): Promise<number> {
    let done = 0;
    let recordCount = 0;
    for await (const list of planBackup(ranges, this.#limits, this.recordBytes)) {
      for (const range of placedRanges(list)) place(range);
      await this.#manager.copy({
        doing: `copy ${list.byteLength} bytes to the tape`, signal: watch.signal,
        encode: (identifier) => encodeBackupList(list, this.#ends, this.recordBytes, identifier),
        onProgress: (byteLength) => watch.moved(done + Math.min(byteLength, list.byteLength)),
      });
      done += list.byteLength;
      recordCount += (list.byteLength + list.padBytes) / this.recordBytes;
      watch.moved(done);
    }
    return recordCount;
  }

  async restore(
    pieces: Iterable<RestorePiece> | AsyncIterable<RestorePiece>, file: DataFile,
    watch: MoveWatch): Promise<void> {
    let done = 0;
    const rules = { recordBytes: file.recordBytes, gapBytesMax: GAP_BYTES_MAX };
    for await (const list of planRestore(pieces, this.#limits, rules)) {
      await this.#manager.copy({
        doing: `copy ${list.byteLength} bytes from the tape`, signal: watch.signal,
        encode: (identifier) => encodeRestoreList(list, this.#ends, file, identifier),
        onProgress: (byteLength) => watch.moved(done + Math.min(byteLength, list.byteLength)),
      });
      done += list.byteLength;
      watch.moved(done);
    }
  }
}
