/** What works on a whole disk: SANITIZE, FORMAT UNIT, the list of its defects. */
import { describe, expect, it } from 'vitest';
import type { DiskUnit } from '../../src/server/disk.ts';
import { openDiskStateFile } from '../../src/server/disk-state-file.ts';
import type { Files } from '../../src/ports/files.ts';
import { ManualClock } from '../initiator/support/manual-clock.ts';
import { memoryFiles } from '../support/memory-files.ts';
import {
  ALICE, BOB, type DiskFixture, makeDisk, meet, sameBytes, send, told,
} from './device-fixture.ts';
import { FileWatch, watchedFiles } from './watched-files.ts';

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const pointer = (raw: Uint8Array | undefined): string => hex(raw!.subarray(15, 18));
const filled = (byteLength: number, value: number): Uint8Array =>
  new Uint8Array(byteLength).fill(value);
const bytes = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

const TEST_UNIT_READY = '00 00 00 00 00 00';
const REQUEST_SENSE = '03 00 00 00 12 00';
const READ_ALL = '88 00 00 00 00 00 00 00 00 00 00 00 04 00 00 00';
const OVERWRITE = '48 01 00 00 00 00 00 00 08 00';
const OVERWRITE_IMMED = '48 81 00 00 00 00 00 00 08 00';
const BLOCK_ERASE = '48 02 00 00 00 00 00 00 00 00';
const CRYPTOGRAPHIC_ERASE = '48 03 00 00 00 00 00 00 00 00';
const EXIT_FAILURE_MODE = '48 1f 00 00 00 00 00 00 00 00';
const PATTERN = bytes('01 00 0004 DEADBEEF');

async function ready(options: DiskFixture = {}): Promise<DiskUnit> {
  const disk = await makeDisk(options);
  for (const nexus of [ALICE, BOB]) await meet(disk, nexus);
  return disk;
}

const contents = async (disk: DiskUnit): Promise<Uint8Array> => (await send(disk, READ_ALL)).data;
const write = (disk: DiskUnit, value: number) =>
  send(disk, '8a 00 00 00 00 00 00 00 00 00 00 00 00 08 00 00', { out: filled(4096, value) });
const repeated = (pattern: string): Uint8Array => Buffer.alloc(1024 * 512, bytes(pattern));

/** A disk whose writes fail until `mend` is called, and what keeps its state. */
async function failingDisk(files: Files = memoryFiles()) {
  const watch = new FileWatch();
  const watched = watchedFiles(files, watch);
  const identity = { naa: bytes('3000000000000001'), serialNumber: '000000000000001' };
  const disk = await ready({
    files: watched, stateKeeper: await openDiskStateFile(files, '/disk.state.json', identity) });
  watch.failures.set('writeParts /disk', 'EIO');
  return { disk, mend: () => watch.failures.clear() };
}

