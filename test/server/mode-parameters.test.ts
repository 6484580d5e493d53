import { beforeEach, describe, expect, it } from 'vitest';
import { parseHex } from '../../src/bytes/hex.ts';
import type { DiskUnit } from '../../src/server/disk.ts';
import type { TapeUnit } from '../../src/server/tape.ts';
import { type Answer, ALICE, BOB, makeDisk, makeTape, meet, send, told } from './device-fixture.ts';

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const pointer = (answer: Answer): string => hex(answer.rawSense!.subarray(15, 18));
const TEST_UNIT_READY = '00 00 00 00 00 00';

let disk: DiskUnit;
let tape: TapeUnit;

beforeEach(async () => {
  disk = await makeDisk();
  tape = await makeTape();
  for (const nexus of [ALICE, BOB]) {
    await meet(disk, nexus);
    await meet(tape, nexus);
  }
});

const select6 = (unit: DiskUnit | TapeUnit, list: string): Promise<Answer> => {
  const out = parseHex(list);
  return send(unit, Uint8Array.of(0x15, 0x10, 0, 0, out.length, 0), { out });
};

describe('MODE SENSE', () => {
  it('gives header, block descriptor and all pages in ascending order', async () => {
    const { data } = await send(disk, '1a 00 3f 00 ff 00');
    expect(data[0]).toBe(data.length - 1);
    expect(hex(data.subarray(1, 12))).toBe('0010080000040000000200');
    const codes: number[] = [];
    for (let at = 12; at < data.length; at += 2 + data[at + 1]!) codes.push(data[at]!);
    expect(codes).toEqual([0x01, 0x02, 0x08, 0x0a, 0x1c]);
  });

  it('gives the same page alone as among all', async () => {
    const all = await send(disk, '1a 08 3f 00 ff 00');
    const one = await send(disk, '1a 08 0a 00 ff 00');
    expect(hex(all.data)).toContain(hex(one.data.subarray(4)));
  });

  it('is cut to four bytes when Linux asks so, with the whole length told', async () => {
    const { data, wantedBytes } = await send(disk, '1a 00 3f 00 04 00');
    expect([data.length, wantedBytes]).toEqual([4, 4]);
    expect(data[0]).toBeGreaterThan(50);
  });

  it('has a longer header, and long descriptors, in its longer form', async () => {
    expect(hex((await send(disk, '5a 00 08 00 00 00 00 00 ff 00')).data.subarray(0, 16)))
      .toBe('00220010000000080000040000000200');
    expect(hex((await send(disk, '5a 10 08 00 00 00 00 00 ff 00')).data.subarray(0, 24)))
      .toBe('002a00100100001000000000000004000000000000000200');
    expect(hex((await send(disk, '5a 18 08 00 00 00 00 00 ff 00')).data.subarray(0, 8)))
      .toBe('001a001000000000');
  });

  it('shows what can be changed, what is the default, and that nothing is saved', async () => {
    expect(hex((await send(disk, '1a 08 48 00 ff 00')).data.subarray(4, 7))).toBe('081204');
    expect(hex((await send(disk, '1a 08 88 00 ff 00')).data.subarray(4, 7))).toBe('081204');
    expect(hex((await send(disk, '1a 08 4a 00 ff 00')).data.subarray(4)))
      .toBe('0a0a04000800000000000000');
    const saved = await send(disk, '1a 08 c8 00 ff 00');
    expect([told(saved), pointer(saved)]).toEqual(['05/39/00', 'cf0002']);
  });

  it.each([
    ['an unknown page', '1a 00 05 00 ff 00', 'cd0002'],
    ['page 00h of a disk', '1a 00 00 00 ff 00', 'cd0002'],
    ['an unknown subpage', '1a 00 0a 05 ff 00', 'c00003'],
  ])('refuses %s', async (_name, cdb, place) => {
    const answer = await send(disk, cdb);
    expect([told(answer), pointer(answer)]).toEqual(['05/24/00', place]);
  });

  it('tells of write protection', async () => {
    const locked = await makeDisk({ readonly: true });
    await meet(locked);
    expect((await send(locked, '1a 00 3f 00 04 00')).data[2]).toBe(0x90);
  });
});

