import { describe, expect, it } from 'vitest';
import { DiskImage } from '../../src/media/disk-image.ts';
import type { DiskUnit } from '../../src/server/disk.ts';
import { openDiskStateFile } from '../../src/server/disk-state-file.ts';
import type { Files } from '../../src/ports/files.ts';
import { memoryFiles } from '../support/memory-files.ts';
import {
  type Answer, BOB, makeDisk, makeTape, meet, random, send, told,
} from './device-fixture.ts';

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const pointer = (answer: Answer): string => hex(answer.rawSense!.subarray(15, 18));

const SAVED = 3;
const CURRENT = 0;
const CONTROL = 0x0a;

async function keepingDisk(files: Files): Promise<DiskUnit> {
  const image = await DiskImage.open(files, random, '/disk', { byteLength: 1024 * 512 });
  const { identity } = image;
  await image.close();
  const disk = await makeDisk(
    { files, stateKeeper: await openDiskStateFile(files, '/disk.state.json', identity) });
  await meet(disk);
  return disk;
}

const sense = (disk: DiskUnit, control: number, page: number): Promise<Answer> =>
  send(disk, Uint8Array.of(0x1a, 0x08, (control << 6) | page, 0, 255, 0));

/** The control page with SWP as given, selected and perhaps saved. */
async function select(disk: DiskUnit, swp: boolean, save: boolean): Promise<Answer> {
  const page = (await sense(disk, CURRENT, CONTROL)).data.slice(4);
  page[4] = swp ? page[4]! | 0x08 : page[4]! & ~0x08;
  const out = Uint8Array.from([0, 0, 0, 0, ...page]);
  return send(disk, Uint8Array.of(0x15, 0x10 | (save ? 1 : 0), 0, 0, out.length, 0), { out });
}

const swpOf = async (disk: DiskUnit, control: number): Promise<boolean> =>
  ((await sense(disk, control, CONTROL)).data[8]! & 0x08) !== 0;

describe('mode pages that can be saved', () => {
  it('say so with PS, and tell their saved values', async () => {
    const disk = await keepingDisk(memoryFiles());
    expect((await sense(disk, CURRENT, CONTROL)).data[4]).toBe(0x8a);
    expect((await sense(disk, CURRENT, 0x08)).data[4]).toBe(0x88);
    expect((await sense(disk, CURRENT, 0x02)).data[4]).toBe(0x02); // nothing in it can be changed
    expect((await sense(disk, SAVED, CONTROL)).data).toEqual(
      (await sense(disk, 2, CONTROL)).data);
  });

  it('come back after a reset and a restart if they were saved', async () => {
    const files = memoryFiles();
    const disk = await keepingDisk(files);
    expect(told(await select(disk, true, true))).toBe('good');
    expect([await swpOf(disk, CURRENT), await swpOf(disk, SAVED)]).toEqual([true, true]);
    disk.reset();
    await send(disk, '00 00 00 00 00 00');
    expect(await swpOf(disk, CURRENT)).toBe(true);
    await disk.image.close();
    const again = await keepingDisk(files);
    expect(await swpOf(again, CURRENT)).toBe(true);
    expect(told(await send(again, '2a 00 00 00 00 00 00 00 01 00', { out: new Uint8Array(512) })))
      .toBe('07/27/02');
  });

  it('are as they were saved after a reset, if they were only selected', async () => {
    const disk = await keepingDisk(memoryFiles());
    await select(disk, true, false);
    expect([await swpOf(disk, CURRENT), await swpOf(disk, SAVED)]).toEqual([true, false]);
    disk.reset();
    await send(disk, '00 00 00 00 00 00');
    expect(await swpOf(disk, CURRENT)).toBe(false);
  });

  it('keep what was selected when the data that brought it is gone', async () => {
    const disk = await keepingDisk(memoryFiles());
    const page = (await sense(disk, CURRENT, CONTROL)).data;
    const out = Buffer.from([0, 0, 0, 0, ...page.subarray(4)]);
    out[8]! |= 0x08;
    await send(disk, '15 10 00 00 10 00', { out });
    out.fill(0xee);
    expect(hex((await sense(disk, CURRENT, CONTROL)).data)).toBe(
      hex(Uint8Array.from(page, (byte, i) => (i === 2 ? byte | 0x80 : i === 8 ? byte | 8 : byte))));
  });

  it('tell others of a change', async () => {
    const disk = await keepingDisk(memoryFiles());
    await meet(disk, BOB);
    await select(disk, true, true);
    expect(told(await send(disk, '00 00 00 00 00 00', { nexus: BOB }))).toBe('06/2A/01');
  });

  it('of an older program are left out if this one cannot have them', async () => {
    const files = memoryFiles();
    const disk = await keepingDisk(files);
    await select(disk, true, true);
    await disk.image.close();
    const text = new TextDecoder().decode(await files.readFile('/disk.state.json'));
    await files.replaceFile('/disk.state.json',
      new TextEncoder().encode(text.replace(/"bytes": "8?0?a0a00/, '"bytes": "0a0a01')));
    const again = await keepingDisk(files);
    expect(told(await sense(again, CURRENT, CONTROL))).toBe('good');
    expect((await sense(again, CURRENT, CONTROL)).data[6]).toBe(0);
  });
});

describe('mode pages that nothing keeps', () => {
  it('are not saved', async () => {
    const disk = await makeDisk();
    await meet(disk);
    const saved = await sense(disk, SAVED, CONTROL);
    expect([told(saved), pointer(saved)]).toEqual(['05/39/00', 'cf0002']);
    const answer = await select(disk, true, true);
    expect([told(answer), pointer(answer)]).toEqual(['05/24/00', 'c80001']);
    expect(await swpOf(disk, CURRENT)).toBe(false);
    const tape = await makeTape();
    await meet(tape);
    expect(told(await send(tape, '15 11 00 00 00 00'))).toBe('05/24/00');
  });
});
