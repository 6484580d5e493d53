import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../../../src/backup/block-source.ts';
import type { Identity } from '../../../src/backup/devices/device.ts';
import type { PlacedRange } from '../../../src/backup/map/ranges.ts';
import {
  encodeBackupList, encodeRestoreList, endsOf,
} from '../../../src/backup/movers/parameter-lists.ts';
import { placedRanges, planBackup } from '../../../src/backup/plan/backup-plan.ts';
import { listLimits, targetLimits, type ListLimits } from '../../../src/backup/plan/limits.ts';
import { planRestore, type RestorePiece } from '../../../src/backup/plan/restore-plan.ts';
import { operatingParameters } from '../../../src/wire/copy/results.ts';
import { runList } from '../support/fake-copy.ts';
import { FakeDisk, FakeTape } from '../support/fake-devices.ts';
import { patternBytes } from '../support/world.ts';

const BLOCK = 512;
const RECORD = 8 * BLOCK;
const DISK_BLOCKS = 400;

const identity = (deviceType: number, bytes: Uint8Array): Identity =>
  ({ deviceType, vendor: '', product: '', serial: '', designator: { codeSet: 1, type: 3, bytes } });

/** Ascending ranges of blocks with gaps between them. */
const blockRanges = fc.array(
  fc.record({ gap: fc.integer({ min: 1, max: 12 }), count: fc.integer({ min: 1, max: 40 }) }),
  { maxLength: 30 }).map((runs) => {
  const ranges: ByteRange[] = [];
  let lba = -1;
  for (const { gap, count } of runs) {
    lba += gap;
    if (lba + count > DISK_BLOCKS) break;
    ranges.push({ offset: lba * BLOCK, byteLength: count * BLOCK });
    lba += count;
  }
  return ranges;
});

const anyLimits: fc.Arbitrary<ListLimits> = fc.record({
  segmentCountMax: fc.integer({ min: 3, max: 12 }),
  segmentBytesMax: fc.integer({ min: 1, max: 40 }).map((count) => count * BLOCK),
  listBytesMax: fc.integer({ min: 1, max: 100 }).map((count) => count * BLOCK),
});

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function machine() {
  const disk = new FakeDisk(BLOCK, patternBytes(DISK_BLOCKS * BLOCK));
  const tape = new FakeTape();
  const ends = endsOf(identity(0, disk.designator), identity(1, tape.designator), BLOCK);
  const run = (list: Uint8Array): void => runList(list, (designator) =>
    [disk, tape].find((one) => Buffer.compare(one.designator, designator) === 0));
  return { disk, tape, ends, run };
}

/** Backs up; the data file begins behind one object, so that object numbers are not offsets. */
async function backUp(ranges: ByteRange[], limits: ListLimits) {
  const m = machine();
  m.tape.write('filemark');
  const lists = await gather(planBackup(ranges, limits, RECORD));
  for (const list of lists) m.run(encodeBackupList(list, m.ends, RECORD, 1));
  return { ...m, lists, placed: lists.flatMap((list) => [...placedRanges(list)]) };
}

const streamOf = (tape: FakeTape): Uint8Array => Buffer.concat(
  tape.objects.slice(1).map((record) => record as Uint8Array)); // only records follow

describe('planBackup', () => {
  it('puts exactly the source bytes where it says', () => fc.assert(fc.asyncProperty(
    blockRanges, anyLimits, async (ranges, limits) => {
      const { disk, tape, placed } = await backUp(ranges, limits);
      const stream = streamOf(tape);
      for (const { diskOffset, byteLength, streamOffset } of placed) {
        expect(Buffer.compare(stream.subarray(streamOffset, streamOffset + byteLength),
          disk.bytes.subarray(diskOffset, diskOffset + byteLength))).toBe(0);
      }
      const covered = placed.map(({ diskOffset, byteLength }) => [diskOffset, byteLength]);
      const wanted = ranges.map(({ offset, byteLength }) => [offset, byteLength]);
      expect(joined(covered)).toEqual(joined(wanted));
    })));

  it('keeps every limit and ends every list on a whole record', () => fc.assert(fc.asyncProperty(
    blockRanges, anyLimits, async (ranges, limits) => {
      let streamOffset = 0;
      for await (const list of planBackup(ranges, limits, RECORD)) {
        expect(list.streamOffset).toBe(streamOffset);
        expect(list.pieces.length).toBeLessThanOrEqual(limits.segmentCountMax);
        expect(list.byteLength).toBeLessThanOrEqual(Math.max(limits.listBytesMax, RECORD));
        for (const { byteLength } of list.pieces) {
          expect(byteLength).toBeLessThanOrEqual(limits.segmentBytesMax);
        }
        streamOffset += list.byteLength + list.padBytes;
        expect(streamOffset % RECORD).toBe(0);
      }
    })));

  it('pads only at the end while a list holds more than a record', () => fc.assert(
    fc.asyncProperty(blockRanges, async (ranges) => {
      const limits = { segmentCountMax: 64, segmentBytesMax: 64 * BLOCK, listBytesMax: 4 * RECORD };
      const lists = await gather(planBackup(ranges, limits, RECORD));
      expect(lists.slice(0, -1).every(({ padBytes }) => padBytes === 0)).toBe(true);
    })));

  it('takes ranges that come one by one, as those that are there', async () => {
    const ranges = [
      { offset: 0, byteLength: 30 * BLOCK }, { offset: 64 * BLOCK, byteLength: BLOCK }];
    const limits = { segmentCountMax: 3, segmentBytesMax: 4 * BLOCK, listBytesMax: 2 * RECORD };
    const slowly = async function* () {
      yield* ranges;
    };
    expect(await gather(planBackup(slowly(), limits, RECORD)))
      .toEqual(await gather(planBackup(ranges, limits, RECORD)));
  });
});

