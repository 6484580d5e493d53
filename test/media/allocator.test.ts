import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Allocator, BLOCK_BYTES } from '../../src/media/allocator.ts';
import type { AllocatedExtent, Extent } from '../../src/media/tape-types.ts';
import { memoryFiles } from '../support/memory-files.ts';

const KIB = 1024;

async function allocatorOn(options: { readonly spaceBytes?: number } = {}) {
  const files = memoryFiles(options);
  const data = await files.open('/data', 'create');
  return { data, allocator: new Allocator(data, 0) };
}

const lengthOf = (extents: readonly Extent[]): number =>
  extents.reduce((sum, extent) => sum + extent.byteLength, 0);

/** A write of `byteLength` bytes that are not zero. */
async function filled(
  { data, allocator }: Awaited<ReturnType<typeof allocatorOn>>, byteLength: number,
): Promise<AllocatedExtent[]> {
  const extents = await allocator.allocate(byteLength, undefined, 0);
  for (const { offset, byteLength: length } of extents) {
    await data.write(new Uint8Array(length).fill(0xaa), offset);
  }
  return extents;
}

describe('Allocator', () => {
  it('hands out no byte twice, congruent as asked, and knows what reads zeros', async () => {
    const step = fc.record({
      byteLength: fc.integer({ min: 1, max: 300 * KIB }),
      congruentTo: fc.option(fc.nat({ max: 100_000 }), { nil: undefined }),
      fate: fc.constantFrom('keep', 'keep', 'release', 'drop'),
    });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { data, allocator } = await allocatorOn();
      let live: Extent[] = [];
      for (const { byteLength, congruentTo, fate } of steps) {
        const extents = await allocator.allocate(byteLength, congruentTo, 0);
        expect(lengthOf(extents)).toBe(byteLength);
        let done = 0;
        for (const { offset, byteLength: length, readsZeros } of extents) {
          if (congruentTo !== undefined) {
            expect(offset % BLOCK_BYTES).toBe((congruentTo + done) % BLOCK_BYTES);
          }
          expect(live.every((other) => other.offset >= offset + length
            || other.offset + other.byteLength <= offset), 'shares no byte').toBe(true);
          const before = new Uint8Array(length);
          expect(await data.read(before, offset)).toBe(length);
          if (readsZeros) expect(before.every((byte) => byte === 0)).toBe(true);
          await data.write(before.fill(0xaa), offset);
          done += length;
        }
        if (fate === 'release') allocator.release(extents);
        else allocator.settle(extents);
        if (fate !== 'release') live.push(...extents);
        if (fate === 'drop') {
          live = live.filter((_, i) => i % 3 !== 1);
          await allocator.reclaim(live.toSorted((a, b) => a.offset - b.offset));
        }
      }
      expect(allocator.allocatedBytes).toBe(0);
    }), { numRuns: 60 });
  });

  it('gives back what is free in the middle, and fills it again', async () => {
    const on = await allocatorOn();
    const [first, middle, last] = [
      await filled(on, 512 * KIB), await filled(on, 512 * KIB), await filled(on, 512 * KIB)];
    on.allocator.settle([...first, ...middle, ...last]);
    await on.allocator.reclaim([...first, ...last]);
    expect(await on.data.nextData(512 * KIB)).toMatchObject({ offset: 1024 * KIB });
    expect(await on.allocator.allocate(512 * KIB, 0, 0)).toEqual(
      [{ offset: 512 * KIB, byteLength: 512 * KIB, readsZeros: true }]);
  });

  it('cuts the file behind the last extent', async () => {
    const on = await allocatorOn();
    const [first, last] = [await filled(on, 100 * KIB), await filled(on, 900 * KIB)];
    on.allocator.settle([...first, ...last]);
    await on.allocator.reclaim(first);
    expect(await on.data.size()).toBe(100 * KIB);
  });

  it('reserves ahead, and less where the host has no space for it', async () => {
    const roomy = await allocatorOn();
    await roomy.allocator.allocate(10, undefined, 1000);
    expect(await roomy.data.size()).toBe(1010);
    const tight = await allocatorOn({ spaceBytes: 500 });
    await tight.allocator.allocate(10, undefined, 1000);
    expect(await tight.data.size()).toBe(10);
    await expect(tight.allocator.allocate(600, undefined, 0))
      .rejects.toMatchObject({ code: 'ENOSPC' });
    expect(tight.allocator.allocatedBytes).toBe(10);
    await tight.allocator.allocate(490, undefined, 0);
  });

  it('refuses extents that were not handed out, all or none', async () => {
    const { allocator } = await allocatorOn();
    const [extent] = await allocator.allocate(100, undefined, 0);
    const foreign = { offset: 5000, byteLength: 1 };
    expect(() => allocator.settle([extent!, foreign])).toThrow(RangeError);
    expect(() => allocator.release([extent!, extent!])).toThrow(RangeError);
    allocator.settle([extent!]);
    expect(() => allocator.release([extent!])).toThrow(RangeError);
  });
});
