import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexBytes } from '../../src/bytes/hex.ts';
import type { Format } from '../../src/explain/format.ts';
import { FORMATS } from '../../src/explain/registry.ts';
import { type Section, sectionOf } from '../../src/explain/section.ts';
import { SPC_LEVELS } from '../../src/wire/copy/levels.ts';
import { bytes, vectors } from '../support/vectors.ts';

/** Good and bad bytes of the format, cut, made longer, with some bytes changed; or any bytes. */
function malformed(format: Format): fc.Arbitrary<Uint8Array> {
  const known = vectors(format.id).vectors.map(({ hex }) => bytes(hex));
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });
  const changed = fc.tuple(fc.constantFrom(...known), changes, fc.nat(),
    fc.uint8Array({ maxLength: 40 }), fc.boolean()).map(([from, places, cut, tail, isCut]) => {
    const end = isCut ? cut % (from.length + 1) : from.length;
    const all = Uint8Array.from([...from.subarray(0, end), ...tail]);
    for (const [at, value] of places) if (all.length > 0) all[at % all.length] = value;
    return all;
  });
  return fc.oneof(changed, fc.uint8Array({ maxLength: 80 }));
}

/** Ranges of the sections that have no others inside; views show bytes of their section again. */
function leavesOf(section: Section): [number, number][] {
  const inner = section.sections.filter((one) => one.isView !== true);
  const end = Math.max(section.end, ...inner.map((one) => one.end));
  const leaves: [number, number][] = [];
  let at = section.at;
  for (const one of inner) {
    expect(one.at).toBeGreaterThanOrEqual(at);
    if (one.at > at) leaves.push([at, one.at]);
    const inside = leavesOf(one);
    leaves.push(...inside);
    at = Math.max(one.end, inside.at(-1)?.[1] ?? one.at);
  }
  if (at < end) leaves.push([at, end]);
  return leaves;
}

const each = FORMATS.map((format) => [format.id, format] as const);

describe('bytes of any format, wrong, cut off or too long', () => {
  it.each(each)('come back from what was decoded of them: %s', (_id, format) => {
    fc.assert(fc.property(malformed(format), fc.constantFrom(undefined, ...SPC_LEVELS),
      (data, level) => {
        const layout = level === undefined ? format.layout : format.layout.at(level);
        const { value, raw } = layout.decode(data);
        expect(hexBytes(layout.encode(value, raw))).toBe(hexBytes(data));
      }), { numRuns: 60 });
  });

  it.each(each)('each belong to one part of the explanation: %s', (_id, format) => {
    fc.assert(fc.property(malformed(format), fc.constantFrom(undefined, ...SPC_LEVELS),
      (data, level) => {
        const leaves = leavesOf(sectionOf(format, data, 0, data.length, level));
        let at = 0;
        for (const [from, end] of leaves) {
          expect(from).toBe(at);
          at = end;
        }
        expect(at).toBe(data.length);
      }), { numRuns: 60 });
  });
});
