import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ext4, openExt4 } from '../../../src/backup/ext4/ext4.ts';
import type { FileEntry } from '../../../src/backup/ext4/walk.ts';
import { encodeName } from '../../../src/backup/ext4/name-text.ts';
import {
  collect, debugfsExtents, FileDisk, freeBlocks, missingTools, run, Workspace,
} from './images.ts';
import { makeSmallFolder, readFolder, type SourceEntry } from './source-folder.ts';

const CHECKSUMS_OFF = '^metadata_csum,^64bit';

const variants: readonly { name: string; options: readonly string[]; mebibytes?: number;
  sectorBytes?: number; hashed?: boolean }[] = [
  { name: 'of 4 KiB blocks', options: ['-b', '4096'], sectorBytes: 4096 },
  { name: 'of 1 KiB blocks', options: ['-b', '1024'], mebibytes: 40 },
  { name: 'of 64 KiB blocks', options: ['-b', '65536'], mebibytes: 64 },
  { name: 'with hashed folders', options: ['-b', '1024'], hashed: true },
  { name: 'with hashed folders, no checksums',
    options: ['-b', '1024', '-O', CHECKSUMS_OFF], hashed: true },
  { name: 'with inline data', options: ['-O', 'inline_data', '-I', '512'] },
  { name: 'with inline data, small inodes', options: ['-b', '1024', '-O', 'inline_data'] },
  { name: 'with bigalloc', options: ['-b', '4096', '-O', 'bigalloc', '-C', '16384'] },
  { name: 'with bigalloc, 1 KiB blocks', options: ['-b', '1024', '-O', 'bigalloc', '-C', '8192'] },
  { name: 'without extents', options: ['-b', '1024', '-O', '^extent,^64bit'] },
  { name: 'with 64bit, without metadata_csum', options: ['-O', '64bit,^metadata_csum'] },
  { name: 'without 64bit', options: ['-O', '^64bit'] },
  { name: 'with uninit_bg',
    options: ['-b', '1024', '-O', `${CHECKSUMS_OFF},uninit_bg`], mebibytes: 40 },
  { name: 'with uninit_bg and 64bit',
    options: ['-b', '1024', '-O', '64bit,^metadata_csum,uninit_bg'], mebibytes: 40 },
  { name: 'with meta_bg and many groups',
    options: ['-b', '1024', '-g', '512', '-O', 'meta_bg,^resize_inode'], mebibytes: 40 },
  { name: 'with sparse_super2', options: ['-b', '1024', '-O', 'sparse_super2'], mebibytes: 40 },
  { name: 'without sparse_super and flex_bg',
    options: ['-b', '1024', '-O', '^sparse_super,^flex_bg,^resize_inode'], mebibytes: 40 },
  { name: 'with a checksum seed and inodes of 128 bytes',
    options: ['-O', 'metadata_csum_seed', '-I', '128'] },
  { name: 'with casefold and encrypt', options: ['-O', 'casefold,encrypt'] },
  { name: 'that is ext3', options: ['-t', 'ext3', '-b', '1024'] },
  { name: 'that is ext2 of revision 0', options: ['-t', 'ext2', '-r', '0'] },
];

const workspace = new Workspace();
let source: Map<string, SourceEntry>;
let folder: string;

beforeAll(() => {
  folder = workspace.folder('source');
  makeSmallFolder(folder);
  source = readFolder(folder);
});

afterAll(() => workspace.remove());

const why = missingTools === undefined ? '' : `, skipped: ${missingTools}`;

