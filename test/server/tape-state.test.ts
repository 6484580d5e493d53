import { beforeEach, describe, expect, it } from 'vitest';
import type { TapeUnit } from '../../src/server/tape.ts';
import { openDriveStateFile } from '../../src/server/tape-state-file.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { BOB, makeTape, meet, send, told } from './device-fixture.ts';

const IDENTITY = { naa: new Uint8Array(8), serialNumber: 'DRIVE1' };
const PATH = '/drive.json';
const EXTENSION = 0x0110;

let files: ReturnType<typeof memoryFiles>;

/** The drive after a start of the target. */
async function started(identity = IDENTITY): Promise<TapeUnit> {
  const tape = await makeTape({
    empty: true, identity, stateKeeper: await openDriveStateFile(files, PATH, identity) });
  await meet(tape);
  return tape;
}

/** A page of MODE SENSE(10) without a block descriptor. */
const page = async (tape: TapeUnit, control: number, code: number): Promise<Buffer> =>
  Buffer.from((await send(tape, Uint8Array.of(
    0x5a, 8, (control << 6) | (code & 0x3f), code >>> 8, 0, 0, 0, 2, 0, 0))).data.subarray(8));
const CURRENT = 0;
const SAVED = 3;

/** Sets a byte of a page, and saves it if SP is set. */
async function select(
  tape: TapeUnit, code: number, at: number, value: number, sp: boolean): Promise<string> {
  const wanted = await page(tape, CURRENT, code);
  wanted[at] = value;
  const out = Buffer.concat([Buffer.from([0, 0, 0, 0x10, 0, 0, 0, 0]), wanted]);
  return told(await send(
    tape, Uint8Array.of(0x55, sp ? 0x11 : 0x10, 0, 0, 0, 0, 0, 0, out.length, 0), { out }));
}

beforeEach(() => {
  files = memoryFiles();
});

describe('saved mode pages of a tape drive', () => {
  it('come back after a restart, with what follows from them', async () => {
    const tape = await started();
    expect(await select(tape, 0x0f, 2, 0xc0, true)).toBe('good');
    expect(await select(tape, EXTENSION, 7, 5, true)).toBe('good');
    expect(await select(tape, EXTENSION, 7, 9, false)).toBe('good');
    expect((await page(tape, SAVED, EXTENSION))[7]).toBe(5);
    const again = await started();
    expect((await page(again, CURRENT, 0x0f)).subarray(0, 3).toString('hex')).toBe('8f0ec0');
    expect((await page(again, CURRENT, EXTENSION))[7]).toBe(5);
    expect(again.drive.guard.warningMb).toBe(5);
  });

  it('are those of pages that tell of another tape, too', async () => {
    const tape = await started();
    expect(await select(tape, 0x10, 7, 4, true)).toBe('good');
    const loaded = await makeTape({
      identity: IDENTITY, stateKeeper: await openDriveStateFile(files, PATH, IDENTITY) });
    await meet(loaded);
    expect((await page(loaded, CURRENT, 0x10))[7]).toBe(4);
  });

  it('are not those of the tape, which page 11h tells of', async () => {
    const tape = await started();
    expect((await page(tape, CURRENT, 0x11))[0]).toBe(0x11);
    expect((await page(tape, CURRENT, 0x0f))[0]).toBe(0x8f);
  });

  it('of another drive, and files that cannot be read, are none', async () => {
    expect(await select(await started(), EXTENSION, 7, 5, true)).toBe('good');
    const other = await started({ ...IDENTITY, serialNumber: 'DRIVE2' });
    expect((await page(other, CURRENT, EXTENSION))[7]).toBe(0);
    await files.replaceFile(PATH, new TextEncoder().encode('{"format": "serverfree tape drive"}'));
    await expect(started()).rejects.toThrow(/version/);
  });
});

describe('identifying information', () => {
  const set = (tape: TapeUnit, type: number, out: Uint8Array, length = out.length) => send(
    tape, Uint8Array.of(0xa4, 6, 0, 0, 0, 0, 0, 0, length >>> 8, length, type << 1, 0), { out });
  const report = async (tape: TapeUnit, type: number): Promise<Buffer> => Buffer.from(
    (await send(tape, Uint8Array.of(0xa3, 5, 0, 0, 0, 0, 0, 0, 1, 0, type << 1, 0))).data);
  const NAME = Buffer.from('drive in the cellar');

  it('is kept over a restart, and others are told of it', async () => {
    const tape = await started();
    await meet(tape, BOB);
    expect((await report(tape, 0)).toString('hex')).toBe('00000000');
    expect(told(await set(tape, 0, NAME))).toBe('good');
    expect(told(await set(tape, 2, Buffer.from('Keller\0')))).toBe('good');
    expect(told(await send(tape, '00 00 00 00 00 00', { nexus: BOB }))).toBe('06/3F/05');
    const again = await started();
    expect((await report(again, 0)).subarray(4)).toEqual(NAME);
    expect((await report(again, 2)).subarray(2).toString('latin1')).toBe('\0\x07Keller\0');
    expect((await report(again, 127)).toString('hex')).toBe('000000080000004004000100');
  });

  it.each([
    ['more than 64 bytes', 0, new Uint8Array(65), '05/24/00'],
    ['more than 256 bytes of text', 2, new Uint8Array(257), '05/24/00'],
    ['a text without an end', 2, Buffer.from('Keller'), '05/26/00'],
    ['another type', 1, NAME, '05/24/00'],
  ])('refuses %s', async (_name, type, out, expected) => {
    expect(told(await set(await started(), type, out))).toBe(expected);
  });

  it('is not offered by a drive that has no place for it', async () => {
    const tape = await makeTape();
    await meet(tape);
    expect(told(await set(tape, 0, NAME))).toBe('05/20/00');
  });
});
