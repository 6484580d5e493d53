import { describe, expect, it } from 'vitest';
import { COPY_LIMITS, COPY_READINGS } from '../../src/copy/limits.ts';
import { type Plan, planCopy } from '../../src/copy/plan.ts';
import { SenseError } from '../../src/sense/sense.ts';
import type { ListFormat } from '../../src/wire/copy/parameter-list.ts';
import { MemoryDisk, MemoryTape, unitOf } from '../support/copy-devices.ts';
import {
  bytesToBytes, bytesToTape, cscdOf, discard, diskToDisk, embedded, filemarks, imageOfDisk,
  imageOfTape, inline, lid4ListOf, listOf, locateTo, longCscdOf, register, spaceOver, tapeToBytes,
  tapeToTape, toDisk, toTape, verify,
} from '../support/copy-lists.ts';
import { MemoryMover } from '../support/memory-mover.ts';
import { between, pick, seeded } from '../support/seeded.ts';
import { run } from './run.ts';
import { runCount } from './run-count.ts';

const planCount = 10 * runCount;

function makeUnits() {
  const disk = new MemoryDisk('disk', 512, new Uint8Array(512 * 64).fill(9));
  const tape = new MemoryTape('tape', { capacityBytes: 200_000, earlyWarningBytes: 5000 });
  const fixed = new MemoryTape('fixed', { blockBytes: 512, capacityBytes: 200_000 });
  for (let i = 0; i < 10; i += 1) tape.put(new Uint8Array(700).fill(i));
  tape.position = 0;
  return [unitOf('disk', 1, disk), unitOf('tape', 2, tape), unitOf('fixed', 3, fixed)];
}

interface List {
  readonly format: ListFormat;
  readonly bytes: Uint8Array;
}

const units = makeUnits();
const cscds = [
  cscdOf(units[0]!, { blockBytes: 512, pad: true }), cscdOf(units[1]!, { pad: true }),
  cscdOf(units[2]!, { blockBytes: 512 }), cscdOf(units[0]!), longCscdOf(units[2]!)];
const inlineData = new Uint8Array(128);
const lid1 = (segments: readonly Uint8Array[]): List =>
  ({ format: 'LID1', bytes: listOf(cscds, segments, { inlineData }) });
const lid4 = (segments: readonly Uint8Array[]): List =>
  ({ format: 'LID4', bytes: lid4ListOf(cscds, segments, { inlineData }) });

/** Each type of segment is in one of them; the IDs of LID4 begin with 1. */
const valid = [
  lid1([locateTo(0), discard(100, 700, { from: 1, cat: true, holds: true }),
    toDisk(0, 6, 700, { from: 1, to: 0 }), filemarks(1, { to: 2 })]),
  lid1([inline(0, 80, 80), filemarks(1), toTape(0, 9, 1000, { cat: true }), toTape(9, 9, 1000),
    spaceOver(1, -1), diskToDisk(0, 32, 20, { to: 3, dc: true })]),
  lid1([toTape(0, 20, 4, { to: 2 }), toTape(20, 5, 2, { to: 2, cat: true, holds: true })]),
  lid1([tapeToTape(2100, 700, 1, { from: 1, to: 2, cat: true }), embedded(inlineData, 64),
    bytesToTape(3, 100, 1000, 500), register(0n, 7n)]),
  lid4([tapeToBytes(5, 17, 1400, 700, { from: 2, to: 1 }), verify({ from: 3 }),
    bytesToBytes({ lba: 1, offset: 3 }, { lba: 9, offset: 511 }, 1025, { from: 1, to: 4 }),
    imageOfDisk(0, 32, 0, { from: 1, to: 1 })]),
  lid4([imageOfTape(1, { from: 2, to: 3 }), filemarks(2, { to: 3 }),
    diskToDisk(0, 8, 4, { from: 1, to: 1, holds: true })]),
];

/** A few bits, bytes or stretches changed; or the list cut, or made longer. */
function mutated(random: () => number): List {
  const { format, bytes } = pick(random, valid);
  let list = bytes.slice();
  for (let left = between(random, 1, 4); left > 0; left -= 1) {
    const at = between(random, 0, Math.max(0, list.length - 1));
    switch (between(random, 0, 5)) {
      case 0: list[at]! ^= 1 << between(random, 0, 7); break;
      case 1: list[at] = pick(random, [0x00, 0x01, 0x7f, 0x80, 0xff]); break;
      case 2: list[at] = between(random, 0, 255); break;
      case 3: list = list.slice(0, at); break;
      case 4: list.copyWithin(at, between(random, 0, list.length), list.length); break;
      default: list = Uint8Array.from([...list, ...list.subarray(at)]); break;
    }
  }
  return { format, bytes: list };
}

/** The plan, or the answer of a list that is refused. */
function answer({ bytes, format }: List): Plan | SenseError {
  try {
    return planCopy(bytes, format, { limits: COPY_LIMITS, readings: COPY_READINGS });
  } catch (error) {
    if (error instanceof SenseError) return error;
    throw error;
  }
}

describe('a list with mutations', () => {
  it('is taken or refused, always with a place in it', () => {
    const random = seeded(20_260_101);
    const refusals = new Set<string>();
    let taken = 0;
    for (let i = 0; i < planCount; i += 1) {
      const list = mutated(random);
      const found = answer(list);
      if (!(found instanceof SenseError)) {
        taken += 1;
        continue;
      }
      const { key, additional, fieldPointer, segment } = found.sense;
      refusals.add(additional);
      const limit = fieldPointer?.in === 'cdb' ? 16 : list.bytes.length;
      // What is wrong with IMMED is an error of the CDB that stands in the list.
      const hasPlace = additional === 'invalidFieldInCdb' || fieldPointer !== undefined;
      if (key !== 'illegalRequest' || segment !== undefined || !hasPlace
        || (fieldPointer?.byte ?? 0) >= limit) {
        expect.fail(`mutation ${i} is answered ${JSON.stringify(found.sense)}`);
      }
    }
    expect(taken).toBeGreaterThan(planCount / 20);
    expect([...refusals]).toEqual(expect.arrayContaining([
      'invalidFieldInParameterList', 'parameterListLengthError',
      'unsupportedSegmentDescriptorType', 'unsupportedTargetDescriptorType']));
  }, 600_000);

  it('is carried out or aborted, and leaves nothing running', async () => {
    const random = seeded(20_260_102);
    const ends = { good: 0, aborted: 0 };
    for (let i = 0; i < runCount; i += 1) {
      const list = mutated(random);
      if (answer(list) instanceof SenseError) continue;
      const mover = new MemoryMover(random);
      const { error } = await run(
        list.bytes, makeUnits(), { mover, sliceBytes: 4096, format: list.format });
      if (error === undefined) ends.good += 1;
      else ends.aborted += 1;
      if (error !== undefined && (error.sense.key !== 'copyAborted'
        || error.sense.segment === undefined)) {
        expect.fail(`mutation ${i} is answered ${JSON.stringify(error.sense)}`);
      }
      if (mover.inFlightCount > 0) expect.fail(`mutation ${i} leaves a move in flight`);
    }
    expect(ends.good).toBeGreaterThan(runCount / 50);
    expect(ends.aborted).toBeGreaterThan(runCount / 20);
  }, 600_000);
});