describe('planRestore', () => {
  it('brings any pieces back to any place, and keeps every limit', () => fc.assert(
    fc.asyncProperty(blockRanges, anyLimits, fc.integer({ min: 0, max: 6 }), fc.nat(),
      async (ranges, limits, gapRecords, seed) => {
        const { disk, ends, run, placed } = await backUp(ranges, limits);
        const original = disk.bytes;
        const pieces = chosen(placed, seed);
        disk.bytes = new Uint8Array(original.length);
        const rules = { recordBytes: RECORD, gapBytesMax: gapRecords * RECORD };
        for await (const list of planRestore(pieces, limits, rules)) {
          expect(list.steps.length).toBeLessThanOrEqual(limits.segmentCountMax);
          for (const step of list.steps) {
            if (step.kind !== 'copy') continue;
            expect(step.byteLength).toBeLessThanOrEqual(limits.segmentBytesMax);
          }
          run(encodeRestoreList(list, ends, { dataObject: 1, recordBytes: RECORD }, 7));
        }
        const expected = new Uint8Array(original.length);
        for (const { diskOffset, byteLength } of pieces) {
          expected.set(original.subarray(diskOffset, diskOffset + byteLength), diskOffset);
        }
        expect(Buffer.compare(disk.bytes, expected)).toBe(0);
      })));

  it('passes a long gap by LOCATE and a short one by discarding', async () => {
    const limits = { segmentCountMax: 99, segmentBytesMax: 99 * BLOCK, listBytesMax: 1e9 };
    const piece = (streamOffset: number): RestorePiece =>
      ({ streamOffset, byteLength: BLOCK, diskOffset: streamOffset });
    const pieces = [piece(BLOCK), piece(4 * BLOCK), piece(100 * RECORD)];
    const rules = { recordBytes: RECORD, gapBytesMax: RECORD };
    const [list] = await gather(planRestore(pieces, limits, rules));
    expect(list!.steps).toEqual([
      { kind: 'locate', record: 0 }, { kind: 'discard', byteLength: BLOCK },
      { kind: 'copy', diskOffset: BLOCK, byteLength: BLOCK, last: false },
      { kind: 'discard', byteLength: 2 * BLOCK },
      { kind: 'copy', diskOffset: 4 * BLOCK, byteLength: BLOCK, last: true },
      { kind: 'locate', record: 100 },
      { kind: 'copy', diskOffset: 100 * RECORD, byteLength: BLOCK, last: true },
    ]);
  });
});

/** Parts of some of the ranges. */
function chosen(placed: PlacedRange[], seed: number): RestorePiece[] {
  return placed.filter((_, index) => (seed >> (index % 16)) % 3 !== 0).map((range, index) => {
    const blocks = range.byteLength / BLOCK;
    const skip = (seed + index) % blocks;
    return {
      diskOffset: range.diskOffset + skip * BLOCK, byteLength: range.byteLength - skip * BLOCK,
      streamOffset: range.streamOffset + skip * BLOCK };
  });
}

function joined(ranges: number[][]): number[][] {
  const all: number[][] = [];
  for (const [offset, byteLength] of ranges) {
    const last = all.at(-1);
    if (last !== undefined && last[0]! + last[1]! === offset) last[1]! += byteLength!;
    else all.push([offset!, byteLength!]);
  }
  return all;
}

describe('targetLimits', () => {
  const parameters = {
    availableData: 49, snlid: false, maximumCscdCount: 2, maximumSegmentCount: 1000,
    maximumDescriptorListLength: 64 + 24 * 500 + 23, maximumSegmentLength: 70_000,
    maximumInlineDataLength: 65_536, heldDataLimit: 0, maximumStreamTransferSize: 1_048_576,
    totalConcurrentCopies: 0, maximumConcurrentCopies: 1, dataSegmentGranularity: 9,
    inlineDataGranularity: 2, heldDataGranularity: 0, implementedLength: 9,
    implemented: Uint8Array.of(0, 1, 2, 4, 6, 0x10, 0x11, 0x12, 0xe4),
  };

  it('counts the segments that fit beside two CSCDs', () => {
    expect(targetLimits(parameters).segmentCountMax).toBe(500);
  });

  it('bounds a segment by whole blocks', () => {
    expect(listLimits(targetLimits(parameters), 512).segmentBytesMax).toBe(136 * 512);
    const wide = targetLimits({ ...parameters, maximumSegmentLength: 0 });
    expect(listLimits(wide, 4096).segmentBytesMax).toBe(65_535 * 4096);
  });

  it('names the descriptors that are missing', () => {
    const implemented = Uint8Array.of(0, 1, 4, 0x10, 0xe4);
    expect(() => targetLimits({ ...parameters, implemented })).toThrow(/06h, 12h.*--mover host/);
  });

  it('refuses a target that takes too few segments, or moves coarser units than blocks', () => {
    expect(() => targetLimits({ ...parameters, maximumSegmentCount: 2 })).toThrow(/2 segments/);
    expect(() => listLimits(targetLimits({ ...parameters, dataSegmentGranularity: 12 }), 512))
      .toThrow(/multiples of 4096/);
    expect(() => listLimits(targetLimits({ ...parameters, maximumSegmentLength: 511 }), 512))
      .toThrow(/a segment moves 511 bytes/);
  });

  it('reads what a target sends', () => {
    const sent = operatingParameters.encode(parameters);
    expect(targetLimits(operatingParameters.read(sent))).toEqual(targetLimits(parameters));
  });
});
