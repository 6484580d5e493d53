/** Random devices and lists: the same for the model and for the copy manager. */
import fc from 'fast-check';
import type { LogicalUnit } from '../../src/sam/logical-unit.ts';
import { MemoryDisk, MemoryTape, unitOf } from '../support/copy-devices.ts';
import {
  cscdOf, discard, diskToDisk, filemarks, inline, listOf, locateTo, toDisk, toTape,
} from '../support/copy-lists.ts';
import type { ModelCscd, ModelDevice, ModelSegment } from './model.ts';

export interface DeviceSpec {
  readonly blockBytes: number;
  /** Blocks of a disk; lengths of a tape's records, 0 for a filemark. */
  readonly contents: number | readonly number[];
  readonly capacityBytes: number;
  readonly earlyWarningBytes: number;
  readonly runBytes: number;
}

export interface Scenario {
  readonly devices: readonly DeviceSpec[];
  readonly cscds: readonly ModelCscd[];
  readonly segments: readonly ModelSegment[];
  readonly inlineBytes: number;
}

const INLINE_BYTES = 96;
const TAPE_LENGTHS = [512, 700, 300, 1024, 4096] as const;

const diskSpec: fc.Arbitrary<DeviceSpec> = fc.record({
  blockBytes: fc.constantFrom(512, 4096), contents: fc.integer({ min: 8, max: 48 }),
  capacityBytes: fc.constant(0), earlyWarningBytes: fc.constant(0), runBytes: fc.constant(0),
});

/** Mostly records of one length, as a tape has them; seldom a filemark or another length. */
const tapeSpec: fc.Arbitrary<DeviceSpec> = fc.record({
  blockBytes: fc.constantFrom(0, 0, 512, 1024),
  length: fc.constantFrom(...TAPE_LENGTHS),
  others: fc.array(fc.tuple(fc.nat(40), fc.constantFrom(0, ...TAPE_LENGTHS)), { maxLength: 3 }),
  count: fc.nat(40),
  capacityBytes: fc.constantFrom(1_000_000, 1_000_000, 40_000, 12_345, 3000),
  earlyWarningBytes: fc.constantFrom(0, 2000),
  runBytes: fc.constantFrom(1_000_000_000, 600),
}).map(({ length, others, count, ...rest }) => {
  const contents = Array<number>(count).fill(rest.blockBytes || length);
  for (const [at, other] of others) contents.splice(at, 1, other);
  return { ...rest, contents };
});

/** Each device with PAD and without, and each tape once in the mode that its drive has not. */
const cscdsOf = (devices: readonly DeviceSpec[]): ModelCscd[] =>
  devices.flatMap(({ blockBytes, contents }, device) => {
    const isDisk = typeof contents === 'number';
    const recordBytes = isDisk ? 0 : blockBytes;
    const usual = [true, false].map((pad) => ({ device, pad, recordBytes }));
    return isDisk ? usual : [...usual, ...usual, { device, pad: true, recordBytes: 0 },
      ...(blockBytes === 512 ? [{ device, pad: true, recordBytes: 300 }] : [])];
  });

/** A segment as numbers without meaning, which `meant` gives them. */
const rawSegment = fc.record({
  kind: fc.constantFrom('toTape', 'toTape', 'toTape', 'toDisk', 'toDisk', 'toDisk', 'toDisk',
    'diskToDisk', 'diskToDisk', 'inline', 'discard', 'filemarks', 'locate', 'locate'),
  cat: fc.boolean(), dc: fc.boolean(), from: fc.nat(1000), to: fc.nat(1000), lba: fc.nat(1000),
  toLba: fc.nat(1000), count: fc.nat(8), length: fc.nat(20), bytes: fc.nat(5000),
});
type RawSegment = typeof rawSegment extends fc.Arbitrary<infer T> ? T : never;

const chosen = <T>(items: readonly T[], index: number): T => items[index % items.length]!;

