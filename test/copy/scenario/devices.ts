/** Random disks and tapes: the same for the model and for the copy manager. */
import fc from 'fast-check';
import type { LogicalUnit } from '../../../src/sam/logical-unit.ts';
import { ReservationConflict } from '../../../src/sam/medium-access.ts';
import { SenseError } from '../../../src/sense/sense.ts';
import { MemoryDisk, MemoryTape, unitOf } from '../../support/copy-devices.ts';
import {
  type Answer, type ModelDevice, ModelDisk, ModelTape, type Refusals, type TapeObject,
} from '../model/devices.ts';

interface DiskSpec {
  readonly kind: 'disk';
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly refusals: Refusals;
}
interface TapeSpec {
  readonly kind: 'tape';
  readonly blockBytes: number;
  /** Lengths of records; 0 for a filemark. */
  readonly lengths: readonly number[];
  readonly position: number;
  readonly capacityBytes: number;
  readonly earlyWarningBytes: number;
  /** Storage lies in pieces of so many bytes. */
  readonly runBytes: number;
  readonly refusals: Refusals;
}
export type DeviceSpec = DiskSpec | TapeSpec;

export const TAPE_LENGTHS = [512, 700, 300, 1024, 4096] as const;

const CONFLICT: Answer = { conflict: true };
const PROTECTED: Answer = { key: 'dataProtect', additional: 'writeProtected' };
const ALWAYS_READY: Refusals = {};

/** Most devices take every command. */
const refusals = (weight: number): fc.Arbitrary<Refusals> => fc.oneof(
  { weight, arbitrary: fc.constant(ALWAYS_READY) },
  { weight: 1, arbitrary: fc.constantFrom<Refusals>(
    { write: PROTECTED }, { write: CONFLICT }, { read: CONFLICT, write: CONFLICT }) });

const diskSpec: fc.Arbitrary<DeviceSpec> = fc.record({
  kind: fc.constant('disk' as const), blockBytes: fc.constantFrom(512, 512, 4096),
  size: fc.nat(24), refusals: refusals(40),
}).map(({ size, ...rest }) =>
  ({ ...rest, blockCount: rest.blockBytes === 512 ? 12 + size : 4 + size % 8 }));

/** Mostly records of one length, as a tape has them; seldom a filemark or another length. */
const tapeSpec: fc.Arbitrary<DeviceSpec> = fc.record({
  kind: fc.constant('tape' as const),
  blockBytes: fc.constantFrom(0, 0, 512, 1024),
  length: fc.constantFrom(...TAPE_LENGTHS),
  others: fc.array(
    fc.tuple(fc.nat(16), fc.constantFrom(0, 0, 0, 0, ...TAPE_LENGTHS)), { maxLength: 5 }),
  count: fc.nat(16),
  place: fc.constantFrom(0, 0, 0, 3),
  capacityBytes: fc.constantFrom(1_000_000, 1_000_000, 1_000_000, 30_000, 12_345, 6000),
  earlyWarningBytes: fc.constantFrom(0, 2000),
  runBytes: fc.constantFrom(1_000_000_000, 600),
  refusals: refusals(40),
}).map(({ length, others, count, place, ...rest }) => {
  const lengths = Array<number>(count).fill(rest.blockBytes || length);
  for (const [at, other] of others) lengths.splice(at, 0, other);
  return { ...rest, lengths, position: Math.min(place, lengths.length) };
});

/** Two disks and two tapes. */
export const deviceSpecs: fc.Arbitrary<readonly DeviceSpec[]> =
  fc.tuple(diskSpec, diskSpec, tapeSpec, tapeSpec);

/** Bytes that tell where they came from: cut from one long row, each time at another place. */
const ROW = Uint8Array.from({ length: 1 << 18 }, (_, i) => i * 31 + (i >> 8) * 7 + (i >> 13) + 1);
export const pattern = (seed: number, byteLength: number): Uint8Array => {
  const at = (seed * 7919) % 65_521;
  return ROW.slice(at, at + byteLength);
};

const recordsOf = (lengths: readonly number[], seed: number): TapeObject[] =>
  lengths.map((length, i) => (length === 0 ? null : pattern(seed * 50 + i + 10, length)));

export const modelDevices = (specs: readonly DeviceSpec[]): ModelDevice[] =>
  specs.map((spec, i) => {
    if (spec.kind === 'disk') {
      const { blockBytes, blockCount } = spec;
      return new ModelDisk(blockBytes, pattern(i, blockCount * blockBytes), spec.refusals);
    }
    const tape = new ModelTape(spec, recordsOf(spec.lengths, i));
    tape.position = spec.position;
    return tape;
  });

const errorOf = ({ conflict, key, additional }: Answer): Error =>
  (conflict ? new ReservationConflict() : new SenseError(key!, additional!, 'Cannot')); // has both

export type MemoryDevice = MemoryDisk | MemoryTape;

export const memoryDevices = (specs: readonly DeviceSpec[]): MemoryDevice[] =>
  specs.map((spec, i) => {
    const device = spec.kind === 'disk'
      ? new MemoryDisk(`disk ${i}`, spec.blockBytes, pattern(i, spec.blockCount * spec.blockBytes))
      : memoryTape(spec, i);
    for (const access of ['read', 'write'] as const) {
      const answer = spec.refusals[access];
      if (answer !== undefined) device.gate.refusals[access] = errorOf(answer);
    }
    return device;
  });

function memoryTape(spec: TapeSpec, i: number): MemoryTape {
  const tape = new MemoryTape(`tape ${i}`, spec);
  for (const record of recordsOf(spec.lengths, i)) {
    if (record === null) tape.putFilemark();
    else tape.put(record);
  }
  tape.position = spec.position;
  return tape;
}

export const unitsOf = (devices: readonly MemoryDevice[]): LogicalUnit[] =>
  devices.map((device, i) => unitOf(`unit ${i}`, i + 1, device));
