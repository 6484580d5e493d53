import {
  existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync,
  statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openExt4 } from '../../../src/backup/ext4/ext4.ts';
import type { Inode } from '../../../src/backup/ext4/inode.ts';
import { restoreInPlace } from '../../../src/backup/jobs/restore-in-place.ts';
import { restoreToFolder } from '../../../src/backup/jobs/restore-to-folder.ts';
import { MOVERS } from '../../../src/backup/movers/mover.ts';
import { NodeFolderWriter } from '../../../src/io/folder-writer.ts';
import { ext4Image, noMkfs } from '../support/ext4-image.ts';
import type { FakeDisk } from '../support/fake-devices.ts';
import { CONTENT, fillFolder, jobWorld, type JobWorld, SPARSE_SIZE } from '../support/job-world.ts';
import { patternBytes } from '../support/world.ts';

const sourceOf = (disk: FakeDisk) => ({
  blockBytes: disk.blockBytes, blockCount: disk.bytes.length / disk.blockBytes,
  read: async (lba: number, count: number) => disk.readBlocks(lba, count),
});

async function contentOf(disk: FakeDisk, path: string): Promise<Uint8Array> {
  const volume = await openExt4(sourceOf(disk));
  const inode = (await volume.lookup(path)) as Inode; // the test put it there
  const parts: Uint8Array[] = [];
  for await (const part of volume.readFile(inode)) parts.push(part);
  return Buffer.concat(parts);
}

async function damage(disk: FakeDisk, path: string): Promise<void> {
  const volume = await openExt4(sourceOf(disk));
  const inode = (await volume.lookup(path)) as Inode; // the test put it there
  for await (const { diskOffset, byteLength } of volume.extents(inode)) {
    disk.bytes.fill(0xee, diskOffset, diskOffset + byteLength);
  }
}

/** A comparison that does not take seconds over a megabyte. */
const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const inPlace = (w: JobWorld, set: string, path: string, mover: 'xcopy' | 'host' = 'xcopy') =>
  restoreInPlace(w.context, {
    disk: w.source, tape: w.tapeUnit, catalog: w.catalog, set, path, mover });

