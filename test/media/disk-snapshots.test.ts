import { describe, expect, it } from 'vitest';
import { DiskImage } from '../../src/media/disk-image.ts';
import type { DiskImageOptions } from '../../src/media/disk-image.ts';
import { FileError } from '../../src/ports/files.ts';
import { deferred } from '../../src/sam/deferred.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { randomFrom } from '../support/seeded-random.ts';
import { seeded } from '../support/seeded.ts';
import { readBlocks, slowFiles, SnapshotWork } from './snapshot-work.ts';

const BLOCKS = 4096;
const filled = (value: number, blockCount = 1): Uint8Array =>
  new Uint8Array(blockCount * 512).fill(value);

async function setUp(options: DiskImageOptions = {}, seed = 1, shares = false) {
  const files = slowFiles(memoryFiles(), seeded(seed + 1000), shares);
  const image = await DiskImage.open(
    files, randomFrom(seeded(seed)), '/disk', { byteLength: BLOCKS * 512, ...options });
  return { files, image };
}

describe('random changes of a disk with snapshots', () => {
  for (const shares of [false, true]) {
    it(`leave every snapshot as it was, ${shares ? 'shared' : 'copied on write'}`, async () => {
      for (let seed = 1; seed <= 12; seed += 1) {
        const { image } = await setUp({ snapshotBytesMax: 1 << 30 }, seed, shares);
        const work = new SnapshotWork(image, seeded(seed));
        for (let round = 0; round < 25; round += 1) await work.round();
        await work.checkAll();
        await work.closeAll();
        expect(image.snapshots).toMatchObject({ count: 0, byteLength: 0 });
        await image.close();
      }
    });
  }
});

