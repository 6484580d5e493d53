import { writeU16, writeU32, writeU64 } from '../bytes/big-endian.ts';
import { concat } from '../bytes/concat.ts';
import type { Cartridge } from '../media/cartridge.ts';
import type { LogPage, LogParameter } from './log-sense.ts';
import { TAPE_ALERT_COUNT, tapeAlerts } from './tape-alerts.ts';
import type { TapeDrive } from './tape-drive.ts';

const MB = 1_000_000;
const MIB = 1024 * 1024;
/** Compression ratios are told in hundredths. */
const RATIO_ONE = 100;

/** A number in so many bytes, or the largest that they hold. */
function number(code: number, byteLength: 1 | 2 | 4 | 8, value: number): LogParameter {
  const bytes = new Uint8Array(8);
  writeU64(bytes, 0, BigInt(Math.min(value, 2 ** (8 * byteLength) - 1)));
  return { code, value: bytes.subarray(8 - byteLength) };
}

const text = (code: number, byteLength: number, value: string): LogParameter => ({
  code, value: Uint8Array.from(value.padEnd(byteLength), (char) => char.charCodeAt(0)) });

const toMb = (bytes: number): number => Math.floor(bytes / MB);
const toMib = (bytes: number): number => Math.floor(bytes / MIB);

/** Source: SSC-4 8.2; 30h and 31h as LTO drives have them. */
export const tapeLogPages = (drive: TapeDrive): LogPage[] => [
  { code: 0x02, parameters: () => errorCounters(drive.counters.writtenBytes) },
  { code: 0x03, parameters: () => errorCounters(drive.counters.readBytes) },
  { code: 0x0c, parameters: () => transferCounts(drive) },
  { code: 0x17, parameters: () => volumeStatistics(drive) },
  { code: 0x1b, parameters: () => compression(drive) },
  { code: 0x2e, parameters: () => alerts(drive) },
  { code: 0x30, parameters: () => usage(drive) },
  { code: 0x31, parameters: () => capacities(drive) },
];

/** Nothing is ever corrected or tried again; 0005h counts the bytes. */
const errorCounters = (bytes: number): LogParameter[] =>
  [0, 1, 2, 3, 4, 5, 6].map((code) => number(code, 8, code === 5 ? bytes : 0));

/** Nothing is compressed, so what the initiator sends is what is on the medium. */
function transferCounts(drive: TapeDrive): LogParameter[] {
  const { writtenBytes, readBytes } = drive.counters;
  const bytes = [
    number(0x0000, 8, writtenBytes), number(0x0001, 8, writtenBytes),
    number(0x0002, 8, readBytes), number(0x0003, 8, readBytes),
  ];
  const cleaning = number(0x0100, 4, 0);
  if (!drive.isLoaded) return [...bytes, cleaning];
  const { tape } = drive;
  return [
    ...bytes,
    number(0x0004, 4, toMb(tape.usedBytes)),
    number(0x0005, 4, toMb(tape.capacityBytes - tape.earlyWarningBytes)),
    number(0x0006, 4, toMb(tape.earlyWarningBytes)),
    number(0x0007, 4, toMb(tape.payloadOffset(drive.position))),
    cleaning,
  ];
}

/** A record for each partition: its length, a reserved byte, the partition, MB. */
function byPartition(tape: Cartridge, code: number, bytes: () => number): LogParameter {
  const records = partitionsOf(tape).map((partition) => {
    const record = Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0);
    writeU16(record, 2, partition);
    writeU32(record, 4, toMb(tape.inPartition(partition, bytes)));
    return record;
  });
  return { code, value: concat(records) };
}

const partitionsOf = (tape: Cartridge): number[] =>
  Array.from({ length: tape.partitionCount }, (_, partition) => partition);

function volumeStatistics(drive: TapeDrive): LogParameter[] {
  if (!drive.isLoaded) return [number(0x0000, 1, 0)];
  const { tape } = drive;
  const { usage: life, identity, barcode, worm } = tape.label;
  return [
    number(0x0000, 1, 1), number(0x0001, 4, life.loads + 1),
    number(0x0010, 8, toMb(life.writtenBytes + drive.sinceLoad.writtenBytes)),
    number(0x0011, 8, toMb(life.readBytes + drive.sinceLoad.readBytes)),
    number(0x0012, 8, toMb(drive.sinceLoad.writtenBytes)),
    number(0x0013, 8, toMb(drive.sinceLoad.readBytes)),
    text(0x0040, 32, identity.serialNumber), text(0x0042, 32, barcode),
    number(0x0080, 1, tape.writeProtected ? 1 : 0), number(0x0081, 1, worm ? 1 : 0),
    byPartition(tape, 0x0202, () => tape.capacityBytes),
    byPartition(tape, 0x0203, () => tape.usedBytes),
    byPartition(tape, 0x0204, () => tape.room().beforeEarlyWarning),
  ];
}

/** Honest: one to one, whatever mode page 0Fh says. Pairs of whole MB and bytes above them. */
function compression(drive: TapeDrive): LogParameter[] {
  const { writtenBytes, readBytes } = drive.counters;
  const amounts = [readBytes, readBytes, writtenBytes, writtenBytes];
  return [
    number(0x0000, 2, RATIO_ONE), number(0x0001, 2, RATIO_ONE),
    ...amounts.flatMap((bytes, i) => [
      number(2 + 2 * i, 4, toMb(bytes)), number(3 + 2 * i, 4, bytes % MB)]),
  ];
}

function alerts(drive: TapeDrive): LogParameter[] {
  const flags = tapeAlerts(drive);
  return Array.from({ length: TAPE_ALERT_COUNT }, (_, i) =>
    number(i + 1, 1, flags.includes(i + 1) ? 1 : 0));
}

/** Loads of the medium and its data; nothing is tried again or suspended. */
function usage(drive: TapeDrive): LogParameter[] {
  if (!drive.isLoaded) return [];
  const { usage: life } = drive.tape.label;
  const none = (code: number, byteLength: 2 | 4): LogParameter => number(code, byteLength, 0);
  return [
    number(0x0001, 4, life.loads + 1),
    number(0x0002, 8, toMb(life.writtenBytes + drive.sinceLoad.writtenBytes)),
    none(0x0003, 4), none(0x0004, 2), none(0x0005, 2), none(0x0006, 2),
    number(0x0007, 8, toMb(life.readBytes + drive.sinceLoad.readBytes)),
    none(0x0008, 4), none(0x0009, 2), none(0x000a, 2), none(0x000b, 2),
  ];
}

/** In MiB: what is left of partitions 0 and 1, then their sizes; 0 of one that is not there. */
function capacities(drive: TapeDrive): LogParameter[] {
  const { tape } = drive;
  const of = (partition: number, bytes: () => number): number =>
    (partition < tape.partitionCount ? toMib(tape.inPartition(partition, bytes)) : 0);
  return [
    number(0x0001, 4, of(0, () => tape.remainingBytes)),
    number(0x0002, 4, of(1, () => tape.remainingBytes)),
    number(0x0003, 4, of(0, () => tape.capacityBytes)),
    number(0x0004, 4, of(1, () => tape.capacityBytes)),
  ];
}