describe('SANITIZE', () => {
  it.each([
    ['a pattern of four bytes', PATTERN, 'DEADBEEF'],
    ['an inverted pattern, twice', bytes('82 00 0001 0F'), 'F0'],
    ['a pattern of one byte, three times', bytes('03 00 0001 A5'), 'A5'],
  ])('overwrites with %s', async (_name, list, expected) => {
    const disk = await ready();
    const cdb = `48 01 00 00 00 00 00 00 ${hex(Uint8Array.of(list.length))} 00`;
    const answer = await send(disk, cdb, { out: list });
    expect([told(answer), answer.wantedBytes]).toEqual(['good', list.length]);
    expect(sameBytes(await contents(disk), repeated(expected))).toBe(true);
  });

  it('begins the pattern anew in each block', async () => {
    const disk = await ready();
    await send(disk, '48 01 00 00 00 00 00 00 07 00', { out: bytes('01 00 0003 010203') });
    const found = await contents(disk);
    expect(sameBytes(found.subarray(0, 512), found.subarray(512, 1024))).toBe(true);
  });

  it.each([BLOCK_ERASE, CRYPTOGRAPHIC_ERASE])(
    'erases and unmaps all blocks, and overwrites them before: %s', async (cdb) => {
      const watch = new FileWatch();
      const disk = await ready({ files: watchedFiles(memoryFiles(), watch) });
      await write(disk, 7);
      const writes = watch.countOf('writeParts', '/disk');
      expect(told(await send(disk, cdb))).toBe('good');
      expect(watch.countOf('writeParts', '/disk')).toBe(writes + 1);
      expect(sameBytes(await contents(disk), filled(1024 * 512, 0))).toBe(true);
      const status = await send(disk, '9e 12 00 00 00 00 00 00 00 00 00 00 00 ff 00 00');
      expect(hex(status.data.subarray(16, 24))).toBe('0000040001000000');
    });

  it('goes on in the background, tells its progress, and lets nobody else to the medium',
    async () => {
      const clock = new ManualClock();
      const disk = await ready({ overwritePace: { clock, ms: 8000 } });
      expect(told(await send(disk, OVERWRITE_IMMED, { out: PATTERN }))).toBe('good');
      for (const cdb of [TEST_UNIT_READY, READ_ALL, '25 00 00 00 00 00 00 00 00 00',
        '1b 00 00 00 01 00', BLOCK_ERASE, '04 00 00 00 00 00']) {
        expect([cdb, told(await send(disk, cdb))]).toEqual([cdb, '02/04/1B']);
      }
      expect(told(await send(disk, '12 00 00 00 24 00'))).toBe('good');
      expect(told(await send(disk, 'a0 00 00 00 00 00 00 00 00 10 00 00'))).toBe('good');
      disk.reset();
      disk.nexusLost(BOB);
      expect(told(await send(disk, TEST_UNIT_READY))).toBe('06/29/03');
      const sense = await send(disk, REQUEST_SENSE);
      expect(told(sense)).toBe('good');
      expect(hex(sense.data.subarray(0, 14))).toBe('700002000000000a00000000041b');
      expect(sense.data[15]).toBe(0x80);
      clock.advance(8000);
      await disk.operation.ended;
      expect(told(await send(disk, TEST_UNIT_READY))).toBe('good');
      expect(sameBytes(await contents(disk), repeated('DEADBEEF'))).toBe(true);
    });

  it('goes on without its command, and over a restart', async () => {
    const files = memoryFiles();
    const identity = { naa: bytes('3000000000000001'), serialNumber: '000000000000001' };
    const keeper = () => openDiskStateFile(files, '/disk.state.json', identity);
    const clock = new ManualClock();
    const disk = await ready(
      { files, stateKeeper: await keeper(), overwritePace: { clock, ms: 8000 } });
    await write(disk, 1);
    const stop = new AbortController();
    const answer = send(disk, OVERWRITE, { out: PATTERN, signal: stop.signal });
    while (!disk.operation.isRunning) await Promise.resolve();
    stop.abort();
    expect((await answer).status).toBe('taskAborted');
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('02/04/1B');
    await disk.close();
    await disk.image.close();
    const again = await ready({ files, stateKeeper: await keeper() });
    await again.operation.ended;
    expect(sameBytes(await contents(again), repeated('DEADBEEF'))).toBe(true);
    expect((await keeper()).kept?.work).toBeUndefined();
  });

  it.each([
    ['no list', '48 01 00 00 00 00 00 00 00 00', new Uint8Array(0), '05/24/00', 'c00007'],
    ['a list without a pattern', '48 01 00 00 00 00 00 00 04 00', bytes('01000000'), '05/24/00',
      'c00007'],
    ['a list longer than a block', '48 01 00 00 00 00 00 02 05 00', filled(517, 1), '05/24/00',
      'c00007'],
    ['no pass', OVERWRITE, bytes('00 00 0004 DEADBEEF'), '05/26/00', '8c0000'],
    ['TEST', OVERWRITE, bytes('21 00 0004 DEADBEEF'), '05/26/00', '8e0000'],
    ['a pattern of no bytes', OVERWRITE, bytes('01 00 0000 DEADBEEF'), '05/26/00', '800002'],
    ['a pattern longer than the list', OVERWRITE, bytes('01 00 0005 DEADBEEF'), '05/26/00',
      '800002'],
    ['a list for BLOCK ERASE', '48 02 00 00 00 00 00 00 08 00', PATTERN, '05/24/00', 'c00007'],
    ['reserved bit ZNR', '48 42 00 00 00 00 00 00 00 00', new Uint8Array(0), '05/24/00', 'ce0001'],
    ['a reserved byte', '48 02 00 00 00 00 01 00 00 00', new Uint8Array(0), '05/24/00', 'c80006'],
    ['another service action', '48 04 00 00 00 00 00 00 00 00', new Uint8Array(0), '05/24/00',
      'cc0001'],
  ])('refuses %s, and changes nothing', async (_name, cdb, out, expected, place) => {
    const disk = await ready();
    await write(disk, 3);
    const answer = await send(disk, cdb, { out });
    expect([told(answer), pointer(answer.rawSense)]).toEqual([expected, place]);
    expect((await contents(disk))[0]).toBe(3);
  });

  it('refuses a write protected medium, and one that is not there', async () => {
    const protectedDisk = await ready({ readonly: true });
    for (const cdb of [BLOCK_ERASE, CRYPTOGRAPHIC_ERASE, EXIT_FAILURE_MODE]) {
      expect(told(await send(protectedDisk, cdb))).toBe('07/27/00');
    }
    const ejected = await ready({ removable: true });
    await send(ejected, '1b 00 00 00 02 00');
    expect(told(await send(ejected, BLOCK_ERASE))).toBe('02/3A/00');
  });

  it('that fails leaves a disk that nobody can use, until another one ends well', async () => {
    const { disk, mend } = await failingDisk();
    expect(told(await send(disk, OVERWRITE, { out: PATTERN }))).toBe('03/31/03');
    for (const cdb of [TEST_UNIT_READY, READ_ALL]) {
      expect(told(await send(disk, cdb))).toBe('03/31/03');
    }
    mend();
    const exit = await send(disk, EXIT_FAILURE_MODE);
    expect([told(exit), pointer(exit.rawSense)]).toEqual(['05/24/00', 'cc0001']);
    const unrestricted = await send(disk, '48 22 00 00 00 00 00 00 00 00');
    expect([told(unrestricted), pointer(unrestricted.rawSense)]).toEqual(['05/24/00', 'cd0001']);
    expect(told(await send(disk, BLOCK_ERASE))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('good');
  });

  it('that fails with AUSE can be left by EXIT FAILURE MODE, also after a restart', async () => {
    const files = memoryFiles();
    const { disk } = await failingDisk(files);
    expect(told(await send(disk, '48 21 00 00 00 00 00 00 08 00', { out: PATTERN })))
      .toBe('03/31/03');
    await disk.close();
    await disk.image.close();
    const { disk: again, mend } = await failingDisk(files);
    mend();
    expect(told(await send(again, TEST_UNIT_READY))).toBe('03/31/03');
    expect(told(await send(again, EXIT_FAILURE_MODE))).toBe('good');
    expect(told(await send(again, TEST_UNIT_READY))).toBe('good');
  });

  it('takes from snapshots what was on the disk', async () => {
    const disk = await ready();
    await write(disk, 5);
    const snapshot = await disk.snapshot([{ lba: 0, blockCount: 8 }]);
    await send(disk, BLOCK_ERASE);
    expect(snapshot.isLost).toBe(true);
    await snapshot.close();
  });
});

describe('FORMAT UNIT', () => {
  const NO_LIST = '04 00 00 00 00 00';
  const SHORT = '04 10 00 00 00 00';
  const LONG = '04 30 00 00 00 00';

  it.each([
    ['no list', NO_LIST, '', '00'], ['an empty list', SHORT, '00 00 0000', '00'],
    ['an empty long list', LONG, '00 00 00 00 00000000', '00'],
    ['the default pattern', SHORT, '00 88 0000 00 00 0000', '00'],
    ['a pattern', SHORT, '00 88 0000 00 01 0002 5AA5', '5AA5'],
    ['a pattern behind the long header', LONG, '00 88 00 00 00000000 00 01 0001 77', '77'],
  ])('with %s fills all blocks', async (_name, cdb, list, expected) => {
    const disk = await ready();
    await write(disk, 9);
    const answer = await send(disk, cdb, { out: bytes(list) });
    expect([told(answer), answer.wantedBytes]).toEqual(['good', bytes(list).length]);
    expect(sameBytes(await contents(disk), repeated(expected))).toBe(true);
  });

  it('in the background tells its progress until it has ended', async () => {
    const disk = await ready();
    const answer = send(disk, SHORT, { out: bytes('00 8A 0000 00 01 0001 77') });
    expect(told(await answer)).toBe('good');
    if (disk.operation.isRunning) {
      expect(told(await send(disk, TEST_UNIT_READY))).toBe('02/04/04');
    }
    await disk.operation.ended;
    expect(sameBytes(await contents(disk), repeated('77'))).toBe(true);
  });

  it.each([
    ['protection information', '04 40 00 00 00 00', '', '05/24/00', 'cf0001'],
    ['an unknown defect list format', '04 07 00 00 00 00', '', '05/24/00', 'ca0001'],
    ['a vendor specific byte', '04 00 01 00 00 00', '', '05/24/00', 'c00002'],
    ['options without FOV', SHORT, '00 40 0000', '05/26/00', '8f0001'],
    ['defects', SHORT, '00 00 0008 0000000000000001', '05/26/00', '800002'],
    ['defects behind the long header', LONG, '00 00 00 00 00000008 0000000000000001', '05/26/00',
      '800004'],
    ['an unknown pattern type', SHORT, '00 88 0000 00 03 0001 00', '05/26/00', '800005'],
    ['a pattern longer than a block', SHORT, `00 88 0000 00 01 0201 ${'00'.repeat(513)}`,
      '05/26/00', '800006'],
    ['SI', SHORT, '00 88 0000 20 01 0001 00', '05/26/00', '8d0004'],
    ['a list that is cut off', SHORT, '00 88', '05/0E/03', '000000'],
    ['a pattern that is cut off', SHORT, '00 88 0000 00 01 0004 00', '05/0E/03', '000000'],
  ])('refuses %s, and changes nothing', async (_name, cdb, list, expected, place) => {
    const disk = await ready();
    await write(disk, 3);
    const answer = await send(disk, cdb, { out: bytes(list) });
    expect([told(answer), pointer(answer.rawSense)]).toEqual([expected, place]);
    expect((await contents(disk))[0]).toBe(3);
  });

  it('that fails leaves a disk that must be formatted again', async () => {
    const { disk, mend } = await failingDisk();
    const pattern = bytes('00 88 0000 00 01 0001 77');
    expect(told(await send(disk, SHORT, { out: pattern }))).toBe('03/31/01');
    expect(told(await send(disk, READ_ALL))).toBe('03/31/01');
    mend();
    expect(told(await send(disk, SHORT, { out: pattern }))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('good');
  });
});

describe('READ DEFECT DATA', () => {
  it.each([
    ['37 00 1b 00 00 00 00 00 20 00', '001b0000'], ['37 00 08 00 00 00 00 00 20 00', '00080000'],
    ['b7 15 00 00 00 00 00 00 00 20 00 00', '0015000000000000'],
    ['37 00 18 00 00 00 00 00 02 00', '0018'],
  ])('%s tells that there are none', async (cdb, expected) => {
    expect(hex((await send(await ready(), cdb)).data)).toBe(expected);
  });

  it('refuses a format that is none', async () => {
    const answer = await send(await ready(), '37 00 0f 00 00 00 00 00 20 00');
    expect([told(answer), pointer(answer.rawSense)]).toEqual(['05/24/00', 'ca0002']);
  });
});
