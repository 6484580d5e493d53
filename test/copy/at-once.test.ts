import fc from 'fast-check';
import { expect, it } from 'vitest';
import { COPY_LIMITS, COPY_READINGS } from '../../src/copy/limits.ts';
import type { MemoryTape } from '../support/copy-devices.ts';
import { MemoryMover } from '../support/memory-mover.ts';
import { isSame } from '../support/same-bytes.ts';
import { seeded } from '../support/seeded.ts';
import { copyOf } from './check.ts';
import { expectDisk, expectOutcome, expectTape } from './compare.ts';
import type { ModelDisk, ModelTape } from './model/devices.ts';
import type { ModelCscd } from './model/ends.ts';
import type { ModelSegment } from './model/segments.ts';
import { runs } from './run-count.ts';
import { type DeviceSpec, type MemoryDevice, memoryDevices, unitsOf } from './scenario/devices.ts';
import { EMPTY } from './scenario/meant.ts';
import { modelOf, type Scenario } from './scenario/scenario.ts';

/**
 * Each copy reads a disk and writes a tape that all of them share, and has a disk and a tape of its
 * own. Records that it puts on the shared tape have a length that no other copy uses.
 */
const [SHARED_DISK, SHARED_TAPE, OWN_DISK, OWN_TAPE] = [0, 1, 2, 3];

const disk: DeviceSpec = { kind: 'disk', blockBytes: 512, blockCount: 24, refusals: {} };
const tape = (lengths: readonly number[]): DeviceSpec => ({ kind: 'tape', blockBytes: 0, lengths,
  position: 0, capacityBytes: 1_000_000, earlyWarningBytes: 0, runBytes: 1700, refusals: {} });
const devices: readonly DeviceSpec[] = [disk, tape([]), disk, tape(Array<number>(12).fill(700))];

const cscds: readonly ModelCscd[] = devices.map(({ kind }, device) =>
  ({ device, isStream: kind === 'tape', pad: true, blockBytes: 0, nul: false, isMistyped: false,
    extension: undefined }));

const sharedLength = (copy: number): number => 300 + copy;

const works = ['disk to shared tape', 'own disk to shared tape', 'tape to shared tape',
  'shared disk to own disk', 'own tape to own disk', 'filemark', 'disk to own tape'] as const;
const work = fc.record({
  what: fc.constantFrom(...works), lba: fc.nat(15), toLba: fc.nat(15), count: fc.nat(8),
  cat: fc.boolean(),
});
type Work = typeof work extends fc.Arbitrary<infer T> ? T : never;

function segmentOf({ what, lba, toLba, count, cat }: Work, copy: number): ModelSegment {
  const base = { ...EMPTY, lba, toLba, count, cat };
  const length = sharedLength(copy);
  switch (what) {
    case 'disk to shared tape':
      return { ...base, type: 0x00, from: SHARED_DISK, to: SHARED_TAPE, length };
    case 'own disk to shared tape':
      return { ...base, type: 0x00, from: OWN_DISK, to: SHARED_TAPE, length };
    case 'tape to shared tape':
      return { ...base, type: 0x03, from: OWN_TAPE, to: SHARED_TAPE, length: 700,
        count: 100 * count, toLength: length };
    case 'shared disk to own disk':
      return { ...base, type: 0x02, from: SHARED_DISK, to: OWN_DISK };
    case 'own tape to own disk':
      return { ...base, type: 0x09, from: OWN_TAPE, to: OWN_DISK, length: 700,
        count: 100 * count, toOffset: 33 };
    case 'filemark': return { ...base, type: 0x10, to: SHARED_TAPE, count: 1 };
    case 'disk to own tape':
      return { ...base, type: 0x00, from: SHARED_DISK, to: OWN_TAPE, length: 900 };
  }
}

const scenarioOf = (all: readonly Work[], copy: number): Scenario => ({
  devices, limits: COPY_LIMITS, segments: all.map((one) => segmentOf(one, copy)),
  list: { format: 'LID1', cscds, inline: new Uint8Array(0), receiver: SHARED_DISK,
    readings: COPY_READINGS },
});

/** The records of a copy on the shared tape, by their length. */
const recordsOf = (objects: readonly (Uint8Array | null)[], copy: number): Uint8Array[] =>
  objects.filter((one): one is Uint8Array => one?.length === sharedLength(copy));
const filemarksOn = (objects: readonly (Uint8Array | null)[]): number =>
  objects.filter((one) => one === null).length;

it('copies at once what each would have copied alone', async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.array(work, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 3 }),
    fc.nat(), fc.constantFrom(512, 2100, 1 << 25),
    async (lists, seed, sliceBytes) => {
      const mover = new MemoryMover(seeded(seed));
      const shared = memoryDevices(devices).slice(0, OWN_DISK);
      const copies = lists.map((all, copy) => {
        const scenario = scenarioOf(all, copy);
        const own: MemoryDevice[] = [...shared, ...memoryDevices(devices).slice(OWN_DISK)];
        return { scenario, stage: { devices: own, units: unitsOf(own) }, model: modelOf(scenario) };
      });
      const found = await Promise.all(copies.map(({ scenario, stage }) =>
        copyOf(scenario, stage, { mover, sliceBytes })));
      const contents = (shared[SHARED_TAPE] as MemoryTape).contents();
      for (const [copy, { model, stage }] of copies.entries()) {
        expectOutcome(found[copy]!, model); // each copy has its result
        expectDisk(OWN_DISK, stage.devices[OWN_DISK], model.devices[OWN_DISK] as ModelDisk);
        expectTape(OWN_TAPE, stage.devices[OWN_TAPE], model.devices[OWN_TAPE] as ModelTape);
        const alone = recordsOf((model.devices[SHARED_TAPE] as ModelTape).objects, copy);
        const records = recordsOf(contents, copy);
        expect(records.length).toBe(alone.length);
        expect(records.every((one, i) => isSame(one, alone[i]!))).toBe(true); // as many
      }
      const marks = copies.reduce((sum, { model }) =>
        sum + filemarksOn((model.devices[SHARED_TAPE] as ModelTape).objects), 0);
      expect(filemarksOn(contents)).toBe(marks);
      expect(mover.inFlightCount).toBe(0);
    }), runs);
}, 600_000);