describe.skipIf(noMkfs)('restoreInPlace', () => {
  it.each(MOVERS)('by %s restores one file, and nothing else', async (mover) => {
    const w = jobWorld();
    const { set } = await w.backUp(mover);
    const original = w.disk.bytes.slice();
    await damage(w.disk, '/docs/plain');
    await damage(w.disk, '/top');
    const report = await inPlace(w, set, '/docs/plain', mover);
    expect(report.fileCount).toBe(1);
    expect(isEqual(await contentOf(w.disk, '/docs/plain'), CONTENT['/docs/plain'])).toBe(true);
    expect(isEqual(await contentOf(w.disk, '/top'), CONTENT['/top'])).toBe(false);
    await inPlace(w, set, '/', mover);
    expect(isEqual(w.disk.bytes, original)).toBe(true);
  });

  it('sends no data through the client', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    const report = await inPlace(w, set, '/docs');
    expect(report.client.dataBytes).toBe(0);
    expect(report.copyManagerBytes).toBe(report.dataBytes);
    expect(report.dataBytes).toBeGreaterThan(190_000);
  });

  it('follows a file to the blocks it has now', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    // A file system made anew, with other files before these, has them in other places.
    w.disk.bytes = ext4Image(24 << 20, (folder) => {
      writeFileSync(join(folder, 'another'), patternBytes(1_000_000, 77));
      fillFolder(folder);
      for (const path of Object.keys(CONTENT)) {
        writeFileSync(join(folder, path), new Uint8Array(statSync(join(folder, path)).size));
      }
      // Content, not a hole: mkfs leaves out blocks of zeros.
      for (const [path, { length }] of Object.entries(CONTENT)) {
        writeFileSync(join(folder, path), new Uint8Array(length).fill(1));
      }
    }, ['-b', '1024']);
    const other = await contentOf(w.disk, '/another');
    await inPlace(w, set, '/docs/plain');
    await inPlace(w, set, '/docs/deep/er/small');
    await inPlace(w, set, '/top');
    expect(isEqual(await contentOf(w.disk, '/docs/plain'), CONTENT['/docs/plain'])).toBe(true);
    expect(isEqual(await contentOf(w.disk, '/docs/deep/er/small'),
      CONTENT['/docs/deep/er/small'])).toBe(true);
    expect(isEqual(await contentOf(w.disk, '/top'), CONTENT['/top'])).toBe(true);
    expect(isEqual(await contentOf(w.disk, '/another'), other)).toBe(true);
  });

  const changed = (fill: (folder: string) => void, options: string[] = []): Uint8Array =>
    ext4Image(24 << 20, (folder) => {
      fillFolder(folder);
      fill(folder);
    }, options);

  it.each([
    ['is missing', /not there any more/, '/docs/plain',
      (folder: string) => rmSync(join(folder, 'docs/plain'))],
    ['is shorter', /has 10 bytes now, it had 123457/, '/docs/plain',
      (folder: string) => writeFileSync(join(folder, 'docs/plain'), 'ten bytes!')],
    ['is a folder now', /is a folder now/, '/docs/plain', (folder: string) => {
      rmSync(join(folder, 'docs/plain'));
      mkdirSync(join(folder, 'docs/plain'));
    }],
    ['has a hole where it had content', /from 0 on are a hole now/, '/docs/plain',
      (folder: string) => writeFileSync(join(folder, 'docs/plain'), new Uint8Array(123_457))],
    ['has content where it had a hole', /were a hole and are none now/, '/docs/sparse',
      (folder: string) => writeFileSync(join(folder, 'docs/sparse'), patternBytes(SPARSE_SIZE))],
    ['is one of several, another of which is missing', /\/docs\/empty .*not there/, '/docs',
      (folder: string) => rmSync(join(folder, 'docs/empty'))],
  ])('refuses a file that %s, and writes nothing', async (_, why, path, fill) => {
    const w = jobWorld();
    const { set } = await w.backUp();
    w.disk.bytes = changed(fill);
    const before = w.disk.bytes.slice();
    w.source.opcodes.length = 0;
    w.tapeUnit.opcodes.length = 0;
    await expect(inPlace(w, set, path)).rejects.toThrow(why);
    expect(isEqual(w.disk.bytes, before)).toBe(true);
    expect([...w.source.opcodes, ...w.tapeUnit.opcodes]).not.toContain(0x83);
  });

  it('refuses content that lies in the inode, then or now', async () => {
    const inline = ['-O', 'inline_data', '-I', '256'];
    const w = jobWorld({}, changed(() => {}, inline));
    const { set } = await w.backUp();
    await expect(inPlace(w, set, '/docs/deep/er/small')).rejects.toThrow(/was in its inode/);
    const plain = jobWorld();
    const report = await plain.backUp();
    plain.disk.bytes = changed(() => {}, inline);
    await expect(inPlace(plain, report.set, '/docs/deep/er/small'))
      .rejects.toThrow(/is in its inode now/);
  });

  it('refuses while the journal wants recovery', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    // The flag alone, as a mounted file system has it. It is behind no checksum without one.
    w.disk.bytes = changed(() => {}, ['-O', '^metadata_csum']);
    w.disk.bytes[1024 + 0x60]! |= 0x04;
    await expect(inPlace(w, set, '/docs/plain')).rejects.toThrow(/journal.*wants recovery/);
  });

  it('leaves what a file has become longer by, and says so', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    const longer = patternBytes(400_000, 8);
    w.disk.bytes = changed((folder) => writeFileSync(join(folder, 'docs/plain'), longer));
    const report = await inPlace(w, set, '/docs/plain');
    expect(report.notes.join()).toMatch(/longer now; its bytes from 123457 on stay/);
    const content = await contentOf(w.disk, '/docs/plain');
    expect(isEqual(content.subarray(0, 123_457), CONTENT['/docs/plain'])).toBe(true);
    expect(isEqual(content.subarray(126_976), longer.subarray(126_976))).toBe(true);
  });

  it('says what to do when there is no such file, or the set lists none', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    await expect(inPlace(w, set, '/docs/none')).rejects.toThrow(/no such file or folder/);
    const raw = jobWorld({}, patternBytes(1 << 20));
    const bare = await raw.backUp();
    await expect(inPlace(raw, bare.set, '/docs')).rejects.toThrow(/restored as a whole/);
  });
});

