import { describe, expect, it } from 'vitest';
import { DiskImage } from '../../src/media/disk-image.ts';
import type { DiskImageOptions } from '../../src/media/disk-image.ts';
import type { Files } from '../../src/ports/files.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { MIB, random, record } from './tape-fixture.ts';

const open = (files: Files, options: DiskImageOptions = {}, path = '/disk.img') =>
  DiskImage.open(files, random, path, options);
const code = (of: string) => expect.objectContaining({ code: of });

describe('DiskImage', () => {
  it('is made when its size is given, and stays the same disk', async () => {
    const files = memoryFiles();
    const disk = await open(files, { byteLength: MIB, blockBytes: 4096 });
    expect(disk).toMatchObject({ blockBytes: 4096, blockCount: 256, byteLength: MIB });
    await disk.write(3, [record(4096, 1), record(4096, 2)]);
    await disk.close();
    const again = await open(files, { byteLength: MIB, blockBytes: 4096 });
    expect(again.identity).toEqual(disk.identity);
    const block = new Uint8Array(4096);
    await again.read(4, block);
    expect(block).toEqual(record(4096, 2));
  });

  it('is made where a crash has left an empty file', async () => {
    const files = memoryFiles();
    await (await files.open('/disk.img', 'create')).close();
    await expect(open(files)).rejects.toEqual(code('invalid'));
    expect((await open(files, { byteLength: MIB })).blockCount).toBe(2048);
  });

  it('is refused if its size is not whole blocks, or not the one given', async () => {
    const files = memoryFiles();
    await expect(open(files)).rejects.toEqual(code('notAMedium'));
    await expect(open(files, { byteLength: 1000 })).rejects.toThrow(/1000 bytes are not/);
    await expect(open(files, { byteLength: MIB, blockBytes: 520 })).rejects.toThrow(/520/);
    expect(await files.exists('/disk.img')).toBe(false);
    const disk = await open(files, { byteLength: 1536 });
    await disk.close();
    await expect(open(files, { blockBytes: 4096 })).rejects.toThrow(/1536 bytes are not/);
    await expect(open(files, { byteLength: MIB })).rejects.toThrow(/it has 1536 bytes/);
    expect((await open(files)).blockCount).toBe(3);
  });

  it('is locked while it is open', async () => {
    const files = memoryFiles();
    const disk = await open(files, { byteLength: MIB });
    await expect(open(files, { readonly: true })).rejects.toEqual(code('inUse'));
    await disk.close();
    await disk.close();
    await (await open(files)).close();
  });

  it('reaches no block that it has not', async () => {
    const disk = await open(memoryFiles(), { byteLength: MIB });
    expect(disk.place(2047, 1).offset).toBe(2047 * 512);
    expect(disk.place(2048, 0).offset).toBe(MIB);
    for (const [lba, count] of [[2047, 2], [-1, 1], [2049, 0], [Number.NaN, 1]]) {
      expect(() => disk.place(lba!, count)).toThrow(RangeError);
    }
    await expect(disk.write(2047, [record(1024, 1)])).rejects.toThrow(RangeError);
    await expect(disk.write(2047, [record(513, 1)])).rejects.toThrow(RangeError);
    await expect(disk.read(0, record(100, 1))).rejects.toThrow(/not whole blocks/);
    await expect(disk.unmap(2000, 49)).rejects.toThrow(RangeError);
  });

  it('leaves the rest of a block that is not written whole', async () => {
    const disk = await open(memoryFiles(), { byteLength: MIB });
    await disk.write(0, [record(1024, 1)]);
    await disk.write(0, [record(512, 2), record(100, 2)]);
    const blocks = record(1024, 0);
    await disk.read(0, blocks);
    expect(blocks).toEqual(Uint8Array.of(...record(612, 2), ...record(412, 1)));
  });

  it('tells mapped blocks from holes, and makes holes', async () => {
    const disk = await open(memoryFiles(), { byteLength: 64 * 1024 });
    expect(await disk.lbaStatus(0)).toEqual({ blockCount: 128, mapped: false });
    await disk.write(16, [record(8192, 1)]);
    expect(await disk.lbaStatus(1)).toEqual({ blockCount: 15, mapped: false });
    expect(await disk.lbaStatus(16)).toEqual({ blockCount: 16, mapped: true });
    await disk.unmap(16, 8);
    expect(await disk.lbaStatus(0)).toEqual({ blockCount: 24, mapped: false });
    const block = record(512, 9);
    await disk.read(17, block);
    expect(block).toEqual(record(512, 0));
  });

  it('is not written when it is opened for reading', async () => {
    const files = memoryFiles();
    await (await open(files, { byteLength: MIB })).close();
    const before = files.operationCount;
    const disk = await open(files, { readonly: true });
    expect(disk.writeProtected).toBe(true);
    await expect(disk.write(0, [record(512, 1)])).rejects.toEqual(code('writeProtected'));
    await expect(disk.unmap(0, 1)).rejects.toEqual(code('writeProtected'));
    await disk.close();
    expect(files.operationCount).toBe(before);
  });

  it('notices that the file was made shorter', async () => {
    const disk = await open(memoryFiles(), { byteLength: MIB });
    await disk.file.truncate(1000);
    await expect(disk.read(1, record(1024, 0))).rejects.toThrow(/Cannot read block 1 /);
  });
});
