import { describe, expect, it } from 'vitest';
import { parseHex } from '../../src/bytes/hex.ts';
import type { DiskState } from '../../src/server/disk-state.ts';
import { openDiskStateFile } from '../../src/server/disk-state-file.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { FileWatch, watchedFiles } from './watched-files.ts';

const PATH = '/disk.state.json';
const UNIT = { naa: parseHex('3000000000000001'), serialNumber: '000000000000001' };
const OTHER = { naa: parseHex('3000000000000002'), serialNumber: '000000000000002' };

const STATE: DiskState = {
  modePages: new Map([[0x0a, parseHex('8a0a00100800ffff00000000')]]),
  work: {
    hasFailed: true,
    work: {
      command: 'sanitize', canExit: true,
      erasure: { kind: 'overwrite', pattern: parseHex('5aa5'), passCount: 3, invert: true },
    },
  },
};

async function keptAfter(state: DiskState, files = memoryFiles(), unit = UNIT) {
  await (await openDiskStateFile(files, PATH, unit)).keep(state);
  return (await openDiskStateFile(files, PATH, UNIT)).kept;
}

describe('the state file of a disk', () => {
  it('gives back what was kept', async () => {
    expect(await keptAfter(STATE)).toEqual(STATE);
    const erasing: DiskState = { modePages: new Map(), work: {
      hasFailed: false,
      work: { command: 'format', canExit: false, erasure: { kind: 'unmap' } } } };
    expect(await keptAfter(erasing)).toEqual(erasing);
    const idle: DiskState = { modePages: new Map(), work: undefined };
    expect(await keptAfter(idle)).toEqual(idle);
  });

  it('of another disk, or none, is nothing', async () => {
    expect((await openDiskStateFile(memoryFiles(), PATH, UNIT)).kept).toBeUndefined();
    expect(await keptAfter(STATE, memoryFiles(), OTHER)).toBeUndefined();
  });

  it('holds what was kept last, however quickly', async () => {
    const files = memoryFiles();
    const keeper = await openDiskStateFile(files, PATH, UNIT);
    await Promise.all([STATE, { ...STATE, work: undefined }].map((state) => keeper.keep(state)));
    expect((await openDiskStateFile(files, PATH, UNIT)).kept?.work).toBeUndefined();
  });

  it.each([
    ['a later format', { version: 2 }, 'notAMedium'],
    ['another format', { format: 'something else' }, 'damaged'],
    ['a page that is none', { modePages: [{ code: 0x0a, bytes: 'xy' }] }, 'damaged'],
    ['a page code that is none', { modePages: [{ code: 0x3f, bytes: '0000' }] }, 'damaged'],
    ['work that is none', { work: { command: 'shred', canExit: 0, hasFailed: 0, kind: 'erase' } },
      'damaged'],
    ['an erasure that is none',
      { work: { command: 'format', canExit: 0, hasFailed: 0, kind: 'burn' } }, 'damaged'],
  ])('is not read with %s', async (_name, change, code) => {
    const files = memoryFiles();
    await keptAfter(STATE, files);
    const json = JSON.parse(new TextDecoder().decode(await files.readFile(PATH)));
    await files.replaceFile(
      PATH, new TextEncoder().encode(JSON.stringify({ ...json, ...change })));
    await expect(openDiskStateFile(files, PATH, UNIT)).rejects.toMatchObject({ code });
  });

  it('that cannot be written is a failure of the target', async () => {
    const watch = new FileWatch();
    const files = watchedFiles(memoryFiles(), watch);
    const refusing = { ...files, replaceFile: () => files.openLocked('/none/at/all', 'read') };
    const keeper = await openDiskStateFile(
      Object.assign(Object.create(files), refusing), PATH, UNIT);
    await expect(keeper.keep(STATE)).rejects.toMatchObject({
      sense: { key: 'hardwareError', additional: 'internalTargetFailure' } });
  });
});
