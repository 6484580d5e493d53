/** What a plain copy of a folder does not have: made by commands of debugfs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ext4, openExt4 } from '../../../src/backup/ext4/ext4.ts';
import type { Inode } from '../../../src/backup/ext4/inode.ts';
import {
  collect, debugfs, debugfsExtents, FileDisk, missingTools, run, Workspace,
} from './images.ts';
import { pattern, pieces } from './source-folder.ts';

const workspace = new Workspace();
const disks: FileDisk[] = [];
const why = missingTools === undefined ? '' : `, skipped: ${missingTools}`;
const withTools = describe.skipIf(missingTools !== undefined);

afterAll(async () => {
  for (const disk of disks) await disk.close();
  workspace.remove();
});

async function openDisk(image: string): Promise<{ disk: FileDisk; fileSystem: Ext4 }> {
  const disk = await FileDisk.open(image);
  disks.push(disk);
  return { disk, fileSystem: await openExt4(disk) };
}

async function contentOf(fileSystem: Ext4, inode: Inode): Promise<Buffer> {
  return Buffer.concat(await collect(fileSystem.readFile(inode)));
}

withTools(`special files${why}`, () => {
  let image: string;
  let fileSystem: Ext4;
  const inodeOf = async (path: string): Promise<Inode> => (await fileSystem.lookup(path))!;

  beforeAll(async () => {
    const folder = workspace.folder('special');
    const names = ['old', 'new', 'future', 'long', 'tail', 'unwritten', 'grown', 'encrypted'];
    for (const name of names) {
      writeFileSync(join(folder, name), pattern(5000, name.length));
    }
    image = workspace.image('special.img', {
      folder,
      options: ['-b', '1024'],
      debugfs: [
        'mknod console c 5 1', 'mknod disk b 8 17', 'mknod wide c 1 1',
        'sif wide block[0] 0', 'sif wide block[1] 0x11112c70',
        'sif old mtime @0xffffffff', 'sif old mtime_extra 0',
        'sif new mtime @1700000000', 'sif new mtime_extra 0x1d6f3454',
        'sif new uid 0x12345678', 'sif new gid 0x9abcdef0',
        'sif future mtime @0x00000005', 'sif future mtime_extra 1',
        'sif long size 0x100000000', 'sif tail size 3000000',
        'fallocate unwritten 2 120', 'sif unwritten size 100000',
        'fallocate grown 0 300',
        'sif encrypted flags 0x80800',
      ],
    });
    ({ fileSystem } = await openDisk(image));
  });

  it('have device numbers', async () => {
    expect((await inodeOf('/console')).device).toEqual({ major: 5, minor: 1 });
    expect((await inodeOf('/disk')).device).toEqual({ major: 8, minor: 17 });
    expect((await inodeOf('/wide')).device).toEqual({ major: 300, minor: 70_000 });
    expect((await inodeOf('/disk')).type).toBe('blockDevice');
  });

  it('have times before 1970, with nanoseconds, and after 2038', async () => {
    expect((await inodeOf('/old')).mtimeNs).toBe(-1_000_000_000n);
    expect((await inodeOf('/new')).mtimeNs).toBe(1_700_000_000_123_456_789n);
    expect((await inodeOf('/future')).mtimeNs).toBe(0x1_0000_0005n * 1_000_000_000n);
  });

  it('have users and groups of 32 bits', async () => {
    expect(await inodeOf('/new')).toMatchObject({ uid: 0x12345678, gid: 0x9abcdef0 });
  });

  it('have sizes above 4 GiB', async () => {
    const inode = await inodeOf('/long');
    expect(inode.size).toBe(0x1_0000_0000);
    expect(await collect(fileSystem.extents(inode))).toHaveLength(1);
  });

  it('read as zeros up to their size behind the last extent', async () => {
    const expected = new Uint8Array(3_000_000);
    expected.set(pattern(5000, 4));
    const content = await contentOf(fileSystem, await inodeOf('/tail'));
    expect(content.equals(expected)).toBe(true);
  });

  it('read as zeros where extents are unwritten', async () => {
    const inode = await inodeOf('/unwritten');
    const extents = await collect(fileSystem.extents(inode));
    const expectedExtents = debugfsExtents(image, '/unwritten');
    expect(expectedExtents.map(({ unwritten }) => unwritten)).toEqual([false, true]);
    expect(extents).toMatchObject([
      { logicalOffset: 0, byteLength: 5 * 1024, unwritten: false },
      { logicalOffset: 5 * 1024, byteLength: 93 * 1024, unwritten: true,
        diskOffset: expectedExtents[1]!.physical * 1024 },
    ]);
    const expected = new Uint8Array(100_000);
    expected.set(pattern(5000, 'unwritten'.length));
    expect((await contentOf(fileSystem, inode)).equals(expected)).toBe(true);
  });

  it('keep to their size when more is allocated', async () => {
    const inode = await inodeOf('/grown');
    const extents = await collect(fileSystem.extents(inode));
    const { blockBytes } = fileSystem.superblock;
    expect(extents.reduce((sum, { byteLength }) => sum + byteLength, 0))
      .toBe(Math.ceil(5000 / blockBytes) * blockBytes);
    expect((await contentOf(fileSystem, inode)).equals(pattern(5000, 5))).toBe(true);
  });

  it('are marked when encrypted, and not read', async () => {
    const inode = await inodeOf('/encrypted');
    expect(inode.encrypted).toBe(true);
    await expect(contentOf(fileSystem, inode)).rejects.toThrow('is encrypted');
  });

  it('find their inline data among other attributes', async () => {
    const folder = workspace.folder('attributes');
    writeFileSync(join(folder, 'noted'), pattern(150, 1));
    const path = workspace.image('attributes.img', {
      folder, options: ['-O', 'inline_data', '-I', '512'],
      debugfs: ['ea_set noted user.note short', `ea_set noted user.long ${'long'.repeat(20)}`],
    });
    expect(debugfs(path, 'ea_list noted')).toContain('user.note');
    const { fileSystem: other } = await openDisk(path);
    const inode = (await other.lookup('/noted'))!;
    expect(inode.inline).toBe(true);
    expect(Buffer.from(other.inlineData(inode)!).equals(pattern(150, 1))).toBe(true);
    expect(await collect(other.extents(inode))).toEqual([]);
  });

  it('are not there any more once unlinked', async () => {
    const path = workspace.image('unlinked.img', {
      folder: join(workspace.path, 'special'), debugfs: ['rm old', 'unlink new', 'rm unwritten'],
    });
    const { fileSystem: other } = await openDisk(path);
    const names = (await collect(other.files())).map((entry) => entry.path);
    expect(names.sort()).toEqual(
      ['/', '/encrypted', '/future', '/grown', '/long', '/lost+found', '/tail']);
  });
});

withTools(`a large file system${why}`, () => {
  const NAMES = 1500;
  const PIECES = 2500;
  const content = pieces(PIECES, 1024);

  function build(name: string, options: readonly string[]): string {
    const folder = workspace.folder(name);
    const many = workspace.folder(`${name}/many`);
    for (let n = 0; n < NAMES; n += 1) writeFileSync(join(many, `${n}${'-long'.repeat(22)}`), '');
    writeFileSync(join(folder, 'pieces'), content);
    const path = workspace.image(`${name}.img`, { folder, options, mebibytes: 24 });
    run('e2fsck', ['-fyD', path], [0, 1]);
    return path;
  }

  it('has extents several levels deep and a hash tree of two levels', async () => {
    const path = build('extents', ['-b', '1024', '-N', '1600']);
    expect(debugfs(path, 'dump_extents -n /pieces')).toMatch(/^ 1\/ 2/m);
    expect(debugfs(path, 'htree_dump /many')).toContain('Indirect levels: 1');
    const { fileSystem, disk } = await openDisk(path);
    const paths = (await collect(fileSystem.files())).map((entry) => entry.path);
    expect(new Set(paths.filter((name) => name.startsWith('/many/'))).size).toBe(NAMES);
    expect(disk.readCount).toBeLessThan(40);
    const inode = (await fileSystem.lookup('/pieces'))!;
    expect(await collect(fileSystem.extents(inode))).toHaveLength(PIECES);
    expect((await contentOf(fileSystem, inode)).equals(content)).toBe(true);
    expect(disk.readCount).toBeLessThan(PIECES + 80);
  });

  it('has indirect blocks of two levels', async () => {
    const path = build('indirect', ['-b', '1024', '-N', '1600', '-O', '^extent,^64bit']);
    const { fileSystem, disk } = await openDisk(path);
    expect((await collect(fileSystem.files())).length).toBe(NAMES + 4);
    const before = disk.readCount;
    const inode = (await fileSystem.lookup('/pieces'))!;
    expect(await collect(fileSystem.extents(inode))).toHaveLength(PIECES);
    expect(disk.readCount - before).toBeLessThan(40);
    expect((await contentOf(fileSystem, inode)).equals(content)).toBe(true);
  });

  it('has indirect blocks of three levels', async () => {
    const far = 1024 * (12 + 256 + 256 * 256 + 5);
    const folder = workspace.folder('far');
    const bytes = new Uint8Array(far + 3000);
    bytes.set(pattern(3000, 9), far);
    writeFileSync(join(folder, 'far'), bytes);
    const path = workspace.image('far.img', { folder, options: ['-b', '1024', '-t', 'ext2'] });
    const { fileSystem } = await openDisk(path);
    const inode = (await fileSystem.lookup('/far'))!;
    const extents = await collect(fileSystem.extents(inode));
    expect(extents[0]).toMatchObject({ logicalOffset: far });
    expect((await contentOf(fileSystem, inode)).equals(bytes)).toBe(true);
  });
});

withTools(`opening${why}`, () => {
  it('shows that the journal wants recovery, and reads on', async () => {
    const path = workspace.image('recover.img', { debugfs: ['feature needs_recovery'] });
    const { fileSystem } = await openDisk(path);
    expect(fileSystem.needsRecovery).toBe(true);
    expect((await collect(fileSystem.files())).map((entry) => entry.path))
      .toEqual(['/', '/lost+found']);
  });

  it('tells label and identity', async () => {
    const path = workspace.image('label.img', {
      options: ['-L', 'a volume', '-U', '00112233-4455-6677-8899-aabbccddeeff'] });
    const { fileSystem } = await openDisk(path);
    expect(fileSystem.needsRecovery).toBe(false);
    expect(fileSystem.superblock).toMatchObject({ label: 'a volume', clean: true });
    expect(Buffer.from(fileSystem.superblock.uuid).toString('hex'))
      .toBe('00112233445566778899aabbccddeeff');
  });

  it('refuses a journal device by the feature it has', async () => {
    const path = workspace.image('journal.img', { options: ['-O', 'journal_dev'] });
    await expect(openDisk(path)).rejects.toThrow('unsupported features: journal_dev');
  });
});
