/** What the soak knows of contents: it must see what is wrong. */
import { describe, expect, it } from 'vitest';
import { holdingOf, ProcessWatch, faultsOf } from './process-watch.ts';
import { areEqual, identify, SectorNumbers, sectorBytes } from './sectors.ts';
import { TapeContents, type TapeObject } from './tape-contents.ts';

describe('sectors', () => {
  it('are told from each other, and from what was never written', () => {
    const [a, b] = [new SectorNumbers(0).take(2), new SectorNumbers(1).take(1)];
    const bytes = Buffer.concat([sectorBytes(a), sectorBytes(b), new Uint8Array(512)]);
    expect(identify(bytes)).toEqual([...a, ...b, 0]);
    bytes[511]! ^= 1;
    bytes.copy(bytes, 512, 1024, 1024 + 256); // half of another
    expect(identify(bytes)).toEqual([undefined, undefined, ...b, 0]);
  });

  it('have bytes of their own throughout', () => {
    const [first, second] = [1, 2].map((owner) => sectorBytes(new SectorNumbers(owner).take(1)));
    for (let at = 0; at < 512; at += 4) {
      expect(areEqual(first!.subarray(at, at + 4), second!.subarray(at, at + 4))).toBe(false);
    }
  });
});

const numbers = new SectorNumbers(3);
const record = (byteLength = 512): TapeObject =>
  ({ byteLength, numbers: numbers.take(Math.ceil(byteLength / 512)) });
const found = (objects: readonly TapeObject[]) => objects.map((one) =>
  (one === 'mark' ? one : sectorBytes(one.numbers, one.byteLength)));

function tape(...objects: TapeObject[]): TapeContents {
  const contents = new TapeContents();
  contents.append(objects);
  return contents;
}

describe('the contents of a tape', () => {
  const [r, s, t, u] = [record(), record(700), record(100), record()];

  it('after an interrupted write are the old, or a first part of the new', () => {
    const interrupted = (): TapeContents => {
      const contents = tape(r, 'mark', s);
      contents.position = 1;
      return contents;
    };
    for (const right of [[r, 'mark', s], [r], [r, t], [r, t, 'mark']] satisfies TapeObject[][]) {
      const contents = interrupted();
      expect(contents.settle([t, 'mark'], found(right))).toBe(true);
      expect(contents.objects).toEqual(right);
    }
    for (const wrong of [[], [r, 'mark'], [r, 'mark', t], [t], [r, t, 'mark', s], [r, u],
      [r, t, t]] satisfies TapeObject[][]) {
      expect(interrupted().settle([t, 'mark'], found(wrong))).toBe(false);
    }
  });

  it('after an interrupted motion are the old', () => {
    expect(tape(r, s).settle(undefined, found([r, s]))).toBe(true);
    expect(tape(r, s).settle(undefined, found([r]))).toBe(false);
  });

  it.each([
    [0, 1, 2, 'good', 3], [0, 2, 2, '00/00/01', 4], [0, -1, 3, 'good', 2],
    [0, -3, 3, '00/00/01', 1], [1, 1, 0, 'good', 2], [1, 2, 0, 'good', 4],
    [1, 3, 0, '08/00/05', 5], [1, -1, 5, 'good', 3], [1, -3, 5, '00/00/04', 0],
    [0, -2, 1, '00/00/04', 0], [0, 2, 4, '08/00/05', 5], [3, 0, 0, 'good', 5],
  ] as const)('SPACE(%i, %i) from %i ends with %s at %i', (code, count, from, told, position) => {
    const contents = tape(r, 'mark', s, 'mark', t);
    contents.position = from;
    expect(contents.space(code, count)).toEqual({ told, position });
  });
});

describe('the watch over a process', () => {
  it('finds growth, too many descriptors, and threads that come and go', () => {
    const watch = { growthBytesMax: 100, firstQuarterBytes: 1000, lastQuarterBytes: 1100,
      maxBytes: 5000, sockets: [3, 5], files: [7, 9], threads: [4, 4] } as const;
    const max = { sockets: 5, files: 9 };
    expect(faultsOf(watch, max)).toEqual([]);
    expect(faultsOf({ ...watch, lastQuarterBytes: 1101 }, max)).toHaveLength(1);
    expect(faultsOf({ ...watch, threads: [4, 5] }, max)).toEqual(['there were 4 to 5 threads']);
    expect(faultsOf(watch, { sockets: 4, files: 8 })).toHaveLength(2);
  });

  it.skipIf(process.platform !== 'linux')('sees what this process holds', () => {
    const watch = new ProcessWatch(process.pid);
    for (let i = 0; i < 8; i += 1) watch.sample();
    expect(holdingOf(process.pid).files).toBeGreaterThan(2);
    expect(watch.report.maxBytes).toBeGreaterThan(1 << 20);
    expect(watch.report.lastQuarterBytes).toBeLessThanOrEqual(watch.report.maxBytes);
  });
});
