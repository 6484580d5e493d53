import { beforeEach, describe, expect, it } from 'vitest';
import type { DiskUnit } from '../../src/server/disk.ts';
import type { TapeUnit } from '../../src/server/tape.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { makeDisk, makeTape, meet, send, told } from './device-fixture.ts';
import { FileWatch, watchedFiles } from './watched-files.ts';

const BLOCK = { out: new Uint8Array(512).fill(1) };
const READ = '28 00 00 00 00 05 00 00 01 00';
const WRITE = '2a 00 00 00 00 05 00 00 01 00';
const WRITE_FUA = '2a 08 00 00 00 05 00 00 01 00';
const SYNCHRONIZE = '35 00 00 00 00 00 00 00 00 00';

let watch: FileWatch;

beforeEach(() => {
  watch = new FileWatch();
});

describe('a disk whose image fails', () => {
  let disk: DiskUnit;

  beforeEach(async () => {
    disk = await makeDisk({ files: watchedFiles(memoryFiles(), watch) });
    await meet(disk);
  });

  it.each([
    ['a read', 'read /disk', 'EIO', READ, {}, '03/11/00', 5n],
    ['a write', 'writeParts /disk', 'EIO', WRITE, BLOCK, '03/0C/00', 5n],
    ['a write without space', 'writeParts /disk', 'ENOSPC', WRITE, BLOCK, '07/27/07', 5n],
    ['a write that must be durable', 'sync /disk', 'EIO', WRITE_FUA, BLOCK, '03/0C/00', undefined],
    ['an unmap', 'punch /disk', 'EIO', '93 09 00 00 00 00 00 00 00 05 00 00 00 01 00 00', {},
      '03/0C/00', 5n],
    ['a question for what is mapped', 'nextData /disk', 'EIO',
      '9e 12 00 00 00 00 00 00 00 00 00 00 00 18 00 00', {}, '03/11/00', undefined],
  ])('answers %s with sense data', async (
    _name, operation, code, cdb, sent, sense, information) => {
    watch.failures.set(operation, code);
    const answer = await send(disk, cdb, sent);
    expect([told(answer), answer.sense!.information]).toEqual([sense, information]);
    watch.failures.clear();
    expect(told(await send(disk, cdb, sent))).toBe('good');
  });

  it('tells of a failed sync, and tries again when it is asked again', async () => {
    await send(disk, WRITE, BLOCK);
    watch.failures.set('sync /disk', 'EIO');
    expect(told(await send(disk, SYNCHRONIZE))).toBe('03/0C/00');
    watch.failures.clear();
    const before = watch.countOf('sync', '/disk');
    expect(told(await send(disk, SYNCHRONIZE))).toBe('good');
    expect(watch.countOf('sync', '/disk')).toBe(before + 1);
  });
});

describe('syncs of a disk', () => {
  const syncs = (): number => watch.countOf('sync', '/disk');
  const make = async (writeThrough: boolean): Promise<DiskUnit> => {
    const disk = await makeDisk({ files: watchedFiles(memoryFiles(), watch), writeThrough });
    await meet(disk);
    watch.counts.clear();
    return disk;
  };

  it('wait for FUA or SYNCHRONIZE CACHE while the write cache is on', async () => {
    const disk = await make(false);
    await send(disk, WRITE, BLOCK);
    expect(syncs()).toBe(0);
    await send(disk, WRITE_FUA, BLOCK);
    expect(syncs()).toBe(1);
    await send(disk, SYNCHRONIZE);
    expect(syncs()).toBe(1); // nothing was written since
    await send(disk, WRITE, BLOCK);
    await send(disk, SYNCHRONIZE);
    expect(syncs()).toBe(2);
  });

  it('come before a read past the cache', async () => {
    const disk = await make(false);
    await send(disk, WRITE, BLOCK);
    await send(disk, '28 08 00 00 00 05 00 00 01 00');
    expect(syncs()).toBe(1);
  });

  it('end each write while the write cache is off', async () => {
    const disk = await make(true);
    await send(disk, WRITE, BLOCK);
    expect(syncs()).toBe(1);
    await send(disk, '93 01 00 00 00 00 00 00 00 05 00 00 00 01 00 00');
    expect(syncs()).toBe(2);
  });

  it('end a copy while the write cache is off, not while it is on', async () => {
    const cached = await make(false);
    await cached.written();
    expect(syncs()).toBe(0);
    const disk = await make(true);
    await disk.written();
    expect(syncs()).toBe(1);
  });
});

describe('a tape whose cartridge fails', () => {
  const RECORD = { out: new Uint8Array(100).fill(1) };
  const WRITE_RECORD = '0a 00 00 00 64 00';
  let tape: TapeUnit;

  beforeEach(async () => {
    tape = await makeTape({ files: watchedFiles(memoryFiles(), watch) });
    await meet(tape);
  });

  it('answers a read with sense data, and stays where it is', async () => {
    await send(tape, WRITE_RECORD, RECORD);
    await send(tape, '01 00 00 00 00 00');
    watch.failures.set('read /tape/data', 'EIO');
    const answer = await send(tape, '08 00 00 00 64 00');
    expect([told(answer), answer.sense!.information, tape.drive.position])
      .toEqual(['03/11/00', 100n, 0]);
    watch.failures.clear();
    expect((await send(tape, '08 00 00 00 64 00')).data).toEqual(RECORD.out);
  });

  it('answers a write with sense data, and writes the next in its place', async () => {
    watch.failures.set('writeParts /tape/data', 'EIO');
    const answer = await send(tape, WRITE_RECORD, RECORD);
    expect([told(answer), answer.sense!.information, tape.drive.position])
      .toEqual(['03/0C/00', 100n, 0]);
    watch.failures.clear();
    expect(told(await send(tape, WRITE_RECORD, RECORD))).toBe('good');
    expect(tape.drive.position).toBe(1);
  });

  it('says that what was buffered is lost, once, and writes no more', async () => {
    await send(tape, WRITE_RECORD, RECORD);
    watch.failures.set('sync /tape/data', 'EIO');
    expect(told(await send(tape, '10 00 00 00 01 00'))).toBe('03/0C/00');
    watch.failures.clear();
    expect(told(await send(tape, '01 00 00 00 00 00'))).toBe('good');
    expect(told(await send(tape, WRITE_RECORD, RECORD))).toBe('03/0C/00');
  });
});
