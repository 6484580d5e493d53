/** A set that something is to be read from: found in the catalog, and on the tape that is there. */
import type { Catalog, SetRow } from '../catalog/catalog.ts';
import type { TapeDrive } from '../devices/tape-drive.ts';
import type { DataFile } from '../movers/mover.ts';
import type { SetTrailer } from '../tape/description.ts';
import { describe, DESCRIPTION_BYTES_MAX, readVolume } from '../tape/tape-format.ts';

/** A complete set. */
export interface SavedSet extends SetRow {
  readonly trailer: SetTrailer;
}

/** Throws: Error if there is no such set, or it is not complete. */
export function findSavedSet(catalog: Catalog, name: string): SavedSet {
  const set = catalog.findSet(name);
  if (set === undefined) {
    throw new Error(`Cannot find set ${name}: the catalog ${catalog.path} has none with that id or `
      + 'label; list them with ls');
  }
  const { trailer, state } = set;
  if (trailer !== undefined && state === 'complete') return { ...set, trailer };
  const why = set.reason ?? 'it is still running, or its client was killed';
  throw new Error(`Cannot use set ${set.id}: it is not complete: ${why}`);
}

export const dataFileOf = ({ header, trailer }: SavedSet): DataFile =>
  ({ dataObject: trailer.dataObject, recordBytes: header.recordBytes });

/**
 * Looks whether the set is on the tape in the drive, where the catalog says.
 *
 * Throws: Error that names the tape that is wanted; TapeDamaged.
 */
export async function checkTapeHolds(
  drive: TapeDrive, catalog: Catalog, set: SavedSet): Promise<void> {
  const found = await readVolume(drive);
  if (found?.volume !== set.volume) {
    const wanted = catalog.volume(set.volume);
    const name = `${wanted?.name}${wanted?.barcode ? ` (barcode ${wanted.barcode})` : ''}`;
    const there = found === undefined ? 'is blank' : `is volume ${found.name}`;
    throw new Error(`Cannot use set ${set.id}: it is on volume ${name}, the tape in ${drive.url} `
      + there);
  }
  const headerRecord = set.trailer.headerObject + 1;
  await drive.locate(headerRecord);
  const header = describe('header', await drive.read(DESCRIPTION_BYTES_MAX), headerRecord);
  if (header.set !== set.id) {
    throw new Error(`Cannot use set ${set.id}: its place on the tape holds set ${header.set}`);
  }
}
