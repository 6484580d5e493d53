import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/io/addon.ts';
import { NodeFiles } from '../../src/io/files.ts';
import { DiskImage } from '../../src/media/disk-image.ts';
import { mount } from '../support/io-mount.ts';
import { randomFrom } from '../support/seeded-random.ts';
import { seeded } from '../support/seeded.ts';
import { temporaryFolder } from '../support/io-folder.ts';
import { readBlocks, SnapshotWork } from './snapshot-work.ts';

const BYTES = 2 * 1024 * 1024;
const hasAddon = loadAddon().addon !== undefined;

async function work(folder: string, seed: number): Promise<void> {
  const files = new NodeFiles();
  const image = await DiskImage.open(files, randomFrom(seeded(seed)), join(folder, `disk-${seed}`),
    { byteLength: BYTES, snapshotBytesMax: 64 * BYTES });
  const random = new SnapshotWork(image, seeded(seed));
  for (let round = 0; round < 20; round += 1) await random.round();
  await random.checkAll();
  await random.closeAll();
  await image.close();
  expect(await files.list(folder)).toEqual([`disk-${seed}`, `disk-${seed}.serverfree.json`]);
  for (const name of await files.list(folder)) await files.remove(join(folder, name));
}

describe('snapshots on the file system of temporary files', () => {
  const folder = temporaryFolder();

  it('keep what was', async () => {
    for (let seed = 1; seed <= 3; seed += 1) await work(folder(), seed);
  });
});

for (const [kind, options] of [['btrfs', []], ['xfs', ['-m', 'reflink=1']]] as const) {
  const mounted = hasAddon ? mount(kind, options) : 'no addon';
  const isMissing = typeof mounted === 'string';
  const why = isMissing ? ` (skipped: ${mounted})` : '';
  describe.skipIf(isMissing && process.env.CI !== 'true')(`snapshots on ${kind}${why}`, () => {
    const folder = isMissing ? '' : mounted.folder;
    afterAll(() => (isMissing ? undefined : mounted.unmount()));

    it('keep what was', async () => {
      for (let seed = 1; seed <= 3; seed += 1) await work(folder, seed);
    });

    it('share all space that they can', async () => {
      const image = await DiskImage.open(new NodeFiles(), randomFrom(seeded(9)),
        join(folder, 'disk'), { byteLength: BYTES });
      const pattern = new Uint8Array(BYTES).fill(5);
      await image.write(0, [pattern]);
      const snapshot = await image.snapshot([{ lba: 1, blockCount: 4000 }]);
      await image.write(0, [new Uint8Array(BYTES).fill(6)]);
      expect(image.snapshots.byteLength).toBe(0);
      const found = await readBlocks(snapshot, 1, 4000);
      expect(Buffer.compare(found, pattern.subarray(0, found.length))).toBe(0);
      await image.close();
    });
  });
}