describe('MODE SELECT', () => {
  it('changes WCE, and tells the others', async () => {
    expect(told(await select6(disk, '00000000 0812 00000000000000000000000000000000 0000')))
      .toBe('good');
    expect(disk.caching.value.wce).toBe(false);
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY, { nexus: BOB }))).toBe('06/2A/01');
  });

  it('takes back what MODE SENSE gave', async () => {
    for (const unit of [disk, tape]) {
      const { data } = await send(unit, '1a 00 3f 00 ff 00');
      const out = data.slice();
      out[0] = 0;
      expect(told(await send(unit, Uint8Array.of(0x15, 0x10, 0, 0, out.length, 0), { out })))
        .toBe('good');
    }
  });

  it('turns on descriptor format sense data', async () => {
    await select6(disk, '00000000 0a0a 04 10 00 00 0000 ffff 0000');
    const answer = await send(disk, 'c0 00 00 00 00 00');
    expect(answer.rawSense![0]).toBe(0x72);
    expect(told(answer)).toBe('05/20/00');
  });

  it('turns on software write protection', async () => {
    await select6(disk, '00000000 0a0a 00 10 08 00 0000 ffff 0000');
    const out = new Uint8Array(512);
    expect(told(await send(disk, '2a 00 00 00 00 00 00 00 01 00', { out }))).toBe('07/27/02');
    expect(told(await send(disk, '28 00 00 00 00 00 00 00 01 00'))).toBe('good');
  });

  it('changes nothing when the list is empty', async () => {
    expect(told(await send(disk, '15 10 00 00 00 00'))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY, { nexus: BOB }))).toBe('good');
  });

  it.each([
    ['a bit that cannot be changed', '00000000 0812 05 00 00000000000000000000000000000000',
      '05/26/00', '880006'],
    ['an unknown page', '00000000 0502 0000', '05/26/00', '8d0004'],
    ['a page of another length', '00000000 0804 00000000', '05/26/00', '800005'],
    ['a page that is cut off', '00000000 0812 0000', '05/1A/00', '000000'],
    ['a header that is cut off', '000000', '05/1A/00', '000000'],
    ['a block descriptor that is cut off', '00000008 0000', '05/1A/00', '000000'],
    ['a block descriptor of another length', '00000004 00000000', '05/26/00', '800003'],
    ['another block length', '00000008 00000000 00001000', '05/26/00', '800009'],
  ])('refuses %s, and changes nothing', async (_name, list, sense, place) => {
    const before = (await send(disk, '1a 08 3f 00 ff 00')).data;
    const answer = await select6(disk, list);
    expect([told(answer), pointer(answer)]).toEqual([sense, place]);
    expect((await send(disk, '1a 08 3f 00 ff 00')).data).toEqual(before);
    expect(told(await send(disk, TEST_UNIT_READY, { nexus: BOB }))).toBe('good');
  });

  it('changes nothing if a later page is wrong', async () => {
    const answer = await select6(disk,
      '00000000 0812 00 00 00000000000000000000000000000000 0a0a ff 10 00 00 0000 ffff 0000');
    expect([told(answer), pointer(answer)]).toEqual(['05/26/00', '8f001a']);
    expect(disk.caching.value.wce).toBe(true);
  });

  it('refuses to save', async () => {
    const answer = await send(disk, '15 11 00 00 04 00', { out: new Uint8Array(4) });
    expect([told(answer), pointer(answer)]).toEqual(['05/24/00', 'c80001']);
  });

  it('refuses a list that the initiator does not send whole', async () => {
    const answer = await send(disk, '15 10 00 00 18 00', { out: new Uint8Array(10) });
    expect([told(answer), answer.wantedBytes]).toEqual(['05/0E/03', 24]);
  });

  it('is undone by a reset', async () => {
    await select6(disk, '00000000 0812 00 00 00000000000000000000000000000000');
    disk.reset();
    expect(disk.caching.value.wce).toBe(true);
  });
});

describe('mode parameters of a tape', () => {
  it('are header and block descriptor when st asks for page 00h', async () => {
    expect(hex((await send(tape, '1a 00 00 00 0c 00')).data)).toBe('0b8810085e00000000000000');
  });

  it('take a block length with the descriptor alone, as mt sends it', async () => {
    expect(told(await select6(tape, '00001008 00000000 00000400'))).toBe('good');
    expect(tape.drive.blockBytes).toBe(1024);
    expect(hex((await send(tape, '1a 00 00 00 0c 00')).data)).toBe('0b8810085e00000000000400');
  });

  it('take buffered mode 0 and 1', async () => {
    await select6(tape, '00000000');
    expect(tape.drive.isBuffered).toBe(false);
    expect((await send(tape, '1a 00 00 00 0c 00')).data[2]).toBe(0x00);
    await select6(tape, '00001000');
    expect(tape.drive.isBuffered).toBe(true);
  });

  it('take compression on, as mt sends it', async () => {
    const { data } = await send(tape, '1a 00 0f 00 1c 00');
    expect(hex(data.subarray(12))).toBe('0f0e4080000000000000000000000000');
    const out = data.slice();
    out[0] = 0;
    out[14]! |= 0x80;
    expect(told(await send(tape, '15 10 00 00 1c 00', { out }))).toBe('good');
    expect((await send(tape, '1a 00 0f 00 1c 00')).data[14]).toBe(0xc0);
  });

  it.each([
    ['buffered mode 2', '00002000', '8e0002'], ['a speed', '00001100', '8b0002'],
    ['another density', '00001008 46000000 00000000', '800004'],
    ['blocks longer than records may be', '00001008 00000000 00800001', '800009'],
  ])('refuse %s', async (_name, list, place) => {
    const answer = await select6(tape, list);
    expect([told(answer), pointer(answer)]).toEqual(['05/26/00', place]);
  });

  it.each(['00', '7f', '5e'])('take density %s', async (density) => {
    expect(told(await select6(tape, `00001008 ${density}000000 00000000`))).toBe('good');
  });

  it('go back to variable mode with a reset', async () => {
    await select6(tape, '00001008 00000000 00000400');
    tape.reset();
    expect(tape.drive.blockBytes).toBe(0);
  });

  it('are there, with an empty drive too', async () => {
    const empty = await makeTape({ empty: true });
    await meet(empty);
    expect(hex((await send(empty, '1a 00 00 00 0c 00')).data)).toBe('0b0010080000000000000000');
  });
});
