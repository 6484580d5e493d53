import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObjectTable } from '../../src/media/object-table.ts';

/** Appended runs (0 stands for filemarks) and truncations to a share of the objects. */
const work = fc.array(fc.oneof(
  fc.record({
    recordBytes: fc.constantFrom(0, 0, 1, 512, 513), count: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }),
), { maxLength: 60 });

/** The same, one number for each object. */
function naive(steps: readonly object[], table: ObjectTable): number[] {
  let objects: number[] = [];
  for (const step of steps as readonly { recordBytes?: number; count?: number; keep?: number }[]) {
    const { recordBytes = 0, count = 0, keep } = step;
    if (keep !== undefined) {
      objects = objects.slice(0, Math.floor(objects.length * keep));
      table.truncate(objects.length);
      continue;
    }
    objects.push(...new Array<number>(count).fill(recordBytes));
    if (recordBytes === 0) table.appendFilemarks(count);
    else table.appendRecords(count, recordBytes);
  }
  return objects;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe('ObjectTable', () => {
  it('finds each object, filemark and payload byte where a plain list has it', () => {
    fc.assert(fc.property(work, (steps) => {
      const table = new ObjectTable();
      const objects = naive(steps, table);
      expect(table.endOfData).toBe(objects.length);
      expect(table.payloadBytes).toBe(sum(objects));
      let filemarks = 0;
      let payload = 0;
      objects.forEach((recordBytes, object) => {
        const run = table.runAt(object)!;
        expect(run.kind).toBe(recordBytes === 0 ? 'filemarks' : 'records');
        const alike = objects.slice(run.firstObject, run.firstObject + run.count);
        expect(alike.every((other) => other === recordBytes)).toBe(true);
        expect(objects[run.firstObject - 1]).not.toBe(recordBytes);
        expect(objects[run.firstObject + run.count]).not.toBe(recordBytes);
        if (run.kind === 'records') {
          expect(run.payloadOffset + (object - run.firstObject) * recordBytes).toBe(payload);
          expect(run.recordBytes).toBe(recordBytes);
          expect(table.objectAtPayload(payload)).toBe(object);
          expect(table.objectAtPayload(payload + recordBytes - 1)).toBe(object);
        }
        expect(table.filemarksBefore(object)).toBe(filemarks);
        expect(table.payloadOffset(object)).toBe(payload);
        if (recordBytes === 0) {
          expect(table.objectOfFilemark(filemarks)).toBe(object);
          filemarks += 1;
        }
        payload += recordBytes;
      });
      expect(table.filemarkCount).toBe(filemarks);
      expect(table.objectOfFilemark(filemarks)).toBeUndefined();
      expect(table.runAt(objects.length)).toBeUndefined();
      expect(table.filemarksBefore(objects.length)).toBe(filemarks);
      expect(table.objectAtPayload(payload)).toBe(objects.length);
    }));
  });

  it('keeps a run in one row however it was appended', () => {
    const table = new ObjectTable();
    for (let i = 0; i < 1_000_000; i += 1) table.appendRecords(1, 65_536);
    expect(table.rowCount).toBe(1);
    expect(table.runAt(999_999)).toEqual(
      { kind: 'records', firstObject: 0, count: 1_000_000, recordBytes: 65_536, payloadOffset: 0 });
  });
});
