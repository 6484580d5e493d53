/**
 * The mover that does it the ordinary way: READ from one device, WRITE to the other, all data
 * through this client. It writes the same tape as the copy manager does.
 */
import type { ByteRange } from '../block-source.ts';
import { type Disk, TRANSFER_BYTES_MAX } from '../devices/disk.ts';
import type { TapeDrive } from '../devices/tape-drive.ts';
import type { RecordBounds } from '../map/stream.ts';
import type { PlacedRange } from '../map/ranges.ts';
import { type BackupList, placedRanges, planBackup } from '../plan/backup-plan.ts';
import { recordBytesFor } from '../plan/limits.ts';
import type { RestorePiece } from '../plan/restore-plan.ts';
import { readStream } from '../tape/stream-reader.ts';
import type { DataFile, DataMover, MoveWatch, TapeItem } from './mover.ts';
import { pipeline } from './pipeline.ts';

/** Reads of the disk run ahead; writes to the tape queue, for a tape takes them in their order. */
const RECORDS_READ_AHEAD = 16;
const RECORD_WRITES_UNDER_WAY = 4;
const DISK_WRITES_UNDER_WAY = 16;
const MAP_RECORD_BYTES = 64 * 1024;

/** A plan is made list by list; for this mover a list is only what memory holds of the plan. */
const LIST_RECORDS = 256;

export class HostMover implements DataMover {
  readonly name = 'host';
  readonly recordBounds: RecordBounds;
  readonly recordBytes: number;
  readonly #disk: Disk;
  readonly #dataDrive: TapeDrive;
  readonly #labelDrive: TapeDrive;

  /** Two ways to the same drive, so that data and labels are counted apart. */
  constructor(
    disk: Disk, dataDrive: TapeDrive, labelDrive: TapeDrive, driveBytesMax: number) {
    this.#disk = disk;
    this.#dataDrive = dataDrive;
    this.#labelDrive = labelDrive;
    this.recordBytes = recordBytesFor(disk.blockBytes, driveBytesMax);
    this.recordBounds = {
      recordBytesMax: Math.min(MAP_RECORD_BYTES, driveBytesMax), granuleBytes: 4 };
  }

  async writeTape(items: Iterable<TapeItem>): Promise<void> {
    for (const item of items) {
      if (item.kind === 'record') await this.#labelDrive.write(item.bytes);
      else await this.#labelDrive.writeFilemark();
    }
  }

  async backUp(
    ranges: Iterable<ByteRange> | AsyncIterable<ByteRange>, watch: MoveWatch,
    place: (range: PlacedRange) => void): Promise<number> {
    let recordCount = 0;
    let done = 0;
    const read = pipeline(
      this.#plannedRecords(ranges, watch, place), RECORDS_READ_AHEAD,
      (pieces) => this.#readRecord(pieces));
    const written = pipeline(read, RECORD_WRITES_UNDER_WAY, async ({ record, byteLength }) => {
      await this.#dataDrive.write(record);
      return byteLength;
    });
    for await (const byteLength of written) {
      watch.signal?.throwIfAborted();
      recordCount += 1;
      done += byteLength;
      watch.moved(done);
    }
    return recordCount;
  }

  async restore(
    pieces: Iterable<RestorePiece> | AsyncIterable<RestorePiece>, file: DataFile,
    watch: MoveWatch): Promise<void> {
    let done = 0;
    const chunks = readStream(this.#dataDrive, file, pieces, watch.signal);
    const written = pipeline(chunks, DISK_WRITES_UNDER_WAY, async ({ piece, at, bytes }) => {
      await this.#disk.write((piece.diskOffset + at) / this.#disk.blockBytes, bytes);
      return bytes.length;
    });
    for await (const byteLength of written) {
      done += byteLength;
      watch.moved(done);
    }
    await this.#disk.flush();
  }

  /** What each record is made of. */
  async* #plannedRecords(
    ranges: Iterable<ByteRange> | AsyncIterable<ByteRange>, watch: MoveWatch,
    place: (range: PlacedRange) => void): AsyncGenerator<ByteRange[], void, undefined> {
    const limits = {
      segmentCountMax: Number.MAX_SAFE_INTEGER, segmentBytesMax: TRANSFER_BYTES_MAX,
      listBytesMax: LIST_RECORDS * this.recordBytes };
    for await (const list of planBackup(ranges, limits, this.recordBytes)) {
      for (const range of placedRanges(list)) place(range);
      for (const pieces of recordsOf(list, this.recordBytes)) {
        watch.signal?.throwIfAborted();
        yield pieces;
      }
    }
  }

  async #readRecord(pieces: ByteRange[]): Promise<{ record: Uint8Array; byteLength: number }> {
    const { blockBytes } = this.#disk;
    const parts = await Promise.all(pieces.map(({ offset, byteLength }) =>
      this.#disk.read(offset / blockBytes, byteLength / blockBytes)));
    if (parts[0]!.length === this.recordBytes) {
      return { record: parts[0]!, byteLength: this.recordBytes };
    }
    const record = new Uint8Array(this.recordBytes);
    let at = 0;
    for (const part of parts) {
      record.set(part, at);
      at += part.length;
    }
    return { record, byteLength: at };
  }
}

/** Cuts the pieces of a list at the ends of records; only the last may hold less than a record. */
function* recordsOf(
  list: BackupList, recordBytes: number): Generator<ByteRange[], void, undefined> {
  let record: ByteRange[] = [];
  let room = recordBytes;
  for (const { offset, byteLength } of list.pieces) {
    for (let at = 0; at < byteLength;) {
      const length = Math.min(room, byteLength - at);
      record.push({ offset: offset + at, byteLength: length });
      at += length;
      room -= length;
      if (room > 0) continue;
      yield record;
      record = [];
      room = recordBytes;
    }
  }
  if (record.length > 0) yield record;
}
