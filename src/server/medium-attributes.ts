/**
 * The medium auxiliary memory: attributes that the drive and the medium have, which are made when
 * they are asked for, and those of the host, which the cartridge keeps.
 *
 * Source: SPC-4 7.4.2, SSC-4 4.2.22.
 */
import { writeU16, writeU32, writeU64 } from '../bytes/big-endian.ts';
import type { Cartridge } from '../media/cartridge.ts';
import { ATTRIBUTE_BYTES_MAX } from '../media/cartridge-label.ts';
import type { DriveName, MediumAttribute } from '../media/tape-types.ts';
import { densityOf, MEDIA_WIDTH } from './densities.ts';
import type { TapeDrive } from './tape-drive.ts';

export type AttributeFormat = MediumAttribute['format'];

const MIB = 1024 * 1024;

/** An attribute that the drive makes. */
interface MadeAttribute {
  readonly id: number;
  readonly format: AttributeFormat;
  value(drive: TapeDrive, tape: Cartridge): Uint8Array;
}

/** An attribute that hosts write: its format, and its exact or largest length. */
export interface HostAttribute {
  readonly id: number;
  readonly format: AttributeFormat;
  readonly byteLength: number;
  /** Shorter values are accepted; otherwise the length is exact. */
  readonly mayBeShorter: boolean;
}

const count = (byteLength: 1 | 2 | 4 | 8, value: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  writeU64(bytes, 0, BigInt(value));
  return bytes.subarray(8 - byteLength);
};

const text = (byteLength: number, value: string): Uint8Array =>
  Uint8Array.from(value.padEnd(byteLength).slice(0, byteLength), (char) => char.charCodeAt(0));

const made = (
  id: number, format: AttributeFormat, value: MadeAttribute['value']): MadeAttribute =>
  ({ id, format, value });

/** Vendor, then serial number; spaces if there was no such drive. */
const driveName = (drive: DriveName = { vendor: '', serialNumber: '' }): Uint8Array =>
  text(40, drive.vendor.padEnd(8) + drive.serialNumber);

const NO_OBJECT = new Uint8Array(8).fill(0xff);

const mib = (bytes: number): Uint8Array => count(8, Math.floor(bytes / MIB));
const hostBytes = (tape: Cartridge): number =>
  tape.label.attributes.reduce((sum, { value }) => sum + value.length, 0);

const MADE: readonly MadeAttribute[] = [
  made(0x0000, 'binary', (_drive, tape) => mib(tape.remainingBytes)),
  made(0x0001, 'binary', (_drive, tape) => mib(tape.capacityBytes)),
  made(0x0002, 'binary', (drive) => drive.alerts.bits),
  made(0x0003, 'binary', (_drive, tape) => count(8, tape.label.usage.loads)),
  made(0x0004, 'binary', (_drive, tape) => count(8, ATTRIBUTE_BYTES_MAX - hostBytes(tape))),
  made(0x0005, 'ascii', () => text(8, 'LTO-CVE')),
  made(0x0006, 'binary', (_drive, tape) => count(1, tape.label.densityCode)),
  made(0x0007, 'binary', (_drive, tape) =>
    count(2, Math.min(tape.label.usage.formats, 0xffff))),
  made(0x0008, 'ascii', (_drive, tape) => text(32, tape.label.barcode)),
  made(0x0009, 'binary', (_drive, tape) => count(4, tape.label.volumeChangeReference)),
  ...[0x020a, 0x020b, 0x020c, 0x020d].map((id, i) =>
    made(id, 'ascii', (_drive, tape) => driveName(tape.label.usage.drives[i]))),
  made(0x0220, 'binary', (_drive, tape) => mib(tape.label.usage.writtenBytes)),
  made(0x0221, 'binary', (_drive, tape) => mib(tape.label.usage.readBytes)),
  made(0x0222, 'binary', (drive) => mib(drive.sinceLoad.writtenBytes)),
  made(0x0223, 'binary', (drive) => mib(drive.sinceLoad.readBytes)),
  made(0x0224, 'binary', () => NO_OBJECT), // nothing is encrypted, so
  made(0x0225, 'binary', () => count(8, 0)), // the first object is not
  made(0x0400, 'ascii', () => text(8, 'SRVFREE')),
  made(0x0401, 'ascii', (_drive, tape) => text(32, tape.label.identity.serialNumber)),
  made(0x0402, 'binary', (_drive, tape) =>
    count(4, densityOf(tape.label.densityCode)?.lengthMetres ?? 0)),
  made(0x0403, 'binary', () => count(4, MEDIA_WIDTH)),
  made(0x0404, 'ascii', () => text(8, 'LTO-CVE')),
  made(0x0405, 'binary', (_drive, tape) => count(1, tape.label.densityCode)),
  made(0x0407, 'binary', () => count(8, ATTRIBUTE_BYTES_MAX)),
  made(0x0408, 'binary', (_drive, tape) => count(1, tape.label.worm ? 0x80 : 0x00)),
  made(0x0409, 'binary', (_drive, tape) =>
    count(2, densityOf(tape.label.densityCode)?.mediumType ?? 0)),
];

