/** File systems that Linux itself has written: hash trees, inline folders, a busy journal. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openExt4 } from '../../../src/backup/ext4/ext4.ts';
import { encodeName } from '../../../src/backup/ext4/name-text.ts';
import { collect, debugfs, FileDisk, freeBlocks, missingTools, run, Workspace } from './images.ts';
import { makeSmallFolder, pattern, readFolder, type SourceEntry } from './source-folder.ts';

/** Why no image can be mounted here: it takes root and loop devices. */
const reason = missingTools ?? (process.getuid?.() === 0 ? mountFault() : 'only root may mount');
const withMount = describe.skipIf(reason !== undefined);
const why = reason === undefined ? '' : `, skipped: ${reason}`;

function mountFault(): string | undefined {
  const workspace = new Workspace();
  try {
    const folder = workspace.folder('mounted');
    run('mount', ['-o', 'loop', workspace.image('probe.img', {}), folder]);
    run('umount', [folder]);
    return undefined;
  } catch {
    return 'no image can be mounted';
  } finally {
    workspace.remove();
  }
}

withMount.each([
  { name: 'of 4 KiB blocks', options: ['-b', '4096'] },
  { name: 'with inline data', options: ['-b', '1024', '-O', 'inline_data'] },
  { name: 'that is ext3', options: ['-b', '1024', '-t', 'ext3', '-O', 'dir_index'] },
])(`a file system $name that Linux wrote${why}`, ({ name, options }) => {
  const workspace = new Workspace();
  let image: string;
  let busy: string;
  let source: Map<string, SourceEntry>;
  const disks: FileDisk[] = [];

  beforeAll(() => {
    image = workspace.image(`${name}.img`, { options, mebibytes: 48 });
    busy = join(workspace.path, 'busy.img');
    const folder = workspace.folder('mounted');
    run('mount', ['-o', 'loop', image, folder]);
    try {
      fill(folder);
      run('sync', ['-f', folder]);
      copyFileSync(image, busy);
      source = readFolder(folder);
    } finally {
      run('umount', [folder]);
    }
  });

  afterAll(async () => {
    for (const disk of disks) await disk.close();
    workspace.remove();
  });

  async function open(path: string): ReturnType<typeof openExt4> {
    const disk = await FileDisk.open(path);
    disks.push(disk);
    return openExt4(disk);
  }

  it('has the names and the content that were written', async () => {
    const fileSystem = await open(image);
    expect(fileSystem.needsRecovery).toBe(false);
    expect(debugfs(image, 'htree_dump /many')).toContain('Root node');
    const found = new Map<string, SourceEntry>();
    for (const { path, inode, symlinkTarget } of await collect(fileSystem.files())) {
      if (path === '/') continue;
      const { type, mode, uid, gid, linkCount, size } = inode;
      const isFile = type === 'file';
      found.set(Buffer.from(encodeName(path)).toString('latin1'), {
        type, mode, uid, gid, linkCount, mtimeSeconds: Number(inode.mtimeNs / 1_000_000_000n),
        ...(isFile || type === 'symlink' ? { size } : {}),
        ...(symlinkTarget === undefined ? {} : { symlinkTarget }),
      });
      if (!isFile) continue;
      const expected = source.get(Buffer.from(encodeName(path)).toString('latin1'))!.content!;
      const content = Buffer.concat(await collect(fileSystem.readFile(inode)));
      expect(content.equals(expected), path).toBe(true);
    }
    expect(found).toEqual(new Map([...source].map(([path, { content, ...rest }]) => [path, rest])));
  });

  it('uses the blocks that dumpe2fs does not call free', async () => {
    const fileSystem = await open(image);
    const { blockBytes, blockCount } = fileSystem.superblock;
    const map = new Uint8Array(blockCount);
    for await (const { offset, byteLength } of fileSystem.usedBlocks()) {
      map.fill(1, offset / blockBytes, (offset + byteLength) / blockBytes);
    }
    const expected = new Uint8Array(blockCount).fill(1);
    for (const [first, last] of freeBlocks(image, 1)) expected.fill(0, first, last + 1);
    expect(Buffer.from(map).equals(expected)).toBe(true);
  });

  it('wants recovery when it was copied while mounted', async () => {
    expect((await open(busy)).needsRecovery).toBe(true);
  });
});

/** Grows and shrinks what mkfs would write in one go. */
function fill(root: string): void {
  makeSmallFolder(root);
  const many = join(root, 'many');
  mkdirSync(many);
  const nameOf = (n: number): string => join(many, `a rather long name, number ${n}`);
  for (let n = 0; n < 2500; n += 1) writeFileSync(nameOf(n), '');
  for (let n = 0; n < 2500; n += 3) rmSync(nameOf(n));
  mkdirSync(join(root, 'growing'));
  for (let n = 0; n < 9; n += 1) {
    mkdirSync(join(root, 'growing', `${n}`));
    for (let m = 0; m < n; m += 1) writeFileSync(join(root, 'growing', `${n}`, `${m}-name`), 'x');
  }
  for (let n = 0; n < 200; n += 20) writeFileSync(join(root, `size ${n}`), pattern(n, n));
  const allocated = join(root, 'allocated');
  writeFileSync(allocated, pattern(100_000, 5));
  // ext3 has no unwritten extents and refuses.
  run('fallocate', ['-l', '500000', allocated], [0, 1]);
  run('fallocate', ['-p', '-o', '20480', '-l', '40960', allocated], [0, 1]);
  run('fallocate', ['-n', '-o', '500000', '-l', '300000', allocated], [0, 1]);
  run('truncate', ['-s', '700000', allocated]);
  run('mknod', [join(root, 'character'), 'c', '300', '70000']);
}
