/**
 * Damaged file systems: whatever is on the disk, the reader ends, with what it could read or with
 * a FileSystemError, and never with another error.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileSystemError } from '../../../src/backup/ext4/error.ts';
import { type Ext4, openExt4 } from '../../../src/backup/ext4/ext4.ts';
import { collect, debugfsExtents, MemoryDisk, missingTools, run, Workspace } from './images.ts';
import { makeSmallFolder, pieces } from './source-folder.ts';

const workspace = new Workspace();
afterAll(() => workspace.remove());

const why = missingTools === undefined ? '' : `, skipped: ${missingTools}`;
const withTools = describe.skipIf(missingTools !== undefined);

/** Numbers that a seed determines (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** More than any undamaged image here gives: what exceeds it has run away. */
const ITEMS_MAX = 200_000;
const PIECES_MAX = 64;

/** Uses everything the reader has; gives the faults it reported on the way. */
async function exercise(disk: MemoryDisk): Promise<FileSystemError[]> {
  const faults: FileSystemError[] = [];
  const attempt = async (action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error;
      faults.push(error);
    }
  };
  await attempt(async () => {
    const fileSystem = await openExt4(disk);
    await attempt(() => count(fileSystem.usedBlocks(), ITEMS_MAX));
    const entries = await collect(fileSystem.files({ onFault: (fault) => faults.push(fault) }));
    expect(entries.length).toBeLessThan(ITEMS_MAX);
    for (const { inode } of entries) {
      await attempt(() => count(fileSystem.extents(inode), ITEMS_MAX));
      await attempt(() => readSome(fileSystem, inode));
    }
    for (const path of ['/a/b/c/d/deep', '/names/absent', '/pieces']) {
      await attempt(() => fileSystem.lookup(path));
    }
  });
  for (const { offset } of faults) expect(Number.isSafeInteger(offset) && offset >= 0).toBe(true);
  return faults;
}

async function count(items: AsyncIterable<unknown>, max: number): Promise<void> {
  let seen = 0;
  for await (const _ of items) {
    seen += 1;
    if (seen > max) throw new Error(`more than ${max} items`);
  }
}

/** A damaged size may be of terabytes, all holes: the beginning will do. */
async function readSome(fileSystem: Ext4, inode: Parameters<Ext4['readFile']>[0]): Promise<void> {
  let left = PIECES_MAX;
  for await (const _ of fileSystem.readFile(inode)) {
    left -= 1;
    if (left === 0) return;
  }
}

/** Sectors with metadata: what is read without reading content, but for neighbours with content. */
async function metadataOffsets(image: MemoryDisk): Promise<number[]> {
  const sectors = new Set<number>();
  const fileSystem = await openExt4({
    blockBytes: 512,
    blockCount: image.blockCount,
    read: (lba, blocks) => {
      for (let at = lba; at < lba + blocks; at += 1) sectors.add(at * 512);
      return image.read(lba, blocks);
    },
  });
  await count(fileSystem.usedBlocks(), ITEMS_MAX);
  const content = new Set<number>();
  for await (const { inode } of fileSystem.files()) {
    for await (const { diskOffset, byteLength } of fileSystem.extents(inode)) {
      if (inode.type !== 'file') continue;
      for (let at = 0; at < byteLength; at += 512) content.add(diskOffset + at);
    }
  }
  return [...sectors].filter((at) => !content.has(at)
    && image.bytes.subarray(at, at + 512).some((byte) => byte !== 0));
}

const images: readonly { name: string; options: readonly string[] }[] = [
  { name: 'with checksums', options: ['-b', '1024', '-O', 'inline_data', '-N', '512'] },
  { name: 'without checksums',
    options: ['-b', '1024', '-O', 'inline_data,^metadata_csum', '-N', '512'] },
  { name: 'without extents',
    options: ['-b', '1024', '-O', '^extent,^64bit,^metadata_csum', '-N', '512'] },
];

