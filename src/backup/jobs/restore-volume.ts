/** Restores all blocks of a set to their places on a disk; blocks that were not in use stay. */
import type { Initiator } from '../../initiator/initiator.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Disk } from '../devices/disk.ts';
import type { PlacedRange } from '../map/ranges.ts';
import { openDisk, openMover, openTape, type MoverOptions } from './connect.ts';
import { Job, type JobContext, type JobReport } from './job.ts';
import { checkTapeHolds, dataFileOf, findSavedSet, type SavedSet } from './saved-set.ts';

export interface RestoreOptions extends MoverOptions {
  readonly disk: Initiator;
  readonly tape: Initiator;
  readonly catalog: Catalog;
  /** Id or label. */
  readonly set: string;
}

/**
 * Restores a whole volume.
 *
 * Throws: Error before anything is written if the disk is too small or its blocks do not fit.
 */
export async function restoreVolume(
  context: JobContext, options: RestoreOptions): Promise<JobReport> {
  const { disk: diskUnit, tape: tapeUnit, catalog } = options;
  const job = new Job(context, [diskUnit, tapeUnit]);
  const set = findSavedSet(catalog, options.set);
  const disk = await openDisk(job, diskUnit);
  const tape = await openTape(job, tapeUnit);
  await checkTapeHolds(tape.drive, catalog, set);
  checkFits(catalog, set, disk.disk);
  const mover = await openMover(job, { disk: diskUnit, tape: tapeUnit }, disk, tape, options);
  await mover.restore(catalog.blockMap(set.number), dataFileOf(set),
    job.watch('copy', set.trailer.dataBytes));
  return job.report({
    job: 'restore', set: set.id, mover: mover.name, dataBytes: set.trailer.dataBytes });
}

function checkFits(catalog: Catalog, set: SavedSet, disk: Disk): void {
  const cannot = (why: string): Error => new Error(`Cannot restore set ${set.id}: ${why}`);
  let last: PlacedRange | undefined;
  for (const range of catalog.blockMap(set.number)) {
    if (range.diskOffset % disk.blockBytes !== 0 || range.byteLength % disk.blockBytes !== 0) {
      throw cannot(`the disk has blocks of ${disk.blockBytes} bytes, the set was made of a disk `
        + `with blocks of ${set.header.source.blockBytes}`);
    }
    last = range;
  }
  const needed = last === undefined ? 0 : last.diskOffset + last.byteLength;
  if (needed > disk.byteLength) {
    throw cannot(`it needs a disk of ${needed} bytes, this one has ${disk.byteLength}`);
  }
}
