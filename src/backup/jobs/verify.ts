/**
 * Verifies a set on its tape:
 *
 *   label, header, trailer   read, and compared with the catalog
 *   data file                as many records as it should have, first and last of their length
 *   maps                     every record's CRC32C, every item compared with the catalog
 *   data, if a source disk is given: read from both through this client and compared
 *
 * Without a source the content of the data records is not looked at: nothing is known to compare
 * it with. What is found wrong is reported, not thrown.
 */
import type { Initiator } from '../../initiator/initiator.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { type Disk, TRANSFER_BYTES_MAX } from '../devices/disk.ts';
import { TapeDrive } from '../devices/tape-drive.ts';
import type { PlacedRange } from '../map/ranges.ts';
import { MapDamaged, mapItems } from '../map/stream.ts';
import { pipeline } from '../movers/pipeline.ts';
import { readStream } from '../tape/stream-reader.ts';
import { describe, DESCRIPTION_BYTES_MAX, TapeDamaged } from '../tape/tape-format.ts';
import { fileRecords } from '../tape/walk-tape.ts';
import { openDisk, openTape } from './connect.ts';
import { Job, type JobContext, type JobReport } from './job.ts';
import { checkTapeHolds, dataFileOf, findSavedSet, type SavedSet } from './saved-set.ts';

export interface VerifyOptions {
  readonly tape: Initiator;
  readonly catalog: Catalog;
  readonly set: string;
  /** The disk to compare with; it must not have changed since the backup. */
  readonly source?: Initiator;
}

export interface VerifyReport extends JobReport {
  /** What is wrong with the tape; empty if it is good. */
  readonly problems: readonly string[];
  /** Bytes of the disk that were compared, and that differ from the tape. */
  readonly comparedBytes: number;
  readonly differentBytes: number;
  /** The first ranges of the disk that differ. */
  readonly differences: readonly { readonly offset: number; readonly byteLength: number }[];
}

const DIFFERENCES_MAX = 100;
const READS_UNDER_WAY = 8;

/** Throws: Error if the set or its tape cannot be found, or a device does not answer. */
export async function verify(context: JobContext, options: VerifyOptions): Promise<VerifyReport> {
  const { catalog, source } = options;
  const job = new Job(context, source === undefined ? [options.tape] : [options.tape, source]);
  const set = findSavedSet(catalog, options.set);
  const { drive } = await openTape(job, options.tape);
  await checkTapeHolds(drive, catalog, set);
  const problems: string[] = [];
  for (const check of [checkDataFile, checkMaps, checkTrailer]) {
    try {
      await check(drive, catalog, set, job);
    } catch (error) {
      if (!(error instanceof TapeDamaged || error instanceof MapDamaged)) throw error;
      problems.push(error.message);
    }
  }
  const comparison = new Comparison();
  if (source !== undefined) {
    const { disk } = await openDisk(job, source);
    await compare(job, new TapeDrive(job.meter.data(options.tape)),
      disk.through(job.meter.data(source)), catalog, set, comparison);
  }
  return {
    ...job.report({ job: 'verify', set: set.id, dataBytes: 0 }), problems,
    comparedBytes: comparison.comparedBytes, differentBytes: comparison.differentBytes,
    differences: comparison.differences,
  };
}

async function checkDataFile(
  drive: TapeDrive, _catalog: Catalog, { header, trailer }: SavedSet): Promise<void> {
  const { dataObject, dataRecords, mapObject } = trailer;
  await drive.locate(dataObject);
  await drive.spaceFilemark();
  const { object } = await drive.position();
  if (object !== mapObject) {
    throw new TapeDamaged(dataObject, `the data file ends at object ${object - 1}, it has `
      + `${dataRecords} records in the catalog`);
  }
  for (const record of dataRecords === 0 ? [] : [dataObject, dataObject + dataRecords - 1]) {
    await drive.locate(record);
    const found = await drive.read(header.recordBytes);
    const byteLength = found.kind === 'record' ? found.bytes.length : 0;
    if (byteLength !== header.recordBytes) {
      throw new TapeDamaged(record, `it has ${byteLength} bytes, not ${header.recordBytes}`);
    }
  }
}

