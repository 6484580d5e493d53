/**
 * A backup:
 *
 *   scan the disk ─→ files ─→ catalog, records of the maps
 *   label a blank tape, or go behind its last set ─→ header
 *   used blocks ─→ the mover ─→ data file;  where each block went ─→ catalog, records of the maps
 *   records of the maps, trailer ─→ complete
 */
import type { Initiator } from '../../initiator/initiator.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Identity } from '../devices/device.ts';
import type { Disk } from '../devices/disk.ts';
import { type DataMover, FILEMARK, type TapeItem, tapeRecord } from '../movers/mover.ts';
import {
  type SetHeader, type SetTrailer, TAPE_FORMAT, type VolumeDescription,
} from '../tape/description.ts';
import {
  dataObjectBehind, goToAppend, headerItems, readVolume, trailerItems, volumeItems,
} from '../tape/tape-format.ts';
import { openDisk, openMover, openTape, type MoverOptions, type TapeEnd } from './connect.ts';
import { Job, type JobContext, type JobReport } from './job.ts';
import { MapSink } from './map-sink.ts';
import { newSetId, newVolume } from './names.ts';
import { type Scan, scanDisk } from './scan.ts';

export interface BackupOptions extends MoverOptions {
  readonly source: Initiator;
  readonly tape: Initiator;
  readonly catalog: Catalog;
  /** A name for people; the default is that of the file system, or of the disk. */
  readonly label?: string;
}

export interface BackupReport extends JobReport {
  readonly set: string;
  readonly label: string;
  readonly fileCount: number;
}

/**
 * Backs up a disk to a tape as a new set behind those that are there.
 *
 * Throws: what went wrong. If that was after the set was begun, the catalog has it as failed, with
 * the reason and how to go on.
 */
export async function backUp(context: JobContext, options: BackupOptions): Promise<BackupReport> {
  const { source, tape: tapeUnit, catalog } = options;
  const job = new Job(context, [source, tapeUnit]);
  const disk = await openDisk(job, source);
  const tape = await openTape(job, tapeUnit);
  const mover = await openMover(job, { disk: source, tape: tapeUnit }, disk, tape, options);
  const known = await readVolume(tape.drive);
  job.progress('scan', 0, undefined);
  const scan = await scanDisk(disk.disk);
  if (scan.note !== undefined) job.note(scan.note);
  const volume = known ?? newVolume(context, await tape.drive.barcode());
  catalog.putVolume(volume, hexText(tape.identity.designator.bytes));
  const header: SetHeader = {
    format: TAPE_FORMAT, set: newSetId(context), volume: volume.volume, tapeFile: 0,
    label: options.label ?? (scan.fileSystem?.label || disk.identity.serial),
    startedMs: context.clock.dateMs(), mover: mover.name, recordBytes: mover.recordBytes,
    source: sourceDescription(disk.identity, disk.disk),
    ...(scan.fileSystem === undefined ? {} : { fileSystem: scan.fileSystem }),
    ...(scan.note === undefined ? {} : { note: scan.note }),
  };
  const setNumber = catalog.beginSet(header);
  try {
    const maps = new MapSink(catalog, setNumber, mover.recordBounds);
    const fileCount = await takeFiles(job, scan, maps);
    const begun = { job, catalog, setNumber, tape, mover, volume, scan, maps, fileCount };
    const trailer = await writeSet(begun, known === undefined, header);
    catalog.completeSet(setNumber, trailer);
    return {
      ...job.report({
        job: 'backup', set: header.set, mover: mover.name, dataBytes: trailer.dataBytes }),
      set: header.set, label: header.label, fileCount,
    };
  } catch (error) {
    catalog.failSet(setNumber, failureText(error));
    throw error;
  }
}

const failureText = (error: unknown): string =>
  `${error instanceof Error ? error.message : String(error)}. The sets before it are not touched; `
  + 'run the backup again: it goes behind what is on the tape';

const hexText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const sourceDescription = (identity: Identity, disk: Disk): SetHeader['source'] => ({
  vendor: identity.vendor, product: identity.product, serial: identity.serial,
  designator: hexText(identity.designator.bytes),
  blockBytes: disk.blockBytes, blockCount: disk.blockCount,
});

/** Takes all files into the maps. Returns how many names there are. */
async function takeFiles(job: Job, scan: Scan, maps: MapSink): Promise<number> {
  let nameCount = 0;
  let faultCount = 0;
  const items = scan.files((fault, path) => {
    faultCount += 1;
    if (faultCount === 1) job.note(`${path || '/'}: ${fault.message}`);
  });
  for await (const item of items) {
    job.context.signal?.throwIfAborted();
    maps.add(item);
    if (item.kind === 'name') nameCount += 1;
  }
  maps.flush();
  if (faultCount > 0) job.note(`${faultCount} files are not listed, for they cannot be read`);
  return nameCount;
}

interface BegunSet {
  readonly job: Job;
  readonly catalog: Catalog;
  readonly setNumber: number;
  readonly tape: TapeEnd;
  readonly mover: DataMover;
  readonly volume: VolumeDescription;
  readonly scan: Scan;
  readonly maps: MapSink;
  readonly fileCount: number;
}

async function writeSet(
  set: BegunSet, isBlank: boolean, planned: SetHeader): Promise<SetTrailer> {
  const { job, catalog, setNumber, tape, mover, volume, scan, maps, fileCount } = set;
  const { granuleBytes } = mover.recordBounds;
  if (isBlank) {
    await tape.drive.rewind();
    await mover.writeTape(volumeItems(volume, granuleBytes));
  }
  const { object: headerObject, file: tapeFile } = await goToAppend(tape.drive, mover);
  const header = { ...planned, tapeFile };
  catalog.updateHeader(setNumber, header);
  await mover.writeTape(headerItems(header, volume.name, granuleBytes));
  const dataObject = dataObjectBehind(headerObject);
  const dataRecords = await mover.backUp(
    scan.ranges(), job.watch('copy', scan.byteLength), (range) => maps.place(range));
  const mapRecords = maps.finish();
  job.progress('maps', maps.dataBytes, maps.dataBytes);
  await mover.writeTape(mapFile(set));
  const trailer: SetTrailer = {
    format: TAPE_FORMAT, set: header.set, finishedMs: job.context.clock.dateMs(), headerObject,
    dataObject, mapObject: dataObject + dataRecords + 1, dataRecords, mapRecords,
    dataBytes: maps.dataBytes, fileCount,
  };
  await mover.writeTape(trailerItems(header, trailer, volume.name, granuleBytes));
  return trailer;
}

/** The filemark that ends the data, the maps, and the filemark that ends them. */
function* mapFile({ job, catalog, setNumber }: BegunSet): Generator<TapeItem, void, undefined> {
  yield FILEMARK;
  for (const record of catalog.stagedRecords(setNumber)) {
    job.context.signal?.throwIfAborted();
    yield tapeRecord(record);
  }
  yield FILEMARK;
}
