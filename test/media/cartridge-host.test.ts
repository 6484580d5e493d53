import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeFiles } from '../../src/io/files.ts';
import { Cartridge } from '../../src/media/cartridge.ts';
import { checkCartridge } from '../../src/media/check.ts';
import { DiskImage } from '../../src/media/disk-image.ts';
import { MIB, random, readObject, record, writeRecords } from './tape-fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bytes that a file takes of the disk. */
const spaceOf = async (path: string): Promise<number> => (await stat(path)).blocks * 512;

describe('on the host\'s file system', () => {
  it('a cartridge gives back what is cut off, and what was reserved ahead', async () => {
    const files = new NodeFiles();
    const tapes = join(folder, 'tapes', 'one');
    const data = join(tapes, 'data');
    await Cartridge.create(files, random, tapes, { barcode: 'A', capacityBytes: 64 * MIB });
    const tape = await Cartridge.open(files, random, tapes);
    await writeRecords(tape, [record(MIB, 1), record(MIB, 2), record(MIB, 3)], { crc: true });
    await tape.sync();
    expect((await stat(data)).size).toBe(64 * MIB);
    await tape.truncate(1);
    expect(await spaceOf(data)).toBeLessThan(2 * MIB);
    await writeRecords(tape, [record(5000, 4)], { crc: true });
    await expect(Cartridge.open(new NodeFiles(), random, tapes))
      .rejects.toMatchObject({ code: 'inUse' });
    await tape.close();
    expect((await stat(data)).size).toBe(MIB + 5000);
    const again = await Cartridge.open(files, random, tapes);
    expect(await readObject(again, 1)).toEqual(record(5000, 4));
    const report = await checkCartridge(again, { scrub: true });
    expect(report).toMatchObject({ problems: [], coverage: 1 });
    await again.close();
  });

  it('a disk image is sparse, and keeps its identity', async () => {
    const path = join(folder, 'disk.img');
    const first = await DiskImage.open(new NodeFiles(), random, path, { byteLength: 1024 * MIB });
    await first.write(2048, [record(MIB, 1)]);
    await first.close();
    expect(await spaceOf(path)).toBeLessThan(4 * MIB);
    const again = await DiskImage.open(new NodeFiles(), random, path);
    expect(again.identity).toEqual(first.identity);
    await again.close();
  });
});
