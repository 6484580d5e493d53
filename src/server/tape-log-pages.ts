import { writeU16, writeU32, writeU64 } from '../bytes/big-endian.ts';
import { concat } from '../bytes/concat.ts';
import type { Cartridge } from '../media/cartridge.ts';
import type { ItNexus } from '../sam/command.ts';
import type { LogPage, LogParameter } from './log-sense.ts';
import type { TapeUnit } from './tape.ts';
import { TAPE_ALERT, TAPE_ALERT_COUNT } from './tape-alerts.ts';
import type { Transfers } from './tape-counters.ts';
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

/** Source: SSC-4 8.2, SPC-4 7.3; 30h, 31h, 32h and 37h as LTO drives have them. */
export function tapeLogPages(unit: TapeUnit): LogPage[] {
  const { drive } = unit;
  /** A page that counts what was moved since it was reset. */
  const counting = (
    code: number, parametersOf: (moved: Transfers) => LogParameter[]): LogPage => ({
    code, parameters: () => parametersOf(drive.counters.since(code)),
    reset: () => drive.counters.mark(code),
  });
  return [
    counting(0x02, ({ writtenBytes }) => errorCounters(writtenBytes)),
    counting(0x03, ({ readBytes }) => errorCounters(readBytes)),
    counting(0x0c, (moved) => transferCounts(drive, moved)),
    { code: 0x11, parameters: () => [deviceStatus(unit)] },
    { code: 0x12, parameters: () => [{ code: 0x0000, value: drive.alerts.bits }] },
    { code: 0x14, parameters: () => deviceStatistics(unit) },
    { code: 0x17, parameters: () => volumeStatistics(drive) },
    counting(0x19, (moved) => [generalStatistics(moved)]),
    counting(0x1b, compression),
    {
      code: 0x2e, parameters: (nexus) => alerts(drive, nexus),
      told: (nexus, flags) => drive.alerts.wasRead(nexus, flags),
      reset: () => drive.alerts.clear(),
    },
    { code: 0x30, parameters: () => usage(drive) },
    { code: 0x31, parameters: () => capacities(drive) },
    counting(0x32, compression),
    counting(0x37, performance),
  ];
}

/** Nothing is ever corrected or tried again; 0005h counts the bytes. */
const errorCounters = (bytes: number): LogParameter[] =>
  [0, 1, 2, 3, 4, 5, 6].map((code) => number(code, 8, code === 5 ? bytes : 0));

