import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExtentTable } from '../../src/media/extent-table.ts';

const extents = fc.array(fc.record({
  offset: fc.integer({ min: 0, max: 40 }).map((n) => n * 7),
  byteLength: fc.integer({ min: 1, max: 20 }),
}), { maxLength: 30 });

const bytesOf = (list: Iterable<{ offset: number; byteLength: number }>): number[] =>
  [...list].flatMap(({ offset, byteLength }) =>
    Array.from({ length: byteLength }, (_, i) => offset + i));

describe('ExtentTable', () => {
  it('gives each payload byte the place it was given, also after truncations', () => {
    fc.assert(fc.property(extents, extents, fc.nat(), fc.nat(), fc.nat(), (a, b, cut, p, q) => {
      const table = new ExtentTable();
      for (const extent of a) table.append(extent);
      const kept = cut % (table.payloadBytes + 1);
      table.truncate(kept);
      for (const extent of b) table.append(extent);
      const bytes = [...bytesOf(a).slice(0, kept), ...bytesOf(b)];
      expect(table.payloadBytes).toBe(bytes.length);
      const from = p % (bytes.length + 1);
      const length = q % (bytes.length - from + 1);
      expect(bytesOf(table.slice(from, length))).toEqual(bytes.slice(from, from + length));
    }));
  });

  it('lists its extents by offset, merged where they touch', () => {
    const table = new ExtentTable();
    for (const [offset, byteLength] of [[100, 50], [150, 10], [20, 30], [300, 1]] as const) {
      table.append({ offset, byteLength });
    }
    expect([...table.byOffset()]).toEqual([
      { offset: 20, byteLength: 30 },
      { offset: 100, byteLength: 60 },
      { offset: 300, byteLength: 1 },
    ]);
    expect(table.slice(0, 61)).toEqual(
      [{ offset: 100, byteLength: 60 }, { offset: 20, byteLength: 1 }]);
  });
});
