/**
 * How a tape describes itself:
 *
 *   ┌ VOL1 │ volume ╪                                              the tape: file 0
 *   ├ HDR1 │ header ╪ data │ data │ … │ data ╪ map │ … │ map ╪ EOF1 │ trailer ╪     a set
 *   ├ HDR1 │ header ╪ data │ …                                                 the next set
 *   └ end of data                                       │ end of record   ╪ filemark
 *
 *   VOL1 HDR1 EOF1   80 ASCII characters (labels.ts), for people and their tools
 *   volume header    JSON in a frame with a CRC32C (description.ts, frame.ts)
 *   trailer
 *   data             the blocks of the disk that are in use, ascending, in records of one length;
 *                    the last is filled up with zeros
 *   map              where which block is, and all files (map/item.ts), in frames with
 *                    sequence number and CRC32C
 *
 * A set is complete once its trailer is on the tape. One that was cut off, by an error or a kill,
 * is recognised by what is missing; the next set goes behind it, in a tape file of its own, and
 * older sets are not touched. All records are written in variable-block mode.
 */
import type { TapeDrive, TapeObject, TapePosition } from '../devices/tape-drive.ts';
import { type DataMover, FILEMARK, type TapeItem, tapeRecord } from '../movers/mover.ts';
import {
  decodeDescription, type DescriptionKind, encodeDescription, type SetHeader, type SetTrailer,
  type VolumeDescription,
} from './description.ts';
import { encodeFileLabel, encodeVolumeLabel, fileLabelKind, readVolumeLabel } from './labels.ts';

/** A label with what describes the rest, then a filemark. */
const HEADER_OBJECTS = 3;

/** Headers and trailers are short; what is longer was not written by this program. */
export const DESCRIPTION_BYTES_MAX = 64 * 1024;

/** Something on the tape that is not as it should be; `object` is where. */
export class TapeDamaged extends Error {
  readonly object: number;

  constructor(object: number, problem: string) {
    super(`Cannot read the tape: object ${object}: ${problem}`);
    this.name = 'TapeDamaged';
    this.object = object;
  }
}

const labelRecord = (label: Uint8Array, granuleBytes: number): TapeItem => {
  const record = new Uint8Array(Math.ceil(label.length / granuleBytes) * granuleBytes).fill(0x20);
  record.set(label);
  return tapeRecord(record);
};

/** The first file of a tape. */
export const volumeItems = (
  volume: VolumeDescription, granuleBytes: number): readonly TapeItem[] => [
  labelRecord(encodeVolumeLabel(volume.name), granuleBytes),
  tapeRecord(encodeDescription('volume', volume, granuleBytes)), FILEMARK,
];

export const headerItems = (
  header: SetHeader, volumeName: string, granuleBytes: number): readonly TapeItem[] => [
  labelRecord(encodeFileLabel({
    kind: 'HDR1', set: header.set, volume: volumeName, sequence: header.tapeFile,
    createdMs: header.startedMs, blockCount: 0 }), granuleBytes),
  tapeRecord(encodeDescription('header', header, granuleBytes)), FILEMARK,
];

export const trailerItems = (
  header: SetHeader, trailer: SetTrailer, volumeName: string, granuleBytes: number,
): readonly TapeItem[] => [
  labelRecord(encodeFileLabel({
    kind: 'EOF1', set: header.set, volume: volumeName, sequence: header.tapeFile,
    createdMs: header.startedMs, blockCount: trailer.dataRecords }), granuleBytes),
  tapeRecord(encodeDescription('trailer', trailer, granuleBytes)), FILEMARK,
];

/** Where the data file begins, if the header does at `headerObject`. */
export const dataObjectBehind = (headerObject: number): number => headerObject + HEADER_OBJECTS;

/**
 * Who the tape is; undefined if it is blank.
 *
 * A tape on which not even the label was finished counts as blank. Throws: Error if another
 * program wrote it; TapeDamaged.
 */
export async function readVolume(drive: TapeDrive): Promise<VolumeDescription | undefined> {
  await drive.rewind();
  const label = await drive.read(DESCRIPTION_BYTES_MAX);
  if (label.kind === 'endOfData') return undefined;
  if (label.kind !== 'record' || readVolumeLabel(label.bytes) === undefined) {
    throw new Error(`Cannot use the tape in ${drive.url}: another program has written on it; `
      + 'use a blank one');
  }
  const record = await drive.read(DESCRIPTION_BYTES_MAX);
  if (record.kind === 'endOfData') return undefined;
  const volume = describe('volume', record, 1);
  return (await drive.spaceFilemark()) ? volume : undefined;
}

/**
 * Goes to where the next set begins: behind the end of data, in a tape file of its own. If the
 * last writer was cut off within a file, a filemark closes it.
 */
export async function goToAppend(
  drive: TapeDrive, mover: Pick<DataMover, 'writeTape'>): Promise<TapePosition> {
  await drive.spaceToEndOfData();
  const { object } = await drive.position();
  await drive.locate(object - 1);
  const last = await drive.read(1);
  if (last.kind !== 'filemark') await mover.writeTape([FILEMARK]);
  return drive.position();
}

/** Throws: TapeDamaged if the object is no such description. */
export function describe<K extends DescriptionKind>(
  kind: K, object: TapeObject, number: number): ReturnType<typeof decodeDescription<K>> {
  if (object.kind !== 'record') throw new TapeDamaged(number, `found ${object.kind}, no ${kind}`);
  try {
    return decodeDescription(kind, object.bytes);
  } catch (error) {
    if (error instanceof RangeError) throw new TapeDamaged(number, error.message);
    throw error;
  }
}

/** Whether an object is a label that begins or ends a set. */
export const labelKindOf = (object: TapeObject): 'HDR1' | 'EOF1' | undefined =>
  (object.kind === 'record' ? fileLabelKind(object.bytes) : undefined);
