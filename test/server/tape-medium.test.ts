import { describe, expect, it } from 'vitest';
import { parseHex } from '../../src/bytes/hex.ts';
import type { TapeUnit } from '../../src/server/tape.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { makeTape, meet, send, type TapeFixture, told } from './device-fixture.ts';

const MIB = 1024 * 1024;

async function ready(fixture: TapeFixture = {}): Promise<TapeUnit> {
  const tape = await makeTape(fixture);
  await meet(tape);
  return tape;
}

const filled = (byteLength: number, value = 1): Uint8Array =>
  new Uint8Array(byteLength).fill(value);
const cdb6 = (opcode: number, flags: number, length: number): Uint8Array =>
  Uint8Array.of(opcode, flags, length >>> 16, length >>> 8, length, 0);
const write = (tape: TapeUnit, byteLength: number, value = 1) =>
  send(tape, cdb6(0x0a, 0, byteLength), { out: filled(byteLength, value) });
const read = (tape: TapeUnit, byteLength: number) => send(tape, cdb6(0x08, 0, byteLength));
const filemark = (tape: TapeUnit) => send(tape, cdb6(0x10, 0, 1));
const toldOf = async (tape: TapeUnit, cdb: string, out?: Uint8Array) =>
  told(await send(tape, cdb, out === undefined ? {} : { out }));
const space = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** MODE SELECT(10) of pages behind an empty header. */
const select = (tape: TapeUnit, page: string) => {
  const list = Buffer.concat([Buffer.alloc(8), space(page)]);
  return send(tape, Uint8Array.of(0x55, 0x10, 0, 0, 0, 0, 0, 0, list.length, 0), { out: list });
};
const sense = async (tape: TapeUnit, page: string, subpage = '00'): Promise<Buffer> =>
  Buffer.from((await send(tape, `5a 08 ${page} ${subpage} 00 00 00 02 00 00`)).data.subarray(8));

/** Two partitions: 2 MB, and what is left. */
const TWO = '11 0a 01 01 3c 03 06 00 00 02 ff ff';
const FORMAT = '04 00 01 00 00 00';
const locate = (object: number, partition: number, type = 0): Uint8Array => {
  const cdb = Buffer.alloc(16);
  cdb.set([0x92, (type << 3) | 2, 0, partition]);
  cdb.writeBigUInt64BE(BigInt(object), 4);
  return cdb;
};
/** Partition, object and file of READ POSITION, long form. */
const position = async (tape: TapeUnit) => {
  const data = Buffer.from((await send(tape, '34 06 00 00 00 00 00 00 00 00')).data);
  return [data.readUInt32BE(4), Number(data.readBigUInt64BE(8)), Number(data.readBigUInt64BE(16))];
};

async function inTwo(fixture: TapeFixture = {}): Promise<TapeUnit> {
  const tape = await ready(fixture);
  expect(told(await select(tape, TWO))).toBe('good');
  expect(await toldOf(tape, FORMAT)).toBe('good');
  return tape;
}