const host = (
  id: number, format: AttributeFormat, byteLength: number, mayBeShorter = false,
): HostAttribute => ({ id, format, byteLength, mayBeShorter });

/** Texts may be shorter; the application's own values have the lengths of their formats. */
const HOST: readonly HostAttribute[] = [
  host(0x0800, 'ascii', 8),  // application vendor
  host(0x0801, 'ascii', 32),  // application name
  host(0x0802, 'ascii', 8),  // application version
  host(0x0803, 'text', 160, true),  // user medium text label
  host(0x0804, 'ascii', 12),  // date and time last written
  host(0x0805, 'binary', 1),  // text localization identifier
  host(0x0806, 'ascii', 32),  // barcode
  host(0x0807, 'text', 80, true),  // owning host textual name
  host(0x0808, 'text', 160, true),  // media pool
  host(0x0809, 'ascii', 16),  // partition user text label
  host(0x080a, 'binary', 1),  // load/unload at partition
  host(0x080b, 'ascii', 16),  // application format version
  host(0x080c, 'binary', 1024, true),  // volume coherency information
  host(0x0820, 'binary', 36),  // medium globally unique identifier
  host(0x0821, 'binary', 36),  // media pool globally unique identifier
  host(0x1623, 'binary', 1),  // volume lock state
];

export const hostAttribute = (id: number): HostAttribute | undefined =>
  HOST.find((one) => one.id === id);

export const isMade = (id: number): boolean => MADE.some((one) => one.id === id);

/** All identifiers that can be read or written, ascending. */
export const SUPPORTED_ATTRIBUTES: readonly number[] =
  [...MADE, ...HOST].map(({ id }) => id).sort((a, b) => a - b);

/** An attribute with what READ ATTRIBUTE tells of it. */
export interface ToldAttribute extends MediumAttribute {
  readonly readOnly: boolean;
}

/**
 * The attributes of a partition, ascending. What asks for another partition than the tape's
 * current one is answered of that one; the tape does not move.
 */
export function attributesOf(drive: TapeDrive, partition: number): ToldAttribute[] {
  const { tape } = drive;
  const own = tape.inPartition(partition, () => MADE.map(({ id, format, value }) =>
    ({ id, format, value: value(drive, tape), readOnly: true })));
  const kept = tape.label.attributes
    .filter((one) => (one.partition ?? 0) === partition)
    .map((one) => ({ ...one, readOnly: false }));
  return [...own, ...withBarcode(kept, tape)].sort((a, b) => a.id - b.id);
}

const BARCODE = 0x0806;

/** The cartridge's own barcode, unless a host has written another. */
function withBarcode(kept: readonly ToldAttribute[], tape: Cartridge): readonly ToldAttribute[] {
  if (kept.some(({ id }) => id === BARCODE)) return kept;
  return [...kept, {
    id: BARCODE, format: 'ascii', value: text(32, tape.label.barcode), readOnly: false }];
}

/** A length, the first number, and how many there are. Source: SPC-4 6.17.4, 6.17.5. */
const numberList = (count: number): Uint8Array => Uint8Array.of(0, 2, 0, count);

export const VOLUME_LIST = numberList(1);

export const partitionList = (tape: Cartridge): Uint8Array => numberList(tape.partitionCount);

/** A list of identifiers behind its length. */
export function identifierList(ids: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 2 * ids.length);
  writeU32(bytes, 0, 2 * ids.length);
  for (const [i, id] of ids.entries()) writeU16(bytes, 4 + 2 * i, id);
  return bytes;
}
