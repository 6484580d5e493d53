/** Rebuilds a catalog from a tape alone: reads headers, maps and trailers, passes data over. */
import type { Initiator } from '../../initiator/initiator.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TapeDrive } from '../devices/tape-drive.ts';
import { MapDamaged, mapItems } from '../map/stream.ts';
import { readVolume, TapeDamaged } from '../tape/tape-format.ts';
import { fileRecords, type FoundSet, walkSets } from '../tape/walk-tape.ts';
import { openTape } from './connect.ts';
import { Job, type JobContext, type JobReport } from './job.ts';

export interface RebuildOptions {
  readonly tape: Initiator;
  readonly catalog: Catalog;
}

/** What became of a set that was found on the tape. */
export interface RebuiltSet {
  readonly id: string;
  readonly label: string;
  readonly outcome: 'added' | 'known' | 'incomplete' | 'damaged';
  /** Why it is incomplete or damaged. */
  readonly problem?: string;
}

export interface RebuildReport extends JobReport {
  /** The name in the tape's label. */
  readonly volume: string;
  readonly sets: readonly RebuiltSet[];
}

/**
 * Takes the sets of a tape into the catalog. A set that the catalog has complete is left as it is;
 * one that cannot be read is recorded as failed, with the reason.
 *
 * Throws: Error if the tape is blank or another program's, or the drive does not answer.
 */
export async function rebuildCatalog(
  context: JobContext, { tape: unit, catalog }: RebuildOptions): Promise<RebuildReport> {
  const job = new Job(context, [unit]);
  const { drive, identity } = await openTape(job, unit);
  const volume = await readVolume(drive);
  if (volume === undefined) {
    throw new Error(`Cannot rebuild the catalog: the tape in ${unit.url} is blank`);
  }
  catalog.putVolume(volume, Buffer.from(identity.designator.bytes).toString('hex'));
  const sets: RebuiltSet[] = [];
  for await (const found of walkSets(drive, (damage) => job.note(damage.message))) {
    job.context.signal?.throwIfAborted();
    sets.push(await takeSet(drive, catalog, volume.volume, found));
    job.progress('read maps', sets.length, undefined);
  }
  return { ...job.report({ job: 'rebuild', dataBytes: 0 }), volume: volume.name, sets };
}

async function takeSet(
  drive: TapeDrive, catalog: Catalog, volume: string, found: FoundSet): Promise<RebuiltSet> {
  const { header, trailer } = found;
  const about = { id: header.set, label: header.label };
  const foreign = header.volume !== volume
    || (trailer !== undefined && trailer.headerObject !== found.headerObject);
  if (foreign) {
    return { ...about, outcome: 'damaged', problem: 'its header is that of another tape' };
  }
  const known = catalog.findSet(header.set);
  if (known?.id === header.set) {
    // What the catalog has as failed may have ended well after all: the tape knows better.
    const settled = known.state === 'failed' && trailer === undefined;
    if (known.state === 'complete' || settled) return { ...about, outcome: 'known' };
    catalog.removeSet(known.number);
  }
  const number = catalog.beginSet(header);
  if (trailer === undefined) {
    const why = found.problem ?? 'it has no trailer';
    catalog.failSet(number, `It is incomplete on the tape: ${why}`);
    return { ...about, outcome: 'incomplete', problem: why };
  }
  try {
    const writer = catalog.writer(number);
    const records = fileRecords(drive, trailer.mapObject, trailer.mapRecords);
    for await (const item of mapItems(records)) writer.add(item);
    writer.flush();
    catalog.completeSet(number, trailer);
    return { ...about, outcome: 'added' };
  } catch (error) {
    if (!(error instanceof MapDamaged || error instanceof TapeDamaged)) {
      catalog.removeSet(number);
      throw error;
    }
    catalog.failSet(number, error.message);
    return { ...about, outcome: 'damaged', problem: error.message };
  }
}