describe.skipIf(noMkfs)('restoreToFolder', () => {
  let place: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'serverfree-restore-'));
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  const toFolder = (w: JobWorld, set: string, path?: string) => restoreToFolder(w.context, {
    tape: w.tapeUnit, catalog: w.catalog, set, folder: new NodeFolderWriter(place),
    ...(path === undefined ? {} : { path }) });

  it('makes files, folders, links, holes, modes and times as they were', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    w.disk.bytes = new Uint8Array(w.disk.bytes.length); // it is read from the tape alone
    const report = await toFolder(w, set);
    for (const [path, bytes] of Object.entries(CONTENT)) {
      expect(isEqual(readFileSync(join(place, path)), bytes)).toBe(true);
    }
    const plain = statSync(join(place, 'docs/plain'));
    expect(plain.mode & 0o7777).toBe(0o640);
    expect(plain.mtimeMs).toBe(1_100_000_000_000); // mkfs keeps whole seconds
    expect(plain.ino).toBe(statSync(join(place, 'docs/plain too')).ino);
    const deep = statSync(join(place, 'docs/deep'));
    expect([deep.mode & 0o7777, deep.mtimeMs]).toEqual([0o750, 1_100_000_001_000]);
    expect(readlinkSync(join(place, 'docs/link'))).toBe('deep/er/small');
    expect(statSync(join(place, 'docs/empty')).size).toBe(0);
    const sparse = statSync(join(place, 'docs/sparse'));
    expect(sparse.size).toBe(SPARSE_SIZE);
    expect(sparse.blocks * 512).toBeLessThan(100_000);
    const content = readFileSync(join(place, 'docs/sparse'));
    expect(isEqual(content.subarray(0, 5000), patternBytes(5000, 5))).toBe(true);
    expect(report.client.dataBytes).toBeGreaterThan(report.dataBytes);
    expect(report.copyManagerBytes).toBe(0);
    expect(report.fileCount).toBe(w.catalog.findSet(set)!.trailer!.fileCount - 1); // no root
  });

  it('makes a file or a folder by its own name', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    await toFolder(w, set, '/docs/deep');
    await toFolder(w, set, '/docs/plain');
    expect(readdirSync(place).sort()).toEqual(['deep', 'plain']);
    expect(isEqual(readFileSync(join(place, 'deep/er/small')),
      CONTENT['/docs/deep/er/small'])).toBe(true);
  });

  it('makes an image of a volume that lists no files', async () => {
    const w = jobWorld({}, patternBytes((1 << 20) + 512, 6));
    const { set } = await w.backUp();
    await toFolder(w, set);
    expect(isEqual(readFileSync(join(place, `${set}.img`)), w.disk.bytes)).toBe(true);
  });

  it('overwrites nothing', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    writeFileSync(join(place, 'top'), 'mine');
    await expect(toFolder(w, set, '/top')).rejects.toThrow(/top.*EEXIST/);
    expect(readFileSync(join(place, 'top'), 'utf8')).toBe('mine');
  });

  it('writes through no link that is there', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    const elsewhere = mkdtempSync(join(place, 'elsewhere-'));
    symlinkSync(elsewhere, join(place, 'docs'));
    await expect(toFolder(w, set, '/docs')).rejects.toThrow(/docs.*EEXIST/);
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(lstatSync(join(place, 'docs')).isSymbolicLink()).toBe(true);
  });

  it('refuses names that lead elsewhere, as a forged tape may have', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    const { number } = w.catalog.findSet(set)!;
    const inode = w.catalog.lookup(number, '/docs/plain')!.number;
    const writer = w.catalog.writer(number);
    writer.add({ kind: 'name', folder: 2, name: '../escaped', inode });
    writer.flush();
    await expect(toFolder(w, set)).rejects.toThrow(/is no name/);
    expect(existsSync(join(place, '../escaped'))).toBe(false);
  });
});