describe('partitions', () => {
  it('are made as mode page 11h says, and told by it', async () => {
    const tape = await inTwo();
    expect(tape.drive.tape.label.partitionBytes).toEqual([2_000_000, 16 * MIB - 2_000_000]);
    const page = await sense(tape, '11');
    expect(page.subarray(0, 4).toString('hex')).toBe('110a0101');
    expect(await toldOf(tape, '04 00 00 00 00 00')).toBe('good');
    expect((await sense(tape, '11'))[3]).toBe(0);
  });

  it('are made again of what the page tells', async () => {
    const tape = await inTwo();
    const page = await sense(tape, '11');
    expect(told(await select(tape, page.toString('hex')))).toBe('good');
    expect(await toldOf(tape, FORMAT)).toBe('good');
    expect(tape.drive.tape.partitionCount).toBe(2);
  });

  it.each([
    ['in halves where the drive chooses', '11 0a 01 01 84 03 00 00 00 00 00 00',
      [8 * MIB, 8 * MIB]],
    ['in MB', '11 0a 01 01 34 03 00 00 ff ff 00 03', [16 * MIB - 3_000_000, 3_000_000]],
    ['in kB', '11 0a 01 01 2c 03 00 00 03 e8 ff ff', [1_000_000, 16 * MIB - 1_000_000]],
    ['one', '11 0a 01 00 3c 03 06 00 00 02 00 00', [16 * MIB]],
  ])('are made %s', async (_, page, sizes) => {
    const tape = await ready();
    expect(told(await select(tape, page))).toBe('good');
    expect(await toldOf(tape, '04 00 02 00 00 00')).toBe('good');
    expect(tape.drive.tape.label.partitionBytes).toEqual(sizes);
  });

  it.each([
    ['more than there is room for', '11 0a 01 01 3c 03 09 00 00 01 ff ff'],
    ['too many', '11 0a 01 02 3c 03 06 00 00 02 ff ff'],
    ['none of one byte', '11 0a 01 01 24 03 00 00 00 01 ff ff'],
    ['another maximum', '11 0a 03 01 3c 03 06 00 00 02 ff ff'],
  ])('are refused: %s', async (_, page) => {
    expect(told(await select(await ready(), page))).toBe('05/26/00');
  });

  it('are formatted at the beginning of partition 0 alone', async () => {
    const tape = await inTwo();
    await send(tape, locate(0, 1));
    expect(await toldOf(tape, FORMAT)).toBe('05/3B/0C');
    expect(await toldOf(tape, '0b 00 00 ff ff 00')).toBe('05/3B/0C');
    await send(tape, locate(0, 0));
    await write(tape, 10);
    expect(await toldOf(tape, FORMAT)).toBe('05/3B/0C');
  });

  it('hold objects and positions of their own', async () => {
    const tape = await inTwo();
    await write(tape, 100, 1);
    await filemark(tape);
    expect(told(await send(tape, locate(0, 1)))).toBe('good');
    expect(await position(tape)).toEqual([1, 0, 0]);
    await write(tape, 50, 2);
    expect(await position(tape)).toEqual([1, 1, 0]);
    await send(tape, '01 00 00 00 00 00');
    expect(await position(tape)).toEqual([1, 0, 0]);
    expect((await read(tape, 50)).data).toEqual(filled(50, 2));
    expect(told(await send(tape, locate(1, 0, 1)))).toBe('good');
    expect(await position(tape)).toEqual([0, 2, 1]);
    expect(told(await send(tape, locate(0, 1, 3)))).toBe('good');
    expect(await position(tape)).toEqual([1, 1, 0]);
    expect(told(await send(tape, '2b 02 00 00 00 00 00 00 00 00'))).toBe('good');
    expect((await read(tape, 100)).data).toEqual(filled(100, 1));
  });

  it('are told by every form of READ POSITION and page 10h, and left by a load', async () => {
    const tape = await inTwo();
    await send(tape, locate(0, 1));
    expect((await send(tape, '34 00 00 00 00 00 00 00 00 00')).data[1]).toBe(1);
    expect((await send(tape, '34 08 00 00 00 00 00 00 20 00')).data[1]).toBe(1);
    const page = await sense(tape, '10');
    expect(page[3]).toBe(1);
    expect(told(await select(tape, page.toString('hex')))).toBe('good');
    await send(tape, '1b 00 00 00 01 00');
    expect(await position(tape)).toEqual([0, 0, 0]);
  });

  it('beyond the last are refused', async () => {
    const tape = await inTwo();
    expect(told(await send(tape, locate(0, 2)))).toBe('05/24/00');
    expect(await toldOf(tape, '2b 02 00 00 00 00 00 00 02 00')).toBe('05/24/00');
  });
});

describe('SET CAPACITY', () => {
  it('makes the tape shorter, and as long as it was', async () => {
    const tape = await ready();
    expect(await toldOf(tape, '0b 00 00 80 00 00')).toBe('good');
    expect(tape.drive.tape.capacityBytes).toBe(Math.floor((16 * MIB * 0x8000) / 0xffff));
    expect(await toldOf(tape, '0b 00 00 ff ff 00')).toBe('good');
    expect(tape.drive.tape.capacityBytes).toBe(16 * MIB);
  });
});

describe('ERASE(16)', () => {
  it('makes an end of data where the drive is told to be, and nowhere else', async () => {
    const tape = await ready();
    for (const value of [1, 2, 3]) await write(tape, 10, value);
    await send(tape, locate(1, 0));
    expect(await toldOf(tape, '93 01 00 00 0000000000000002 00 00 00 00'.replaceAll(' ', '')))
      .toBe('05/3B/00');
    expect(await toldOf(tape, '93010000000000000000000100000000')).toBe('good');
    expect(tape.drive.tape.endOfData).toBe(1);
  });
});

describe('VERIFY', () => {
  it.each([
    ['a record', '130000000a00', undefined, 'good', 1],
    ['a record with equal bytes', '130200000a00', filled(10, 5), 'good', 1],
    ['a record with other bytes', '130200000a00', filled(10, 6), '0E/1D/00', 1],
    ['a record that is shorter', '130000000b00', undefined, '00/00/00', 1],
    ['nothing', '130000000000', undefined, 'good', 0],
    ['fixed blocks in variable mode', '130100000100', undefined, '05/24/00', 0],
    ['a record at its place', '8f00000000000000000000000000 0a 0000'.replaceAll(' ', ''),
      undefined, 'good', 1],
    ['a filemark at another place', '8f0000000000000000000001 00000a 00'.replaceAll(' ', ''),
      undefined, '00/00/01', 2],
  ])('looks at %s', async (_, hex, out, expected, at) => {
    const tape = await ready();
    await write(tape, 10, 5);
    await filemark(tape);
    await send(tape, '01 00 00 00 00 00');
    const cdb = Buffer.alloc(hex.startsWith('8f') ? 16 : 6);
    cdb.set(parseHex(hex).subarray(0, cdb.length));
    expect(told(await send(tape, cdb, out === undefined ? {} : { out }))).toBe(expected);
    expect(tape.drive.position).toBe(at);
  });

  it('stops at a filemark, behind it', async () => {
    const tape = await ready();
    await filemark(tape);
    await send(tape, '01 00 00 00 00 00');
    const answer = await send(tape, '13 00 00 00 0a 00');
    expect([told(answer), answer.sense?.filemark, answer.data.length]).toEqual(
      ['00/00/01', true, 0]);
  });
});