/** Nothing is compressed, so what the initiator sends is what is on the medium. */
function transferCounts(drive: TapeDrive, { writtenBytes, readBytes }: Transfers): LogParameter[] {
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

/** DT DEVICE ACTIVITY: nothing goes on while the log is read. */
const NO_ACTIVITY = 0;
const ALERTS_CHANGED = 0x01;

/** Very high frequency data. Source: SSC-4 8.2.7. */
function deviceStatus(unit: TapeUnit): LogParameter {
  const { drive } = unit;
  const flags = (bits: readonly (readonly [number, boolean])[]): number =>
    bits.reduce((sum, [bit, isSet]) => sum | (isSet ? bit : 0), 0);
  const present = drive.cartridge !== undefined;
  return { code: 0x0000, value: Uint8Array.of(
    flags([[0x80, unit.prevention.isPrevented], [0x20, true], [0x08, unit.isWriteProtected],
      [0x01, true]]), // PAMR, MACC, WRTP, DINIT
    flags([[0x10, present], [0x02, drive.isLoaded], [0x01, drive.isLoaded]]), // MPRSNT, MTHRD, …
    NO_ACTIVITY, drive.alerts.isAny ? ALERTS_CHANGED : 0) };
}

/** What is known since the start; hours and metres are not measured. Source: SSC-4 8.2.9. */
const deviceStatistics = (unit: TapeUnit): LogParameter[] => [
  number(0x000e, 4, unit.drive.alerts.countOf(TAPE_ALERT.writeFailure)),
  number(0x000f, 4, unit.drive.alerts.countOf(TAPE_ALERT.readFailure)),
  text(0x0040, 16, unit.serialNumber), text(0x0041, 16, unit.serialNumber),
  number(0x0080, 1, unit.prevention.isPrevented ? 1 : 0),
];

/** Commands and blocks; no times are measured. Source: SPC-4 7.3.7. */
const generalStatistics = (moved: Transfers): LogParameter => ({
  code: 0x0001,
  value: concat([
    moved.readCommands, moved.writeCommands, moved.writtenRecords, moved.readRecords, 0, 0, 0, 0,
  ].map((count) => number(0, 8, count).value)),
});

/** The page of LTO drives is vendor specific: here commands, records and bytes of each way. */
const performance = (moved: Transfers): LogParameter[] => [
  moved.writeCommands, moved.writtenRecords, moved.writtenBytes,
  moved.readCommands, moved.readRecords, moved.readBytes,
].map((count, i) => number(i, 8, count));

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

const usedBytes = (tape: Cartridge): number => partitionsOf(tape)
  .reduce((sum, partition) => sum + tape.inPartition(partition, () => tape.usedBytes), 0);

function volumeStatistics(drive: TapeDrive): LogParameter[] {
  if (!drive.isLoaded) return [number(0x0000, 1, 0)];
  const { tape } = drive;
  const { usage: life, identity, barcode, worm } = tape.label;
  return [
    number(0x0000, 1, 1), number(0x0001, 4, life.loads),
    number(0x000e, 8, toMb(drive.sinceLoad.writtenBytes)),
    number(0x000f, 8, toMb(drive.sinceLoad.readBytes)),
    number(0x0010, 8, toMb(life.writtenBytes)), number(0x0011, 8, toMb(life.readBytes)),
    number(0x0012, 2, RATIO_ONE), number(0x0013, 2, RATIO_ONE),
    number(0x0016, 4, toMb(tape.label.capacityBytes)),
    number(0x0017, 4, toMb(usedBytes(tape))),
    text(0x0040, 32, identity.serialNumber), text(0x0042, 32, barcode),
    number(0x0080, 1, tape.writeProtected ? 1 : 0), number(0x0081, 1, worm ? 1 : 0),
    byPartition(tape, 0x0202, () => tape.capacityBytes),
    byPartition(tape, 0x0203, () => tape.usedBytes),
    byPartition(tape, 0x0204, () => tape.room().beforeEarlyWarning),
  ];
}

/** Honest: one to one, whatever mode page 0Fh says. Pairs of whole MB and bytes above them. */
function compression({ writtenBytes, readBytes }: Transfers): LogParameter[] {
  const amounts = [readBytes, readBytes, writtenBytes, writtenBytes];
  return [
    number(0x0000, 2, RATIO_ONE), number(0x0001, 2, RATIO_ONE),
    ...amounts.flatMap((bytes, i) => [
      number(2 + 2 * i, 4, toMb(bytes)), number(3 + 2 * i, 4, bytes % MB)]),
  ];
}

const alerts = (drive: TapeDrive, nexus: ItNexus): LogParameter[] =>
  Array.from({ length: TAPE_ALERT_COUNT }, (_, i) =>
    number(i + 1, 1, drive.alerts.isSetFor(nexus, i + 1) ? 1 : 0));

/** Loads of the medium and its data; nothing is tried again or suspended. */
function usage(drive: TapeDrive): LogParameter[] {
  if (!drive.isLoaded) return [];
  const { usage: life } = drive.tape.label;
  const none = (code: number, byteLength: 2 | 4): LogParameter => number(code, byteLength, 0);
  return [
    number(0x0001, 4, life.loads),
    number(0x0002, 8, toMb(life.writtenBytes)),
    none(0x0003, 4), none(0x0004, 2), none(0x0005, 2), none(0x0006, 2),
    number(0x0007, 8, toMb(life.readBytes)),
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
