import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MapItem } from '../../../src/backup/map/item.ts';
import { RangeJoiner, type PlacedRange } from '../../../src/backup/map/ranges.ts';
import {
  MapDamaged, mapItems, MapRecordWriter, type RecordBounds,
} from '../../../src/backup/map/stream.ts';
import { VarintReader, VarintWriter } from '../../../src/backup/map/varint.ts';

const UNIT = 512;
const unit = fc.integer({ min: 0, max: 2 ** 40 }).map((count) => count * UNIT);
const length = fc.integer({ min: 1, max: 2 ** 33 }).map((count) => count * UNIT);
const number = fc.integer({ min: 1, max: 2 ** 32 });
const time = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 63n });

const blocks: fc.Arbitrary<MapItem> = fc.array(fc.tuple(unit, length, fc.boolean()), {
  maxLength: 20 }).map((runs) => {
  let [diskOffset, streamOffset] = [0, 0];
  const ranges = runs.map(([gap, byteLength, padded]) => {
    diskOffset += gap % 2 ** 44 - gap % UNIT;
    streamOffset += padded ? 7 * UNIT : 0;
    const range = { diskOffset, byteLength, streamOffset };
    diskOffset += byteLength;
    streamOffset += byteLength;
    return range;
  });
  return { kind: 'blocks', ranges };
});
const extents: fc.Arbitrary<MapItem> = fc.tuple(number, fc.array(fc.tuple(unit, length, unit), {
  maxLength: 20 })).map(([inode, runs]) => {
  let logicalOffset = 0;
  return { kind: 'extents', inode, extents: runs.map(([gap, byteLength, diskOffset]) => {
    logicalOffset += gap % (1000 * UNIT) - gap % UNIT;
    const extent = { logicalOffset, byteLength, diskOffset };
    logicalOffset += byteLength;
    return extent;
  }) };
});
const inode: fc.Arbitrary<MapItem> = fc.record({
  number, mode: fc.integer({ min: 0, max: 0xffff }), uid: number, gid: number, size: unit,
  atimeNs: time, mtimeNs: time, ctimeNs: time, linkCount: number, encrypted: fc.boolean(),
  device: fc.record({ major: number, minor: number }), symlinkTarget: fc.string({ unit: 'binary' }),
  inlineData: fc.uint8Array({ maxLength: 200 }),
}, { requiredKeys: ['number', 'mode', 'uid', 'gid', 'size', 'atimeNs', 'mtimeNs', 'ctimeNs',
  'linkCount', 'encrypted'] }).map((record) => ({ kind: 'inode', inode: record }));
const name: fc.Arbitrary<MapItem> = fc.record({ folder: number, inode: number,
  name: fc.string({ unit: 'binary' }) }).map((record) => ({ kind: 'name', ...record }));
const items = fc.array(fc.oneof(blocks, extents, inode, name), { maxLength: 30 });

function mapRecords(all: readonly MapItem[], bounds: RecordBounds): Uint8Array[] {
  const records: Uint8Array[] = [];
  const writer = new MapRecordWriter(bounds, (record) => records.push(record));
  for (const item of all) writer.add(item);
  expect(writer.finish()).toBe(records.length);
  return records;
}

async function* onTape(records: Iterable<Uint8Array>, first = 100) {
  let object = first;
  for (const bytes of records) yield { object: object++, bytes };
}

async function gather<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

describe('maps', () => {
  it('come back as they were, whatever the length of the records', () => fc.assert(
    fc.asyncProperty(items, fc.integer({ min: 20, max: 700 }), fc.constantFrom(1, 4, 16),
      async (all, recordBytesMax, granuleBytes) => {
        fc.pre(Math.floor(recordBytesMax / granuleBytes) * granuleBytes > 16);
        const records = mapRecords(all, { recordBytesMax, granuleBytes });
        for (const record of records) {
          expect(record.length).toBeLessThanOrEqual(recordBytesMax);
          expect(record.length % granuleBytes).toBe(0);
        }
        expect(await gather(mapItems(onTape(records)))).toEqual(all);
      })));

  const some: MapItem[] = Array.from({ length: 50 }, (_, i) =>
    ({ kind: 'name', folder: 2, name: 'n'.repeat(i + 1), inode: 100 + i }));
  const records = mapRecords(some, { recordBytesMax: 128, granuleBytes: 4 });

  it('that were changed name the record', () => fc.assert(fc.asyncProperty(
    fc.nat(records.length - 1), fc.nat(127), fc.integer({ min: 1, max: 255 }),
    async (index, at, change) => {
      const damaged = records.map((record) => record.slice());
      const record = damaged[index]!;
      fc.pre(at < 16 + 8);
      record[at]! ^= change;
      const error = await gather(mapItems(onTape(damaged))).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(MapDamaged);
      expect((error as MapDamaged).object).toBe(100 + index);
    })));

  it('that lack a record or end within an item are refused', async () => {
    const without = (index: number) => records.filter((_, i) => i !== index);
    await expect(gather(mapItems(onTape(without(3))))).rejects.toThrow(/record 103: it is part 4/);
    await expect(gather(mapItems(onTape(records.slice(0, 5)))))
      .rejects.toThrow(/ends within an item/);
  });

  it('never give anything but items or MapDamaged for random bytes', () => fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 })), async (payloads) => {
      const error = await gather(mapItems(onTape(payloads))).catch((thrown) => thrown);
      expect(Array.isArray(error) || error instanceof MapDamaged).toBe(true);
    })));
});

describe('VarintReader', () => {
  it('gives back what VarintWriter took', () => fc.assert(fc.property(
    fc.array(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })), (numbers) => {
      const writer = new VarintWriter();
      for (const value of numbers) writer.number(value);
      for (const value of numbers) writer.signed(-Math.floor(value / 2));
      const reader = new VarintReader(writer.take());
      expect(numbers.map(() => reader.number())).toEqual(numbers);
      expect(numbers.map(() => reader.signed() + 0)).toEqual(
        numbers.map((value) => 0 - Math.floor(value / 2)));
      expect(reader.done).toBe(true);
    })));

  it('refuses numbers of more than 53 bits and bytes that end', () => {
    expect(() => new VarintReader(new Uint8Array(9).fill(0xff)).number()).toThrow(RangeError);
    expect(() => new VarintReader(Uint8Array.of(0x80)).number()).toThrow(RangeError);
    expect(() => new VarintReader(Uint8Array.of(5, 1)).block()).toThrow(RangeError);
  });
});

describe('RangeJoiner', () => {
  it('joins what continues on the disk and in the stream', () => {
    const taken: PlacedRange[] = [];
    const joiner = new RangeJoiner((range) => taken.push(range));
    joiner.add({ diskOffset: 0, byteLength: 512, streamOffset: 0 });
    joiner.add({ diskOffset: 512, byteLength: 1024, streamOffset: 512 });
    joiner.add({ diskOffset: 1536, byteLength: 512, streamOffset: 4096 });
    joiner.finish();
    expect(taken).toEqual([
      { diskOffset: 0, byteLength: 1536, streamOffset: 0 },
      { diskOffset: 1536, byteLength: 512, streamOffset: 4096 }]);
  });
});
