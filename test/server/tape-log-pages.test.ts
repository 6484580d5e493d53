import { beforeEach, describe, expect, it } from 'vitest';
import type { TapeUnit } from '../../src/server/tape.ts';
import { BOB, makeTape, meet, send, told } from './device-fixture.ts';

const MB = 1_000_000;

/** Values of a log page's parameters, by code. */
async function page(tape: TapeUnit, code: number): Promise<Map<number, Buffer>> {
  const { data } = await send(tape, Uint8Array.of(0x4d, 0, 0x40 | code, 0, 0, 0, 0, 0x10, 0, 0));
  const bytes = Buffer.from(data);
  expect(bytes.readUInt16BE(2)).toBe(bytes.length - 4);
  const values = new Map<number, Buffer>();
  for (let at = 4; at < bytes.length; at += 4 + bytes[at + 3]!) {
    values.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + bytes[at + 3]!));
  }
  return values;
}

const numbers = (values: ReadonlyMap<number, Buffer>, ...codes: number[]): number[] =>
  codes.map((code) => Number(`0x${values.get(code)!.toString('hex')}`));

let tape: TapeUnit;

/** Three records of 2 MB were written, one read. */
beforeEach(async () => {
  tape = await makeTape();
  await meet(tape);
  for (let i = 0; i < 3; i += 1) {
    await send(tape, '0a 00 1e 84 80 00', { out: new Uint8Array(2 * MB) });
  }
  await send(tape, '01 00 00 00 00 00');
  await send(tape, '08 00 1e 84 80 00');
});

describe('the log of a tape drive', () => {
  it('has volume statistics of this load, of the life, and no compression', async () => {
    const values = await page(tape, 0x17);
    expect(numbers(values, 0x01, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x16, 0x17))
      .toEqual([1, 6, 2, 6, 2, 100, 100, 16, 6]);
    expect(values.get(0x0203)!.toString('hex')).toBe('0700000000000006');
  });

  it('has counts of commands and blocks (19h), and of bytes (37h)', async () => {
    const general = (await page(tape, 0x19)).get(1)!;
    expect(general).toHaveLength(64);
    expect([0, 8, 16, 24].map((at) => Number(general.readBigUInt64BE(at)))).toEqual([1, 3, 3, 1]);
    expect(numbers(await page(tape, 0x37), 0, 1, 2, 3, 4, 5))
      .toEqual([3, 3, 6 * MB, 1, 1, 2 * MB]);
  });

  it('tells one to one on both pages of compression', async () => {
    expect(await page(tape, 0x32)).toEqual(await page(tape, 0x1b));
    expect(numbers(await page(tape, 0x1b), 0, 1, 2, 6)).toEqual([100, 100, 2, 6]);
  });

  it('has the state of the device: prevented, protected, present, mounted', async () => {
    expect([...(await page(tape, 0x11)).get(0)!]).toEqual([0x21, 0x13, 0, 0]);
    await send(tape, '1e 00 00 00 01 00');
    await send(tape, '1b 00 00 00 00 00');
    expect([...(await page(tape, 0x11)).get(0)!]).toEqual([0xa1, 0x13, 0, 1]);
    expect(numbers(await page(tape, 0x14), 0x0e, 0x0f, 0x80)).toEqual([0, 0, 1]);
    await send(tape, '1e 00 00 00 00 00');
    await send(tape, '1b 00 00 00 00 00');
    expect([...(await page(tape, 0x11)).get(0)!]).toEqual([0x21, 0x10, 0, 1]);
  });
});

describe('LOG SELECT', () => {
  const select = (byte1: number, byte2: number, subpage = 0, length = 0) =>
    send(tape, Uint8Array.of(0x4c, byte1, byte2, subpage, 0, 0, 0, 0, length, 0));

  it('begins to count one page anew, of which others are told', async () => {
    await meet(tape, BOB);
    expect(told(await select(2, 0x4c))).toBe('good');
    expect(numbers(await page(tape, 0x0c), 0, 2)).toEqual([0, 0]);
    expect(numbers(await page(tape, 0x02), 5)).toEqual([6 * MB]);
    expect(told(await send(tape, '00 00 00 00 00 00', { nexus: BOB }))).toBe('06/2A/02');
  });

  it('begins anew on all pages, but the life of the volume goes on', async () => {
    expect(told(await select(2, 0x40))).toBe('good');
    expect(numbers(await page(tape, 0x02), 5)).toEqual([0]);
    expect(numbers(await page(tape, 0x37), 2)).toEqual([0]);
    expect(numbers(await page(tape, 0x17), 0x10)).toEqual([6]);
  });

  it('changes nothing without PCR, or of thresholds', async () => {
    for (const [byte1, byte2] of [[0, 0x42], [2, 0x02]] as const) {
      expect(told(await select(byte1, byte2))).toBe('good');
    }
    expect(numbers(await page(tape, 0x02), 5)).toEqual([6 * MB]);
  });

  it.each([
    ['an unknown page', 2, 0x44, 0, 0], ['a subpage', 2, 0x42, 1, 0], ['a list', 0, 0x42, 0, 4],
    ['saving', 1, 0x42, 0, 0],
  ])('refuses %s', async (_name, byte1, byte2, subpage, length) => {
    expect(told(await select(byte1, byte2, subpage, length))).toBe('05/24/00');
  });
});
