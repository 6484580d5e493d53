import { describe, expect, it } from 'vitest';
import type { Files } from '../../src/ports/files.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { ALICE, BOB, makeDisk, meet, send, told } from './device-fixture.ts';
import { FileWatch, watchedFiles } from './watched-files.ts';

const READ_CAPACITY_10 = '25 00 00 00 00 00 00 00 00 00';
const READ_CAPACITY_16 = '9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00';
const TEST_UNIT_READY = '00 00 00 00 00 00';

async function grow(files: Files, byteLength: number): Promise<void> {
  const file = await files.open('/disk', 'write');
  await file.truncate(byteLength);
  await file.close();
}

async function grownDisk(byteLength: number) {
  const files = memoryFiles();
  const disk = await makeDisk({ files, blockCount: 1024 });
  for (const nexus of [ALICE, BOB]) await meet(disk, nexus);
  await grow(files, byteLength);
  return disk;
}

describe('an image that was made longer', () => {
  it.each([[READ_CAPACITY_10, 3], [READ_CAPACITY_16, 7]])(
    'is noticed by %s, and the others are told', async (cdb, at) => {
      const disk = await grownDisk(2048 * 512);
      const { data } = await send(disk, cdb);
      expect(Buffer.from(data).readUInt32BE(at - 3)).toBe(2047);
      expect(told(await send(disk, TEST_UNIT_READY))).toBe('good');
      expect(told(await send(disk, TEST_UNIT_READY, { nexus: BOB }))).toBe('06/2A/09');
      const out = new Uint8Array(512).fill(4);
      expect(told(await send(disk, '2a 00 00 00 07 ff 00 00 01 00', { out }))).toBe('good');
      expect((await send(disk, '28 00 00 00 07 ff 00 00 01 00')).data).toEqual(out);
    });

  it('is told to all when the target is told to look', async () => {
    const disk = await grownDisk(2048 * 512);
    await disk.noticeGrowth();
    for (const nexus of [ALICE, BOB]) {
      expect(told(await send(disk, TEST_UNIT_READY, { nexus }))).toBe('06/2A/09');
    }
    expect(disk.blockCount).toBe(2048);
  });

  it('by less than a block is as it was', async () => {
    const disk = await grownDisk(1024 * 512 + 511);
    await disk.noticeGrowth();
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('good');
    expect(disk.blockCount).toBe(1024);
  });

  it('has as many blocks as before when it was made shorter', async () => {
    const disk = await grownDisk(512 * 512);
    await send(disk, READ_CAPACITY_16);
    expect(disk.blockCount).toBe(1024);
    expect(told(await send(disk, '28 00 00 00 03 ff 00 00 01 00'))).toBe('03/11/00');
  });

  it('that cannot be asked for its size is a failed read', async () => {
    const watch = new FileWatch();
    const disk = await makeDisk({ files: watchedFiles(memoryFiles(), watch) });
    await meet(disk);
    await disk.image.file.close();
    Object.assign(disk.image.file, { size: () => disk.image.file.read(new Uint8Array(1), 0) });
    watch.failures.set('read /disk', 'EIO');
    expect(told(await send(disk, READ_CAPACITY_10))).toBe('03/11/00');
  });
});