withTools.each(images)(`a damaged file system $name${why}`, ({ name, options }) => {
  let intact: MemoryDisk;
  let offsets: number[];

  beforeAll(async () => {
    const folder = workspace.folder(name);
    makeSmallFolder(folder);
    writeFileSync(join(folder, 'many-pieces'), pieces(600, 1024));
    const path = workspace.image(`${name}.img`, { options, folder, mebibytes: 6 });
    run('e2fsck', ['-fyD', path], [0, 1]);
    intact = MemoryDisk.load(path);
    offsets = await metadataOffsets(intact);
    expect(await exercise(intact)).toEqual([]);
  });

  it('gives values or FileSystemErrors, whatever bytes are wrong', async () => {
    let damaged = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const next = random(seed);
      const disk = new MemoryDisk(intact.bytes.slice());
      for (let flips = 1 + next(20); flips > 0; flips -= 1) {
        const at = offsets[next(offsets.length)]! + next(512);
        disk.bytes[at] = next(4) === 0 ? next(256) : disk.bytes[at]! ^ (1 << next(8));
      }
      const faults = await exercise(disk).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
      if (faults.length > 0) damaged += 1;
    }
    expect(damaged).toBeGreaterThan(20);
  });

  it('gives values or FileSystemErrors when whole sectors are garbage', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const next = random(1000 + seed);
      const disk = new MemoryDisk(intact.bytes.slice());
      for (let sectors = 1 + next(8); sectors > 0; sectors -= 1) {
        const to = offsets[next(offsets.length)]!;
        const from = offsets[next(offsets.length)]!;
        disk.bytes.copyWithin(to, from, from + 512);
      }
      await exercise(disk).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
    }
  });

  it('is refused when the disk is cut short', async () => {
    for (const byteLength of [0, 512, 2048, 65_536, intact.bytes.length - 512]) {
      const faults = await exercise(new MemoryDisk(intact.bytes.slice(0, byteLength)));
      expect(faults).toHaveLength(1);
    }
  });
});

withTools(`checksums${why}`, () => {
  const BLOCK = 1024;
  let intact: MemoryDisk;
  let fileSystem: Ext4;
  let image: string;

  beforeAll(async () => {
    const folder = workspace.folder('checksums');
    makeSmallFolder(folder);
    image = workspace.image('checksums.img', { options: ['-b', '1024'], folder, mebibytes: 8 });
    run('e2fsck', ['-fyD', image], [0, 1]);
    intact = MemoryDisk.load(image);
    fileSystem = await openExt4(intact);
  });

  /** Every bit of some bytes counts: turning one over is noticed, at the place given. */
  async function expectNoticed(first: number, byteLength: number, place: string): Promise<void> {
    const next = random(first);
    for (let trial = 0; trial < 6; trial += 1) {
      const disk = new MemoryDisk(intact.bytes.slice());
      const at = first + next(byteLength);
      disk.bytes[at]! ^= 1 << next(8);
      const messages = (await exercise(disk)).map(({ message }) => message);
      expect(messages.join('\n'), `bit turned at ${at}`).toContain(place);
    }
  }

  it('guard the superblock', () => expectNoticed(1024 + 0x68, 1024 - 0x68, 'superblock'));

  it('guard group descriptors', () => expectNoticed(2 * BLOCK, 64, 'group descriptor 0'));

  it('guard inodes', async () => {
    const { offset } = (await fileSystem.lookup('/odd'))!;
    await expectNoticed(offset, 0x80, 'inode');
    await expectNoticed(offset + 0xa0, 0x60, 'inode');
  });

  it('guard block bitmaps', async () => {
    const [, block] = /Block bitmap at (\d+)/.exec(run('dumpe2fs', [image]))!;
    await expectNoticed(Number(block) * BLOCK, BLOCK, 'block bitmap of group 0');
  });

  it('guard blocks of folders, linear ones and hash trees', async () => {
    const root = debugfsExtents(image, '/')[0]!;
    await expectNoticed(root.physical * BLOCK, BLOCK, 'folder');
    const [top, ...leaves] = debugfsExtents(image, '/names')
      .flatMap(({ physical, count: blocks }) =>
        Array.from({ length: blocks }, (_, n) => physical + n));
    expect(leaves.length).toBeGreaterThan(2);
    await expectNoticed(top! * BLOCK, 40, 'folder');
    await expectNoticed(leaves[0]! * BLOCK, BLOCK, 'folder');
  });

  it('guard extent blocks', async () => {
    const { block } = (await fileSystem.lookup('/pieces'))!;
    const child = new DataView(block.buffer, block.byteOffset).getUint32(12 + 4, true);
    await expectNoticed(child * BLOCK + 12, 80 * 12, 'extent block of inode');
  });
});

