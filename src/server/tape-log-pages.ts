import { writeU32, writeU64 } from '../bytes/big-endian.ts';
import type { LogPage, LogParameter } from './log-sense.ts';
import type { TapeDrive } from './tape-drive.ts';

const MB = 1_000_000;
const MIB = 1024 * 1024;

function count(code: number, value: number): LogParameter {
  const bytes = new Uint8Array(8);
  writeU64(bytes, 0, BigInt(value));
  return { code, value: bytes };
}

function shortCount(code: number, value: number): LogParameter {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, Math.min(value, 0xffff_ffff));
  return { code, value: bytes };
}

/** Sequential-access device page and tape capacity page. Source: SSC-4 8.2.2, LTO drives (31h). */
export const tapeLogPages = (drive: TapeDrive): LogPage[] => [
  { code: 0x0c, parameters: () => transferCounts(drive) },
  { code: 0x31, parameters: () => capacities(drive) },
];

/** Nothing is compressed, so what the initiator sends is what is on the medium. */
function transferCounts(drive: TapeDrive): LogParameter[] {
  const { writtenBytes, readBytes } = drive.counters;
  const bytes = [
    count(0x0000, writtenBytes), count(0x0001, writtenBytes), count(0x0002, readBytes),
    count(0x0003, readBytes),
  ];
  if (!drive.isLoaded) return bytes;
  const { tape } = drive;
  const toMb = (value: number): number => Math.floor(value / MB);
  return [
    ...bytes,
    shortCount(0x0004, toMb(tape.usedBytes)),
    shortCount(0x0005, toMb(tape.capacityBytes - tape.earlyWarningBytes)),
    shortCount(0x0006, toMb(tape.earlyWarningBytes)),
    shortCount(0x0007, toMb(tape.payloadOffset(drive.position))),
  ];
}

/** Of one partition, in MiB; parameters 2 and 4 would be those of a second one. */
function capacities(drive: TapeDrive): LogParameter[] {
  const { tape } = drive;
  const toMib = (value: number): number => Math.floor(value / MIB);
  return [
    shortCount(0x0001, toMib(tape.remainingBytes)), shortCount(0x0002, 0),
    shortCount(0x0003, toMib(tape.capacityBytes)), shortCount(0x0004, 0),
  ];
}