function meant(
  raw: RawSegment, devices: readonly DeviceSpec[], cscds: readonly ModelCscd[]): ModelSegment {
  const { kind, cat, dc, count } = raw;
  const isTape = (id: number): boolean =>
    typeof devices[cscds[id]!.device]!.contents !== 'number';
  const tapes = [...cscds.keys()].filter(isTape);
  const disks = [...cscds.keys()].filter((id) => !isTape(id));
  const [fromTape, toTape] = [chosen(tapes, raw.from), chosen(tapes, raw.to)];
  const [from, to] = [chosen(disks, raw.from), chosen(disks, raw.to)];
  const lbaOn = (id: number, lba: number): number =>
    lba % (devices[cscds[id]!.device]!.contents as number); // a disk's
  const lengthFor = (id: number): number => {
    const { device, recordBytes } = cscds[id]!;
    if (recordBytes > 0) return 1 + raw.length % 4;
    const { contents } = devices[device]!;
    const own = (contents as readonly number[]).find((length) => length > 0) ?? 700; // a tape's
    return raw.length < 18 ? own : chosen(TAPE_LENGTHS, raw.length);
  };
  switch (kind) {
    case 'toTape': return { kind, cat, from, to: toTape, lba: lbaOn(from, raw.lba), count,
      length: lengthFor(toTape) };
    case 'toDisk': return { kind, cat, from: fromTape, to, lba: lbaOn(to, raw.lba), count,
      length: lengthFor(fromTape) };
    case 'diskToDisk': return { kind, cat, dc, from, to, lba: lbaOn(from, raw.lba),
      toLba: lbaOn(to, raw.toLba), count };
    case 'inline': return { kind, cat, to: toTape, offset: 4 * (raw.lba % 10),
      count: raw.bytes % (INLINE_BYTES - 40), length: lengthFor(toTape) };
    case 'discard': return { kind, cat, from: fromTape, count: raw.bytes,
      length: lengthFor(fromTape) };
    case 'filemarks': return { kind, to: toTape, count: count % 3 };
    default: return { kind: 'locate', to: toTape, object: raw.length < 16 ? 0 : raw.length - 14 };
  }
}

export const scenarios: fc.Arbitrary<Scenario> = fc.tuple(
  fc.tuple(diskSpec, diskSpec, tapeSpec, tapeSpec),
  fc.array(rawSegment, { minLength: 1, maxLength: 12, size: 'max' }),
).map(([devices, raw]) => {
  const cscds = cscdsOf(devices);
  return {
    devices, cscds, segments: raw.map((one) => meant(one, devices, cscds)),
    inlineBytes: INLINE_BYTES,
  };
});

/** Bytes that tell where they came from. */
function pattern(seed: number, byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  for (let i = 0; i < byteLength; i += 1) bytes[i] = i * 31 + (i >> 8) * 7 + seed * 101 + 1;
  return bytes;
}

export const inlineOf = ({ inlineBytes }: Scenario): Uint8Array => pattern(99, inlineBytes);

const recordsOf = (lengths: readonly number[], seed: number): (Uint8Array | null)[] =>
  lengths.map((length, i) => (length === 0 ? null : pattern(seed * 50 + i, length)));

export const modelDevices = ({ devices }: Scenario): ModelDevice[] =>
  devices.map(({ blockBytes, contents, capacityBytes, earlyWarningBytes }, i) =>
    (typeof contents === 'number'
      ? { kind: 'disk', blockBytes, bytes: pattern(i, contents * blockBytes) }
      : { kind: 'tape', blockBytes, capacityBytes, earlyWarningBytes, position: 0,
        objects: recordsOf(contents, i) }));

export function memoryDevices({ devices }: Scenario): (MemoryDisk | MemoryTape)[] {
  return devices.map(({ blockBytes, contents, ...options }, i) => {
    if (typeof contents === 'number') {
      return new MemoryDisk(`disk ${i}`, blockBytes, pattern(i, contents * blockBytes));
    }
    const tape = new MemoryTape(`tape ${i}`, { blockBytes, ...options });
    for (const record of recordsOf(contents, i)) {
      if (record === null) tape.putFilemark();
      else tape.put(record);
    }
    tape.position = 0;
    return tape;
  });
}

export const unitsOf = (devices: readonly (MemoryDisk | MemoryTape)[]): LogicalUnit[] =>
  devices.map((device, i) => unitOf(`unit ${i}`, i + 1, device));

export function listFor(
  scenario: Scenario, units: readonly LogicalUnit[], listIdentifier = 1): Uint8Array {
  const cscds = scenario.cscds.map(({ device, pad, recordBytes }) =>
    cscdOf(units[device]!, { pad, blockBytes: recordBytes }));
  return listOf(cscds, scenario.segments.map(encoded), {
    listIdentifier, inlineData: inlineOf(scenario) });
}

function encoded(segment: ModelSegment): Uint8Array {
  switch (segment.kind) {
    case 'toTape': return toTape(segment.lba, segment.count, segment.length, segment);
    case 'toDisk': return toDisk(segment.lba, segment.count, segment.length, segment);
    case 'diskToDisk': return diskToDisk(segment.lba, segment.toLba, segment.count, segment);
    case 'inline': return inline(segment.offset, segment.count, segment.length, segment);
    case 'discard': return discard(segment.count, segment.length, segment);
    case 'filemarks': return filemarks(segment.count, segment);
    case 'locate': return locateTo(segment.object, segment);
  }
}