async function checkMaps(
  drive: TapeDrive, catalog: Catalog, set: SavedSet, job: Job): Promise<void> {
  const { mapObject, mapRecords } = set.trailer;
  let itemCount = 0;
  for await (const item of mapItems(fileRecords(drive, mapObject, mapRecords))) {
    job.context.signal?.throwIfAborted();
    if (!catalog.hasItem(set.number, item)) {
      throw new TapeDamaged(mapObject, `item ${itemCount} of the map is not in the catalog`);
    }
    itemCount += 1;
  }
  const known = catalog.itemCount(set.number);
  if (itemCount !== known) {
    throw new TapeDamaged(mapObject, `the map has ${itemCount} items, the catalog ${known}`);
  }
}

async function checkTrailer(
  drive: TapeDrive, _catalog: Catalog, { trailer }: SavedSet): Promise<void> {
  const object = trailer.mapObject + trailer.mapRecords + 2;
  await drive.locate(object);
  const found = describe('trailer', await drive.read(DESCRIPTION_BYTES_MAX), object);
  if (found.set !== trailer.set || found.dataRecords !== trailer.dataRecords) {
    throw new TapeDamaged(object, 'the trailer is not the one in the catalog');
  }
}

async function compare(
  job: Job, drive: TapeDrive, disk: Disk, catalog: Catalog, set: SavedSet, result: Comparison,
): Promise<void> {
  const pieces = smallRanges(catalog.blockMap(set.number), set.header.recordBytes);
  const chunks = readStream(drive, dataFileOf(set), pieces, job.context.signal);
  const compared = pipeline(chunks, READS_UNDER_WAY, async ({ piece, at, bytes }) => {
    const offset = piece.diskOffset + at;
    const onDisk = await disk.read(offset / disk.blockBytes, bytes.length / disk.blockBytes);
    return { offset, onTape: bytes, onDisk };
  });
  for await (const { offset, onTape, onDisk } of compared) {
    result.add(offset, onTape, onDisk, disk.blockBytes);
    job.progress('compare', result.comparedBytes, set.trailer.dataBytes);
  }
}

/** No piece longer than a record or what one READ of the disk brings. */
function* smallRanges(
  ranges: Iterable<PlacedRange>, recordBytes: number): Generator<PlacedRange, void, undefined> {
  const most = Math.min(recordBytes, TRANSFER_BYTES_MAX);
  for (const { diskOffset, byteLength, streamOffset } of ranges) {
    for (let at = 0; at < byteLength; at += most) {
      yield {
        diskOffset: diskOffset + at, byteLength: Math.min(most, byteLength - at),
        streamOffset: streamOffset + at };
    }
  }
}

/** Adds up what differs, in whole blocks. */
class Comparison {
  comparedBytes = 0;
  differentBytes = 0;
  readonly differences: { offset: number; byteLength: number }[] = [];

  add(offset: number, onTape: Uint8Array, onDisk: Uint8Array, blockBytes: number): void {
    this.comparedBytes += onTape.length;
    if (Buffer.compare(onTape, onDisk) === 0) return;
    for (let at = 0; at < onTape.length; at += blockBytes) {
      const [tape, disk] = [onTape, onDisk].map((bytes) => bytes.subarray(at, at + blockBytes));
      if (Buffer.compare(tape!, disk!) !== 0) this.#different(offset + at, blockBytes);
    }
  }

  #different(offset: number, byteLength: number): void {
    this.differentBytes += byteLength;
    const last = this.differences.at(-1);
    if (last !== undefined && last.offset + last.byteLength === offset) {
      last.byteLength += byteLength;
    } else if (this.differences.length < DIFFERENCES_MAX) {
      this.differences.push({ offset, byteLength });
    }
  }
}