const EXTENSION = (mode: string, pews: string): string =>
  `50 01 00 1c 00 ${mode} ${pews} ${'00 '.repeat(24)}`;

describe('programmable early warning', () => {
  it('is told once, by the write that enters its zone, and by BPEW', async () => {
    const tape = await ready({ options: { earlyWarningBytes: 2 * MIB } });
    expect(told(await select(tape, EXTENSION('00', '00 04')))).toBe('good');
    expect((await sense(tape, '10', '01')).toString('hex')).toMatch(/^5001001c00000004/);
    const flags = async () => (await send(tape, '34 00 00 00 00 00 00 00 00 00')).data[0]!;
    const seen: string[] = [];
    for (let i = 0; i < 15; i += 1) {
      const answer = await write(tape, MIB);
      seen.push(`${told(answer)} ${answer.sense?.eom ?? false} ${(await flags()) & 0x41}`);
    }
    expect(seen.slice(9)).toEqual([
      'good false 0', '00/00/07 true 1', 'good false 1', 'good false 1', '00/00/02 true 65',
      '00/00/02 true 65']);
  });

  it('ends with a reset', async () => {
    const tape = await ready();
    await select(tape, EXTENSION('10', '00 04'));
    tape.reset();
    expect([tape.drive.guard.warningMb, tape.drive.guard.appendOnly]).toEqual([0, false]);
  });
});

describe('append-only mode', () => {
  const allow = (kind: number, object: number): Uint8Array => {
    const cdb = Buffer.alloc(16);
    cdb.set([0x82, 0, kind, 0]);
    cdb.writeBigUInt64BE(BigInt(object), 4);
    return cdb;
  };

  it('writes at the end of data, and elsewhere once it is allowed there', async () => {
    const tape = await ready();
    await select(tape, EXTENSION('10', '00 00'));
    for (const value of [1, 2]) expect(told(await write(tape, 10, value))).toBe('good');
    await send(tape, locate(1, 0));
    expect(told(await write(tape, 10))).toBe('07/30/0C');
    expect(told(await filemark(tape))).toBe('07/30/0C');
    expect(await toldOf(tape, '19 00 00 00 00 00')).toBe('07/30/0C');
    expect(told(await send(tape, allow(1, 0)))).toBe('05/3B/00');
    expect(told(await send(tape, allow(1, 1)))).toBe('good');
    expect(told(await write(tape, 10, 9))).toBe('good');
    await send(tape, locate(1, 0));
    expect(told(await write(tape, 10))).toBe('07/30/0C');
  });

  it('formats once that is allowed', async () => {
    const tape = await ready();
    await select(tape, EXTENSION('10', '00 00'));
    await write(tape, 10);
    await send(tape, '01 00 00 00 00 00');
    expect(await toldOf(tape, FORMAT)).toBe('07/30/0C');
    await send(tape, allow(2, 0));
    expect(await toldOf(tape, FORMAT)).toBe('good');
  });
});

describe('a WORM tape', () => {
  it('takes what follows its end, and in place of its last filemarks alone', async () => {
    const tape = await ready({ options: { worm: true } });
    await write(tape, 10, 1);
    await filemark(tape);
    await send(tape, locate(1, 0));
    expect(told(await write(tape, 10, 2))).toBe('good');
    await send(tape, locate(0, 0));
    expect(told(await write(tape, 10))).toBe('07/30/0C');
    expect(await toldOf(tape, FORMAT)).toBe('07/30/0C');
    expect(tape.drive.tape.endOfData).toBe(2);
  });

  it('is told by mode page 1Dh, the medium type, page B0h, log and memory', async () => {
    const tape = await ready({ options: { worm: true } });
    expect((await sense(tape, '1d'))[2]).toBe(1);
    expect((await send(tape, '5a 08 1d 00 00 00 00 02 00 00')).data[2]).toBe(0x8c);
    expect((await send(tape, '12 01 b0 00 ff 00')).data[4]).toBe(1);
    const { data } = await send(tape, '8c 00 00 00 00 00 00 00 04 08 00 00 00 0a 00 00');
    expect(data[9]).toBe(0x80);
  });
});

it('keeps what a drive did with a cartridge when it is unloaded', async () => {
  const files = memoryFiles();
  const tape = await ready({ files });
  await write(tape, 100);
  await send(tape, '01 00 00 00 00 00');
  await read(tape, 100);
  await send(tape, '1b 00 00 00 00 00');
  expect(tape.drive.cartridge?.label.usage).toMatchObject(
    { loads: 1, writtenBytes: 100, readBytes: 100 });
});
