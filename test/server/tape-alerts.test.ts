import { beforeEach, describe, expect, it } from 'vitest';
import type { ItNexus } from '../../src/sam/command.ts';
import type { TapeUnit } from '../../src/server/tape.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { ALICE, BOB, makeTape, meet, send, told } from './device-fixture.ts';
import { FileWatch, watchedFiles } from './watched-files.ts';

const WRITE = '0a 00 00 00 04 00';
const REWIND = '01 00 00 00 00 00';
const UNLOAD = '1b 00 00 00 00 00';
const LOAD = '1b 00 00 00 01 00';
const DATA = { out: Uint8Array.of(1, 2, 3, 4) };
const HEAD = 4;
const PARAMETER = 5;

/** Flags that page 2Eh tells, as far as the allocation length goes. */
async function flags(
  tape: TapeUnit, nexus: ItNexus = ALICE, allocation = HEAD + 64 * PARAMETER): Promise<number[]> {
  const cdb = Uint8Array.of(0x4d, 0, 0x6e, 0, 0, 0, 0, allocation >>> 8, allocation, 0);
  const { data } = await send(tape, cdb, { nexus });
  const found: number[] = [];
  for (let at = HEAD; at + PARAMETER <= data.length; at += PARAMETER) {
    if (data[at + 4] === 1) found.push(data[at + 1]!);
  }
  return found;
}

let watch: FileWatch;
let tape: TapeUnit;

beforeEach(async () => {
  watch = new FileWatch();
  tape = await makeTape({ files: watchedFiles(memoryFiles(), watch) });
  await meet(tape);
  await meet(tape, BOB);
});

const prevented = async (): Promise<void> => {
  await send(tape, '1e 00 00 00 01 00');
  expect(told(await send(tape, UNLOAD))).toBe('05/53/02');
  await send(tape, '1e 00 00 00 00 00');
};

describe('a TapeAlert flag', () => {
  it.each([
    ['a failed write', 'writeParts /tape/data', WRITE, [3, 6]],
    ['a failed read', 'read /tape/data', '08 00 00 00 04 00', [3, 5]],
  ])('is set by %s', async (_name, operation, cdb, expected) => {
    await send(tape, WRITE, DATA);
    await send(tape, REWIND);
    expect(await flags(tape)).toEqual([]);
    watch.failures.set(operation, 'EIO');
    expect(told(await send(tape, cdb, cdb === WRITE ? DATA : {}))).toMatch(/^03/);
    expect(await flags(tape)).toEqual(expected);
  });

  it('is set by a write to a protected tape, and by one that would write over WORM', async () => {
    const locked = await makeTape({ readonly: true });
    await meet(locked);
    await send(locked, WRITE, DATA);
    expect(await flags(locked)).toEqual([9]);
    const worm = await makeTape({ options: { worm: true } });
    await meet(worm);
    for (const cdb of [WRITE, REWIND, WRITE]) await send(worm, cdb, cdb === WRITE ? DATA : {});
    expect(await flags(worm)).toEqual([0x3c]);
  });

  it('is cleared for the nexus that reads it, if it gets so far', async () => {
    await prevented();
    expect(await flags(tape, ALICE, HEAD + 9 * PARAMETER)).toEqual([]);
    expect(await flags(tape, ALICE, HEAD + 10 * PARAMETER)).toEqual([0x0a]);
    expect(await flags(tape)).toEqual([]);
    expect(await flags(tape, BOB)).toEqual([0x0a]);
    tape.nexusLost(ALICE);
    await meet(tape);
    tape.attentions.take(ALICE);
    expect(await flags(tape)).toEqual([0x0a]);
    await prevented();
    expect(await flags(tape, BOB)).toEqual([0x0a]);
  });

  it('stands in the memory of the medium and page 12h whoever has read it', async () => {
    await prevented();
    await flags(tape);
    const { data } = await send(tape, '8c 00 00 00 00 00 00 00 00 02 00 00 00 11 00 00');
    expect([...data.subarray(9, 17)]).toEqual([0, 0x40, 0, 0, 0, 0, 0, 0]);
    const response = await send(tape, '4d 00 52 00 00 00 00 10 00 00');
    expect([...response.data.subarray(8)]).toEqual([0, 0x40, 0, 0, 0, 0, 0, 0]);
  });

  it.each([
    ['a load', async () => {
      for (const cdb of [UNLOAD, LOAD, REWIND]) await send(tape, cdb);
    }],
    ['LOG SELECT of its page', async () => {
      expect(told(await send(tape, '4c 02 6e 00 00 00 00 00 00 00'))).toBe('good');
    }],
    ['a reset', async () => {
      tape.reset();
      tape.attentions.take(ALICE);
    }],
  ])('ends with %s', async (_name, act) => {
    await prevented();
    await act();
    expect(await flags(tape)).toEqual([]);
  });
});

it('VPD page B2h has the flags that are ever set, B1h the serial number of the drive', async () => {
  const flagsPage = Buffer.from((await send(tape, '12 01 b2 00 ff 00')).data);
  expect(flagsPage.toString('hex')).toBe(`01b20008${'2cd0800000000010'}`);
  const serial = Buffer.from((await send(tape, '12 01 b1 00 ff 00')).data);
  expect(serial.subarray(4).toString()).toBe(tape.serialNumber);
});

describe('mode page 1Ch', () => {
  /** DEXCPT, TEST, EWASC and so on; then MRIE. */
  const select = (byte2: number, method: number) => send(tape, '55 10 00 00 00 00 00 00 14 00', {
    out: Uint8Array.of(
      0, 0, 0, 0x10, 0, 0, 0, 0, 0x1c, 10, byte2, method, 0, 0, 0, 0, 0, 0, 0, 0) });

  it('says nothing of a flag by default, and makes it a unit attention when asked to', async () => {
    await prevented();
    expect(told(await send(tape, REWIND, { nexus: BOB }))).toBe('good');
    await flags(tape);
    tape.drive.alerts.clear();
    expect(told(await select(0, 2))).toBe('good');
    expect(told(await send(tape, REWIND, { nexus: BOB }))).toBe('06/2A/01');
    await send(tape, '1e 00 00 00 01 00');
    await send(tape, UNLOAD);
    for (const nexus of [ALICE, BOB]) {
      expect(told(await send(tape, REWIND, { nexus }))).toBe('06/5D/00');
      expect(told(await send(tape, REWIND, { nexus }))).toBe('good');
    }
  });

  it('can be tested', async () => {
    expect(told(await select(0x04, 2))).toBe('good');
    expect(told(await send(tape, REWIND))).toBe('06/5D/FF');
  });

  it.each([['another method', 0, 4], ['a test of what is not reported', 0x0c, 2]])(
    'refuses %s', async (_name, byte2, method) => {
      expect(told(await select(byte2, method))).toBe('05/26/00');
    });
});