withTools(`a file system that runs in circles${why}`, () => {
  /** An image without checksums, changed in memory. */
  async function changed(options: readonly string[], name: string,
    change: (view: DataView, fileSystem: Ext4) => Promise<void>): Promise<Ext4> {
    const folder = workspace.folder(name);
    makeSmallFolder(folder);
    const path = workspace.image(`${name}.img`, { options, folder, mebibytes: 8 });
    const disk = MemoryDisk.load(path);
    await change(new DataView(disk.bytes.buffer), await openExt4(disk));
    return openExt4(disk);
  }
  const noChecksums = ['-b', '1024', '-O', '^metadata_csum'];

  it('has a folder within itself', async () => {
    const fileSystem = await changed(noChecksums, 'loop', async (view, intact) => {
      const outer = (await intact.lookup('/a/b'))!;
      const inner = (await intact.lookup('/a/b/c'))!;
      const [block] = await collect(intact.extents(inner));
      // The third entry is `d`; now it is `/a/b`.
      view.setUint32(block!.diskOffset + 24, outer.number, true);
    });
    const faults: string[] = [];
    const entries = await collect(fileSystem.files({
      onFault: ({ message }, path) => faults.push(`${path}: ${message}`),
    }));
    expect(faults).toEqual([expect.stringMatching(/^\/a\/b\/c\/d: .* has a second name$/)]);
    expect(entries.length).toBeGreaterThan(100);
    await expect(collect(fileSystem.files())).rejects.toThrow('has a second name');
  });

  it('has an extent block under itself', async () => {
    const fileSystem = await changed(noChecksums, 'extents', async (view, intact) => {
      const { block } = (await intact.lookup('/pieces'))!;
      const child = new DataView(block.buffer, block.byteOffset).getUint32(16, true) * 1024;
      view.setUint16(child + 6, 1, true);
      view.setUint32(child + 12 + 4, child / 1024, true);
      view.setUint16(child + 12 + 8, 0, true);
    });
    const inode = (await fileSystem.lookup('/pieces'))!;
    await expect(collect(fileSystem.extents(inode))).rejects.toThrow(FileSystemError);
  });

  it('has an indirect block full of itself', async () => {
    const options = ['-b', '1024', '-O', '^extent,^64bit,^metadata_csum'];
    const fileSystem = await changed(options, 'indirect', async (view, intact) => {
      const inode = (await intact.lookup('/pieces'))!;
      const at = inode.offset + 0x28 + 13 * 4;
      const double = view.getUint32(at, true);
      for (let n = 0; n < 256; n += 1) view.setUint32(double * 1024 + n * 4, double, true);
      view.setUint32(inode.offset + 0x28 + 14 * 4, double, true);
      view.setUint32(inode.offset + 0x04, 0, true);
      view.setUint32(inode.offset + 0x6c, 4, true);
    });
    const inode = (await fileSystem.lookup('/pieces'))!;
    await expect(collect(fileSystem.extents(inode))).rejects.toThrow('names more blocks');
  });

  it('has a file of more blocks than can be counted', async () => {
    const fileSystem = await changed(noChecksums, 'size', async (view, intact) => {
      const { offset } = (await intact.lookup('/odd'))!;
      view.setUint32(offset + 0x6c, 0xffff_ffff, true);
    });
    await expect(fileSystem.lookup('/odd')).rejects.toThrow('has a size of');
  });
});

describe('what is no ext4', () => {
  it('is refused with the place where the magic number is not', async () => {
    const opening = openExt4(new MemoryDisk(new Uint8Array(1_048_576)));
    await expect(opening).rejects.toThrow('Cannot read ext4 at byte 1080: s_magic is 0x0: no ext4');
    await expect(opening).rejects.toMatchObject({ offset: 1080 });
  });

  it('is refused with the names of features that are not known', async () => {
    const bytes = new Uint8Array(1_048_576);
    const view = new DataView(bytes.buffer, 1024);
    view.setUint16(0x38, 0xef53, true);
    view.setUint32(0x4c, 1, true);
    view.setUint32(0x60, 0x8000_1001, true);
    await expect(openExt4(new MemoryDisk(bytes))).rejects
      .toThrow('unsupported features: compression, dirdata, 0x80000000');
  });
});
