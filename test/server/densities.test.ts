import { describe, expect, it } from 'vitest';
import { useOfCartridge } from '../../src/server/densities.ts';
import type { TapeUnit } from '../../src/server/tape.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { makeCartridge, makeTape, meet, send, told } from './device-fixture.ts';

/** Density codes of LTO-1 to LTO-9. */
const CODES = [0x40, 0x42, 0x44, 0x46, 0x58, 0x5a, 0x5c, 0x5e, 0x60];

describe('a drive of a generation', () => {
  // For LTO-1 to LTO-9: writes, reads, or nothing.
  it.each([
    [1, 'W--------'], [2, 'WW-------'], [3, 'RWW------'], [4, '-RWW-----'], [5, '--RWW----'],
    [6, '---RWW---'], [7, '----RWW--'], [8, '------WW-'], [9, '-------WW'],
  ])('%i uses the tapes that it should', (generation, expected) => {
    const letter = { write: 'W', read: 'R', none: '-' };
    expect(CODES.map((densityCode) =>
      letter[useOfCartridge(generation, { densityCode, worm: false })]).join('')).toBe(expected);
  });

  it('knows WORM tapes from LTO-3 on, and no foreign densities', () => {
    expect(useOfCartridge(2, { densityCode: 0x42, worm: true })).toBe('none');
    expect(useOfCartridge(4, { densityCode: 0x44, worm: true })).toBe('write');
    expect(useOfCartridge(8, { densityCode: 0x24, worm: false })).toBe('none');
  });
});

async function driveWith(generation: number, densityCode: number): Promise<TapeUnit> {
  const files = memoryFiles();
  const tape = await makeTape({ empty: true, generation, files });
  tape.insert(await makeCartridge(files, '/tape', { densityCode }));
  await meet(tape);
  return tape;
}

const WRITE = '0a 00 00 00 04 00';
const READ = '08 00 00 00 04 00';
const TEST_UNIT_READY = '00 00 00 00 00 00';
const data = { out: Uint8Array.of(1, 2, 3, 4) };
const flags = async (tape: TapeUnit): Promise<number[]> => {
  const page = Buffer.from((await send(tape, '4d 00 6e 00 00 00 00 10 00 00')).data);
  return Array.from({ length: 64 }, (_, i) => i + 1).filter((flag) => page[4 + 5 * flag - 1] === 1);
};

describe('a tape', () => {
  it('two generations older is read, not written', async () => {
    const tape = await driveWith(7, 0x58);
    expect(await flags(tape)).toEqual([0x11]);
    expect(told(await send(tape, TEST_UNIT_READY))).toBe('good');
    expect(told(await send(tape, READ))).toBe('08/00/05');
    expect(told(await send(tape, WRITE, data))).toBe('07/30/05');
    expect((await send(tape, '1a 00 00 00 0c 00')).data[2]! & 0x80).toBe(0x80);
  });

  it.each([[8, 0x60, '03/30/02'], [8, 0x5a, '03/30/02'], [8, 0x24, '03/30/01']])(
    'is not read by LTO-%i if its density is %i', async (generation, code, expected) => {
      const tape = await driveWith(generation, code);
      expect(await flags(tape)).toEqual([0x0c]);
      for (const cdb of [TEST_UNIT_READY, READ, WRITE, '34 00 00 00 00 00 00 00 00 00']) {
        expect(told(await send(tape, cdb, cdb === WRITE ? data : {}))).toBe(expected);
      }
      expect(told(await send(tape, '1b 00 00 00 00 00'))).toBe('good');
      expect(told(await send(tape, TEST_UNIT_READY))).toBe('02/3A/00');
    });

  it('makes the drive one of its generation at the start', async () => {
    const tape = await makeTape({ options: { densityCode: 0x58 } });
    await meet(tape);
    expect(tape.drive.generation).toBe(5);
    expect(told(await send(tape, WRITE, data))).toBe('good');
  });
});

describe('REPORT DENSITY SUPPORT', () => {
  const report = async (tape: TapeUnit, byte1: number): Promise<Buffer[]> => {
    const { data: all } = await send(tape, Uint8Array.of(0x44, byte1, 0, 0, 0, 0, 0, 0x10, 0, 0));
    const size = byte1 & 2 ? 56 : 52;
    expect((all.length - 4) % size).toBe(0);
    return Array.from({ length: (all.length - 4) / size }, (_, i) =>
      Buffer.from(all.subarray(4 + i * size, 4 + (i + 1) * size)));
  };

  it('tells what the drive reads, what it writes, and what it writes by default', async () => {
    const told5 = await report(await driveWith(5, 0x58), 0);
    // Code, then WRTOK and DEFLT.
    expect(told5.map((one) => [one[0], one[2]]))
      .toEqual([[0x44, 0], [0x46, 0x80], [0x58, 0xa0]]);
    expect((await report(await driveWith(5, 0x46), 1)).map((one) => one[0])).toEqual([0x46]);
  });

  it('tells the types of media', async () => {
    const tape = await driveWith(8, 0x5e);
    const types = await report(tape, 2);
    expect(types.map((one) => [one[0], one.readUInt16BE(2), one[4], one[5]])).toEqual([
      [0x78, 52, 1, 0x5c], [0x7c, 52, 1, 0x5c], [0x88, 52, 1, 0x5e], [0x8c, 52, 1, 0x5e]]);
    const [mounted, ...others] = await report(tape, 3);
    expect(others).toEqual([]);
    expect(mounted!.toString('latin1', 20).trimEnd()).toBe('LTO-CVE LTO-8   Ultrium 8 data');
    expect([mounted!.readUInt16BE(14), mounted!.readUInt16BE(16)]).toEqual([127, 960]);
  });
});
