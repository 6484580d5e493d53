import { describe, expect, it } from 'vitest';
import { DiskImage } from '../../src/media/disk-image.ts';
import { CrashFiles, PowerCut } from '../support/crash-files.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { between, seeded } from '../support/seeded.ts';
import { randomFrom } from '../support/seeded-random.ts';
import { FileWatch, watchedFiles } from '../server/watched-files.ts';

const PATH = '/disk';
const JOURNAL = '/disk.serverfree.atomic';
const BLOCK_BYTES = 512;
const BLOCK_COUNT = 64;
const options = { byteLength: BLOCK_COUNT * BLOCK_BYTES, blockBytes: 512 };
const random = randomFrom(seeded(3));

const filled = (blocks: number, value: number): Uint8Array =>
  new Uint8Array(blocks * BLOCK_BYTES).fill(value);

/** What the first byte of each block says, which is what the rest of it holds. */
async function valuesOf(image: DiskImage): Promise<number[]> {
  const all = new Uint8Array(image.byteLength);
  await image.read(0, all);
  return Array.from({ length: BLOCK_COUNT }, (_, block) => {
    const bytes = all.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
    expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
    return bytes[0]!;
  });
}

/** The files of a target that was killed when the journal was written, and nothing else was. */
async function cutOff(): Promise<CrashFiles> {
  for (let operations = 1; ; operations += 1) {
    const files = memoryFiles();
    const image = await DiskImage.open(files, random, PATH, options);
    await image.write(0, [filled(BLOCK_COUNT, 4)]);
    files.cutAfter(operations);
    await image.writeAtomically(0, [filled(2, 7)]).catch(() => undefined);
    const later = files.kill();
    const isThere = await later.exists(JOURNAL);
    if (isThere && (await later.readFile(JOURNAL)).length > 2 * BLOCK_BYTES) return later;
  }
}

describe('an atomic write', () => {
  it('is what is read then, and leaves no journal behind', async () => {
    const files = memoryFiles();
    const image = await DiskImage.open(files, random, PATH, options);
    await image.writeAtomically(3, [filled(1, 1), filled(2, 2)]);
    expect((await valuesOf(image)).slice(2, 7)).toEqual([0, 1, 2, 2, 0]);
    await image.close();
    expect(await files.exists(JOURNAL)).toBe(false);
  });

  it.each(Array.from({ length: 150 }, (_, seed) => seed))(
    'is there whole or not at all after a power cut, seed %i', async (seed) => {
      const dice = seeded(seed);
      const files = new CrashFiles({ random: dice });
      const image = await DiskImage.open(files, randomFrom(dice), PATH, options);
      await image.write(0, [filled(BLOCK_COUNT, 9)]);
      await image.sync();
      files.cutAfter(between(dice, 1, 24));
      let acknowledged = 9;
      try {
        for (let value = 10; ; value += 1) {
          await image.writeAtomically(8, [filled(20, value)]);
          acknowledged = value;
        }
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      const again = await DiskImage.open(
        dice() < 0.7 ? files.powerCut() : files.kill(), randomFrom(dice), PATH, options);
      const found = await valuesOf(again);
      expect(new Set(found.slice(8, 28)).size).toBe(1);
      expect([acknowledged, acknowledged + 1]).toContain(found[8]);
      expect(found.filter((_, block) => block < 8 || block >= 28)).toEqual(
        Array.from({ length: BLOCK_COUNT - 20 }, () => 9));
      await again.close();
    });

  it('that fails leaves what was there', async () => {
    const watch = new FileWatch();
    const image = await DiskImage.open(
      watchedFiles(memoryFiles(), watch), random, PATH, options);
    await image.write(0, [filled(4, 5)]);
    watch.failures.set(`writeParts ${PATH}`, 'ENOSPC');
    await expect(image.writeAtomically(0, [filled(4, 6)])).rejects.toMatchObject({
      code: 'ENOSPC' });
    expect((await valuesOf(image)).slice(0, 5)).toEqual([5, 5, 5, 5, 0]);
  });

  it('that was cut off keeps an image from being opened for reading alone', async () => {
    const files = memoryFiles();
    await (await DiskImage.open(files, random, PATH, options)).close();
    await files.replaceFile(JOURNAL, new Uint8Array(7));
    await expect(DiskImage.open(files, random, PATH, { blockBytes: 512, readonly: true }))
      .rejects.toMatchObject({ code: 'damaged', message: expect.stringContaining('cut off') });
    await (await DiskImage.open(files, random, PATH, options)).close();
    expect(await files.exists(JOURNAL)).toBe(false);
  });

  it.each([
    ['an empty one', (bytes: Uint8Array) => bytes.subarray(0, 0)],
    ['one that ends too early', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1)],
    ['one with another byte', (bytes: Uint8Array) => bytes.map((b, i) => (i === 40 ? b ^ 1 : b))],
    ['one with another head', (bytes: Uint8Array) => bytes.map((b, i) => (i === 9 ? b ^ 1 : b))],
    ['what is none', (bytes: Uint8Array) => bytes.map(() => 0x41)],
  ])('takes nothing back by a journal that is not whole: %s', async (_name, change) => {
    const later = await cutOff();
    const journal = await later.readFile(JOURNAL);
    await later.replaceFile(JOURNAL, change(journal));
    const again = await DiskImage.open(later, random, PATH, options);
    expect((await valuesOf(again))[0]).toBe(4);
    await again.close();
  });
});