describe('a snapshot', () => {
  it('copies nothing that does not change, and what changes once', async () => {
    const { image } = await setUp();
    await image.write(0, [filled(1, 1024)]);
    const snapshot = await image.snapshot([{ lba: 0, blockCount: 1024 }]);
    expect(image.snapshots.byteLength).toBe(0);
    await image.write(2000, [filled(9, 8)]);
    expect(image.snapshots.byteLength).toBe(0);
    for (const value of [2, 3]) await image.write(5, [filled(value)]);
    expect(image.snapshots.byteLength).toBe(64 * 1024);
    expect(await readBlocks(snapshot, 4, 3)).toEqual(Buffer.from(filled(1, 3)));
    await snapshot.close();
    expect(image.snapshots.byteLength).toBe(0);
  });

  it('shares everything at once where files can', async () => {
    const { image } = await setUp({}, 1, true);
    await image.write(0, [filled(1, 1024)]);
    const snapshot = await image.snapshot([{ lba: 3, blockCount: 1000 }]);
    await image.write(0, [filled(2, 1024)]);
    expect(image.snapshots.byteLength).toBe(0);
    const found = await readBlocks(snapshot, 3, 1000);
    expect(Buffer.compare(found, filled(1, 1000))).toBe(0);
  });

  it('holds what is being written when it is made, and no more of it', async () => {
    const { image } = await setUp();
    await image.write(0, [filled(1, 64)]);
    const changed = await image.changing(0, 64);
    await image.file.write(filled(2, 32), 0);
    const snapshot = await image.snapshot([{ lba: 0, blockCount: 64 }]);
    await image.file.write(filled(3, 64), 0);
    changed();
    expect(await readBlocks(snapshot, 0, 64))
      .toEqual(Buffer.concat([filled(2, 32), filled(1, 32)]));
  });

  it('is told of changes before they are made, of those under way at once', async () => {
    const { image } = await setUp();
    let count = 0;
    const snapshot = await image.snapshot([{ lba: 10, blockCount: 5 }], () => {
      count += 1;
    });
    await image.write(9, [filled(1)]);
    await image.write(15, [filled(1)]);
    expect(count).toBe(0);
    await image.unmap(14, 1);
    expect(count).toBe(1);
    await snapshot.close();
    await image.write(10, [filled(1)]);
    expect(count).toBe(1);
    const changed = await image.changing(0, 100);
    await image.snapshot([{ lba: 99, blockCount: 5 }], () => {
      count += 1;
    });
    expect(count).toBe(2);
    changed();
  });

  it('is lost when there is no room for it, and the change goes on', async () => {
    const { image } = await setUp({ snapshotBytesMax: 128 * 1024 });
    const snapshot = await image.snapshot([{ lba: 0, blockCount: BLOCKS }]);
    await image.write(0, [filled(1)]);
    await image.write(1024, [filled(1)]);
    expect(snapshot.isLost).toBe(false);
    await image.write(2048, [filled(7)]);
    expect(snapshot.isLost).toBe(true);
    const block = new Uint8Array(512);
    await image.read(2048, block);
    expect(block).toEqual(filled(7));
    await snapshot.close();
    expect(image.snapshots).toMatchObject({ count: 0, byteLength: 0 });
  });

  it('is lost when its file cannot be written, and the change goes on', async () => {
    const { files, image } = await setUp();
    const snapshot = await image.snapshot([{ lba: 0, blockCount: 8 }]);
    files.open = (path) => Promise.reject(new FileError('ENOSPC', path, 'no space'));
    await image.write(0, [filled(1)]);
    const block = new Uint8Array(512);
    await image.read(0, block);
    expect(block).toEqual(filled(1));
    expect(snapshot.isLost).toBe(true);
    await image.close();
  });

  it('leaves no file behind, and what a crash has left is removed', async () => {
    const { files, image } = await setUp();
    await image.write(0, [filled(1)]);
    const snapshot = await image.snapshot([{ lba: 0, blockCount: 8 }]);
    await image.write(0, [filled(2)]);
    expect(await files.list('/')).toEqual(['disk', 'disk.serverfree.json']);
    await image.close();
    await snapshot.close();
    await (await files.open('/disk.serverfree.snapshot', 'create')).close();
    const again = await DiskImage.open(files, randomFrom(seeded(2)), '/disk');
    expect(await files.list('/')).toEqual(['disk', 'disk.serverfree.json']);
    await again.close();
  });

  it('of a write protected image needs no file', async () => {
    const { files, image } = await setUp();
    await image.write(0, [filled(4)]);
    await image.close();
    const again = await DiskImage.open(
      files, randomFrom(seeded(2)), '/disk', { readonly: true });
    const snapshot = await again.snapshot([{ lba: 0, blockCount: 8 }]);
    expect(await readBlocks(snapshot, 0, 1)).toEqual(Buffer.from(filled(4)));
    expect(again.snapshots.byteLength).toBe(0);
  });

  it('has the blocks it was asked for, and no others', async () => {
    const { image } = await setUp();
    const snapshot = await image.snapshot([
      { lba: 20, blockCount: 10 }, { lba: 10, blockCount: 5 }, { lba: 40, blockCount: 0 }]);
    expect(snapshot.places(10, 5)).toHaveLength(1);
    expect(snapshot.places(40, 0)).toEqual([]);
    for (const [lba, count] of [[9, 2], [14, 2], [15, 1], [29, 2], [4095, 1]] as const) {
      expect(() => snapshot.places(lba, count)).toThrow(RangeError);
    }
    expect(() => image.snapshot([{ lba: 4090, blockCount: 7 }])).toThrow(RangeError);
  });

  it('makes a change wait until its range is saved', async () => {
    const { image } = await setUp();
    await image.write(0, [filled(1, 8)]);
    const snapshot = await image.snapshot([{ lba: 0, blockCount: 8 }]);
    const gate = deferred<void>();
    const read = image.file.read.bind(image.file);
    Object.assign(image.file, { read: async (buffer: Uint8Array, offset: number) => {
      await gate.promise;
      return read(buffer, offset);
    } });
    let isDone = false;
    const change = image.write(0, [filled(2, 8)]).then(() => {
      isDone = true;
    });
    for (let turns = 0; turns < 50; turns += 1) await Promise.resolve();
    expect(isDone).toBe(false);
    gate.resolve();
    await change;
    expect(await readBlocks(snapshot, 0, 8)).toEqual(Buffer.from(filled(1, 8)));
  });
});