const withTools = describe.skipIf(missingTools !== undefined);
withTools.each(variants)(`a file system $name${why}`, (variant) => {
  let image: string;
  let disk: FileDisk;
  let fileSystem: Ext4;
  let entries: FileEntry[];

  beforeAll(async () => {
    image = workspace.image(variant.name, { ...variant, folder });
    if (variant.hashed === true) run('e2fsck', ['-fyD', image], [0, 1]);
    disk = await FileDisk.open(image, variant.sectorBytes);
    fileSystem = await openExt4(disk);
    entries = (await collect(fileSystem.files()))
      .filter(({ path }) => path !== '/' && path !== '/lost+found');
  });

  afterAll(() => disk.close());

  it('has the names and attributes of the source folder', () => {
    const found = entries.map((entry) => [asLatin1(entry.path), attributes(entry)] as const);
    expect(new Map(found)).toEqual(new Map([...source].map(([path, { content, ...rest }]) =>
      [path, rest])));
  });

  it('gives hard links one inode', () => {
    const names = entries.filter(({ inode }) => inode.type === 'file' && inode.linkCount > 1);
    expect(names.map(({ path }) => path).sort()).toEqual(['/hard link', '/odd']);
    expect(new Set(names.map(({ inode }) => inode.number)).size).toBe(1);
  });

  it('reads the content of every file', async () => {
    for (const { path, inode } of entries) {
      const expected = source.get(asLatin1(path))?.content;
      if (expected === undefined) continue;
      const content = Buffer.concat(await collect(fileSystem.readFile(inode)));
      expect(content.equals(expected), path).toBe(true);
    }
  });

  it('finds inodes by their paths', async () => {
    for (const path of ['/', '/a/b/c/d/deep', '/names', '/fast', '/größe-日本語-🎞', '/hard link']) {
      const inode = await fileSystem.lookup(path);
      expect(inode?.number, path)
        .toBe(path === '/' ? 2 : entries.find((entry) => entry.path === path)?.inode.number);
    }
    for (const path of ['/absent', '/a/b/c/absent', '/tiny/x', '/fast/x', '/a/../tiny', '//', '']) {
      expect(await fileSystem.lookup(path), path).toBeUndefined();
    }
  });

  it('maps files to the blocks that debugfs names', async () => {
    const { blockBytes } = fileSystem.superblock;
    for (const path of ['/pieces', '/odd', '/names', '/slow', '/fast', '/empty', '/tiny']) {
      const inode = (await fileSystem.lookup(path))!;
      const extents = await collect(fileSystem.extents(inode));
      const blocks = extents.flatMap(({ logicalOffset, diskOffset, byteLength }) =>
        Array.from({ length: byteLength / blockBytes }, (_, n) =>
          [logicalOffset / blockBytes + n, diskOffset / blockBytes + n]));
      const expected = debugfsExtents(image, path).flatMap(({ logical, physical, count }) =>
        Array.from({ length: count }, (_, n) => [logical + n, physical + n]));
      expect(blocks, path).toEqual(expected);
    }
  });

  it('uses the blocks that dumpe2fs does not call free', async () => {
    const { blockBytes, blockCount, clusterBlocks } = fileSystem.superblock;
    const map = new Uint8Array(blockCount);
    let end = -1;
    for await (const { offset, byteLength } of fileSystem.usedBlocks()) {
      expect(offset).toBeGreaterThan(end);
      end = offset + byteLength;
      map.fill(1, offset / blockBytes, end / blockBytes);
    }
    const expected = new Uint8Array(blockCount).fill(1);
    for (const [first, last] of freeBlocks(image, clusterBlocks)) expected.fill(0, first, last + 1);
    expect(Buffer.from(map).equals(expected)).toBe(true);
    expect(map.reduce((sum, used) => sum + used, 0))
      .toBe(blockCount - fileSystem.superblock.freeBlockCount);
  });
});

const asLatin1 = (path: string): string => Buffer.from(encodeName(path)).toString('latin1');

/** In the shape of the source folder's entries; a folder's size is the file system's own affair. */
function attributes({ inode, symlinkTarget }: FileEntry): SourceEntry {
  const { type, mode, uid, gid, linkCount, size } = inode;
  return {
    type, mode, uid, gid, linkCount,
    mtimeSeconds: Number(inode.mtimeNs / 1_000_000_000n),
    ...(type === 'file' || type === 'symlink' ? { size } : {}),
    ...(symlinkTarget === undefined ? {} : { symlinkTarget }),
  };
}
