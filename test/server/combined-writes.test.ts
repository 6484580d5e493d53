/** ORWRITE and WRITE ATOMIC. */
import { describe, expect, it } from 'vitest';
import { writeU32, writeU64 } from '../../src/bytes/big-endian.ts';
import type { DiskUnit } from '../../src/server/disk.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { type Answer, type DiskFixture, makeDisk, meet, send, told } from './device-fixture.ts';
import { FileWatch, watchedFiles } from './watched-files.ts';

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const pointer = (answer: Answer): string => hex(answer.rawSense!.subarray(15, 18));
const filled = (byteLength: number, value: number): Uint8Array =>
  new Uint8Array(byteLength).fill(value);

async function ready(options: DiskFixture = {}): Promise<DiskUnit> {
  const disk = await makeDisk(options);
  await meet(disk);
  return disk;
}

function long(opcode: number, flags: number, lba: bigint | number, count: number): Uint8Array {
  const cdb = new Uint8Array(16);
  cdb.set([opcode, flags]);
  writeU64(cdb, 2, BigInt(lba));
  writeU32(cdb, 10, count);
  return cdb;
}

const read = async (disk: DiskUnit, lba: number, count: number): Promise<Uint8Array> =>
  (await send(disk, long(0x88, 0, lba, count))).data;
const write = (disk: DiskUnit, lba: number, out: Uint8Array) =>
  send(disk, long(0x8a, 0, lba, out.length / disk.blockBytes), { out });

describe('ORWRITE', () => {
  it('sets bits, and clears none', async () => {
    const disk = await ready();
    await write(disk, 4, Uint8Array.from([...filled(512, 0x0f), ...filled(512, 0xa0)]));
    const answer = await send(disk, long(0x8b, 0, 4, 2), { parts: [
      filled(700, 0x30), filled(324, 0x05)] });
    expect([told(answer), answer.wantedBytes]).toEqual(['good', 1024]);
    expect(await read(disk, 3, 4)).toEqual(Uint8Array.from([
      ...filled(512, 0), ...filled(512, 0x3f), ...filled(188, 0xb0), ...filled(324, 0xa5),
      ...filled(512, 0)]));
  });

  it('of many that come together leaves all of their bits', async () => {
    const disk = await ready();
    await Promise.all(Array.from({ length: 8 }, (_, bit) =>
      send(disk, long(0x8b, 0, 0, 3), { out: filled(1536, 1 << bit) })));
    expect(await read(disk, 0, 3)).toEqual(filled(1536, 0xff));
  });

  it('is durable with FUA before it ends', async () => {
    const watch = new FileWatch();
    const disk = await ready({ files: watchedFiles(memoryFiles(), watch) });
    const syncs = watch.countOf('sync', '/disk');
    await send(disk, long(0x8b, 0x08, 0, 1), { out: filled(512, 1) });
    expect(watch.countOf('sync', '/disk')).toBe(syncs + 1);
  });

  it.each([
    ['ORPROTECT', long(0x8b, 0x20, 0, 1), '05/24/00', 'cf0001'],
    ['too many blocks', long(0x8b, 0, 0, 32_769), '05/24/00', 'c0000a'],
    ['blocks behind the last', long(0x8b, 0, 1023, 2), '05/21/00', '000000'],
    ['no block behind the end', long(0x8b, 0, 1025, 0), '05/21/00', '000000'],
  ])('refuses %s', async (_name, cdb, expected, place) => {
    const answer = await send(await ready(), cdb, { out: filled(512, 1) });
    expect([told(answer), pointer(answer)]).toEqual([expected, place]);
  });

  it('of no blocks is good', async () => {
    expect(told(await send(await ready(), long(0x8b, 0, 1023, 0)))).toBe('good');
  });

  it('writes nothing if there is less data than it asks for', async () => {
    const disk = await ready();
    expect(told(await send(disk, long(0x8b, 0, 0, 2), { out: filled(512, 1) }))).toBe('05/0E/03');
    expect(await read(disk, 0, 1)).toEqual(filled(512, 0));
  });
});

describe('WRITE ATOMIC(16)', () => {
  it.each([[512, 8], [4096, 1]])('writes blocks of %i', async (blockBytes, count) => {
    const disk = await ready({ blockBytes });
    const out = filled(count * blockBytes, 6);
    const answer = await send(disk, long(0x9c, 0, count, count), { out });
    expect([told(answer), answer.wantedBytes]).toEqual(['good', out.length]);
    expect(await read(disk, count, count)).toEqual(out);
  });

  it('leaves what was there if the host fails', async () => {
    const watch = new FileWatch();
    const disk = await ready({ files: watchedFiles(memoryFiles(), watch) });
    await write(disk, 0, filled(4096, 1));
    watch.failures.set('writeParts /disk', 'ENOSPC');
    expect(told(await send(disk, long(0x9c, 0, 0, 8), { out: filled(4096, 2) }))).toBe('07/27/07');
    expect(await read(disk, 0, 8)).toEqual(filled(4096, 1));
  });

  it('has the limits that VPD page B0h tells', async () => {
    const disk = await ready({ blockCount: 16_384 });
    const page = Buffer.from((await send(disk, '12 01 b0 00 ff 00')).data);
    const [most, alignment, granularity] = [44, 48, 52].map((at) => page.readUInt32BE(at));
    expect([most, alignment, granularity]).toEqual([4096, 8, 8]);
    expect(page.readUInt32BE(56)).toBe(0);
    const attempt = async (lba: number, count: number): Promise<[string, string]> => {
      const answer = await send(
        disk, long(0x9c, 0, lba, count), { out: new Uint8Array(count * 512) });
      return [told(answer), answer.rawSense === undefined ? '' : pointer(answer)];
    };
    expect(await attempt(8, most!)).toEqual(['good', '']);
    expect(await attempt(8, most! + 8)).toEqual(['05/24/00', 'c0000c']);
    expect(await attempt(4, 8)).toEqual(['05/24/00', 'c00002']);
    expect(await attempt(8, 4)).toEqual(['05/24/00', 'c0000c']);
    expect(await attempt(16_384, 8)).toEqual(['05/21/00', '000000']);
  });

  it('refuses a boundary, for it tells no limit of one', async () => {
    const cdb = long(0x9c, 0, 0, 8);
    cdb[11] = 8;
    const answer = await send(await ready(), cdb, { out: filled(4096, 1) });
    expect([told(answer), pointer(answer)]).toEqual(['05/24/00', 'c0000a']);
  });
});

describe('WRITE SAME with UNMAP', () => {
  it('up to the last block unmaps, whatever the pattern is', async () => {
    const disk = await ready();
    await write(disk, 1000, filled(24 * 512, 9));
    for (const cdb of [Uint8Array.of(0x41, 8, 0, 0, 3, 0xf0, 0, 0, 0, 0),
      long(0x93, 8, 1012, 0)]) {
      expect(told(await send(disk, cdb, { out: filled(512, 0xff) }))).toBe('good');
    }
    expect(await read(disk, 1000, 24)).toEqual(
      Uint8Array.from([...filled(8 * 512, 9), ...filled(16 * 512, 0)]));
  });
});
