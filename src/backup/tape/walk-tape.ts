/** Finds the sets on a tape by their headers and filemarks; data files are passed over. */
import type { TapeDrive, TapeObject } from '../devices/tape-drive.ts';
import type { MapRecord } from '../map/stream.ts';
import type { SetHeader, SetTrailer } from './description.ts';
import { describe, DESCRIPTION_BYTES_MAX, labelKindOf, TapeDamaged } from './tape-format.ts';

/** A set as the tape tells it. */
export interface FoundSet {
  readonly headerObject: number;
  readonly header: SetHeader;
  /** Undefined if the set is incomplete; then `problem` says where it ends. */
  readonly trailer: SetTrailer | undefined;
  readonly problem: string | undefined;
}

/** What lies at the beginning of a tape file. */
interface FileStart {
  readonly object: number;
  readonly first: TapeObject;
}

/**
 * All sets, from the first on; the tape's label must have been read just before.
 *
 * A header that cannot be read is told to `onDamage`, and its set is passed over.
 */
export async function* walkSets(
  drive: TapeDrive, onDamage: (damage: TapeDamaged) => void,
): AsyncGenerator<FoundSet, void, undefined> {
  let start = await fileStart(drive);
  while (start.first.kind !== 'endOfData') {
    if (labelKindOf(start.first) !== 'HDR1') {
      start = await nextFile(drive, start);
      continue;
    }
    const headerObject = start.object;
    const record = await drive.read(DESCRIPTION_BYTES_MAX);
    let header: SetHeader;
    try {
      header = describe('header', record, headerObject + 1);
    } catch (error) {
      if (!(error instanceof TapeDamaged)) throw error;
      onDamage(error);
      start = await nextFile(drive, { object: headerObject + 1, first: record });
      continue;
    }
    const rest = await restOfSet(drive, header);
    start = rest.next;
    yield { headerObject, header, trailer: rest.trailer, problem: rest.problem };
    // The caller may have moved the tape.
    await drive.locate(start.object);
    start = await fileStart(drive);
  }
}

interface RestOfSet {
  readonly trailer: SetTrailer | undefined;
  readonly problem: string | undefined;
  /** The first tape file that does not belong to the set. */
  readonly next: FileStart;
}

/** What follows the header's two records, as far as it is there. */
async function restOfSet(drive: TapeDrive, header: SetHeader): Promise<RestOfSet> {
  const missing = (what: string, next: FileStart): RestOfSet =>
    ({ trailer: undefined, problem: `its ${what} is missing (object ${next.object})`, next });
  if (!(await drive.spaceFilemark())) return missing('data', await fileStart(drive));
  const data = await fileStart(drive);
  if (data.first.kind === 'endOfData' || isLabel(data.first, header)) return missing('data', data);
  const map = await nextFile(drive, data);
  if (map.first.kind === 'endOfData' || isLabel(map.first, header)) return missing('map', map);
  const end = await nextFile(drive, map);
  if (labelKindOf(end.first) !== 'EOF1') return missing('trailer', end);
  const record = await drive.read(DESCRIPTION_BYTES_MAX);
  const next = await nextFile(drive, { object: end.object + 1, first: record });
  try {
    const trailer = describe('trailer', record, end.object + 1);
    if (trailer.set === header.set) return { trailer, problem: undefined, next };
    return { trailer: undefined, problem: `its trailer is that of set ${trailer.set}`, next };
  } catch (error) {
    if (!(error instanceof TapeDamaged)) throw error;
    return { trailer: undefined, problem: error.message, next };
  }
}

/** Data may look like a label, but has its own length. */
const isLabel = (object: TapeObject, { recordBytes }: SetHeader): boolean =>
  object.kind === 'record' && object.bytes.length < Math.min(recordBytes, DESCRIPTION_BYTES_MAX)
  && labelKindOf(object) === 'HDR1';

/** Reads the first object at the position, which is the beginning of a tape file. */
async function fileStart(drive: TapeDrive): Promise<FileStart> {
  const { object } = await drive.position();
  return { object, first: await drive.read(DESCRIPTION_BYTES_MAX) };
}

/** From behind the first object of a file to the next one; an empty file is its filemark alone. */
async function nextFile(drive: TapeDrive, { first }: FileStart): Promise<FileStart> {
  if (first.kind === 'record') await drive.spaceFilemark();
  return fileStart(drive);
}

/**
 * The records of a tape file from an object on.
 *
 * Throws: TapeDamaged unless there are exactly `recordCount` of them and then a filemark.
 */
export async function* fileRecords(
  drive: TapeDrive, firstObject: number, recordCount: number,
): AsyncGenerator<MapRecord, void, undefined> {
  await drive.locate(firstObject);
  for (let object = firstObject; ; object += 1) {
    const found = await drive.read(DESCRIPTION_BYTES_MAX);
    const index = object - firstObject;
    const isExpected = (found.kind === 'record' && index < recordCount)
      || (found.kind === 'filemark' && index === recordCount);
    if (!isExpected) {
      throw new TapeDamaged(object, `found ${found.kind} behind ${index} records of a file of `
        + `${recordCount}`);
    }
    if (found.kind !== 'record') return;
    yield { object, bytes: found.bytes };
  }
}
