/** Disk images that only the host's own files can be: huge ones, and block devices. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { NodeFiles } from '../../src/io/files.ts';
import { SystemRandom } from '../../src/io/random.ts';
import { DiskImage } from '../../src/media/disk-image.ts';
import { need, requiresRoot } from '../support/requires.ts';

const PIB = 1024 ** 5;
const undo: (() => void)[] = [];

afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

function folderIn(parent: string): string {
  const folder = mkdtempSync(join(parent, 'serverfree-disk-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder on a file system whose files can have a pebibyte. */
function hugeFolder(): string | undefined {
  return ['/dev/shm', tmpdir()].find((parent) => {
    try {
      const probe = join(folderIn(parent), 'probe');
      writeFileSync(probe, '');
      truncateSync(probe, PIB);
      return true;
    } catch {
      return false;
    } finally {
      for (const step of undo.splice(0)) step();
    }
  });
}

const huge = hugeFolder();
const room = need(huge === undefined ? 'no file system here has files of 1 PiB' : undefined);

describe.skipIf(room.isMissing)(`a sparse disk of 1 PiB${room.why}`, () => {
  it.each([512, 4096])('is read and written to its last block of %i', async (blockBytes) => {
    const image = await DiskImage.open(new NodeFiles(), new SystemRandom(),
      join(folderIn(huge!), 'disk'), { byteLength: PIB, blockBytes });
    undo.push(() => void image.close());
    const last = image.blockCount - 1;
    expect(last).toBe(PIB / blockBytes - 1);
    const block = new Uint8Array(blockBytes).fill(5);
    await image.write(last, [block]);
    const found = new Uint8Array(blockBytes);
    await image.read(last, found);
    expect(found).toEqual(block);
    const { blockCount, mapped } = await image.lbaStatus(0);
    expect([mapped, blockCount > last - 4096 / 512 * 8]).toEqual([false, true]);
    await image.unmap(0, image.blockCount);
    await image.read(last, found);
    expect(found).toEqual(new Uint8Array(blockBytes));
    await image.close();
  });
});

const loop = requiresRoot('losetup');

describe.skipIf(loop.isMissing)(`a block device as a disk image${loop.why}`, () => {
  /** Reached by a link, beside which names and state are kept. */
  function loopDevice(): { link: string; backing: string; device: string } {
    const folder = folderIn(tmpdir());
    const backing = join(folder, 'backing');
    writeFileSync(backing, '');
    truncateSync(backing, 8 * 1024 * 1024);
    const device = execFileSync('losetup', ['--find', '--show', backing], { encoding: 'utf8' })
      .trim();
    undo.push(() => execFileSync('losetup', ['--detach', device]));
    const link = join(folder, 'disk');
    symlinkSync(device, link);
    return { link, backing, device };
  }

  const open = (path: string): Promise<DiskImage> =>
    DiskImage.open(new NodeFiles(), new SystemRandom(), path);

  it('has its size, is read, written, unmapped, and locked', async () => {
    const { link } = loopDevice();
    const image = await open(link);
    expect(image.byteLength).toBe(8 * 1024 * 1024);
    const bytes = new Uint8Array(8192).fill(7);
    await image.write(16_368, [bytes]);
    await image.sync();
    const found = new Uint8Array(8192);
    await image.read(16_368, found);
    expect(found).toEqual(bytes);
    await image.unmap(16_368, 16);
    await image.read(16_368, found);
    expect(found).toEqual(new Uint8Array(8192));
    await expect(open(link)).rejects.toMatchObject({ code: 'inUse' });
    await image.close();
  });

  it('keeps its names beside the link', async () => {
    const { link } = loopDevice();
    const first = await open(link);
    const { serialNumber } = first.identity;
    await first.close();
    const again = await open(link);
    expect(again.identity.serialNumber).toBe(serialNumber);
    await again.close();
  });

  it('that grows is noticed', async () => {
    const { link, backing, device } = loopDevice();
    const image = await open(link);
    truncateSync(backing, 12 * 1024 * 1024);
    execFileSync('losetup', ['--set-capacity', device]);
    expect(await image.grow()).toBe(true);
    expect(image.byteLength).toBe(12 * 1024 * 1024);
    await image.close();
  });
});
