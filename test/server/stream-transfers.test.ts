import { describe, expect, it } from 'vitest';
import type { TapeUnit } from '../../src/server/tape.ts';
import { type Answer, makeTape, meet, send, told } from './device-fixture.ts';

const FIXED = 0x01;
const SILI = 0x02;
const FCS = 0x08;
const MIB = 1024 * 1024;

const filled = (byteLength: number, value: number): Uint8Array =>
  new Uint8Array(byteLength).fill(value);

/** A CDB of 16 bytes with an explicit address and a length of three bytes. */
function cdb16(
  opcode: number, flags: number, object: number | bigint, length: number, partition = 0) {
  const cdb = Buffer.alloc(16);
  cdb.set([opcode, flags, 0, partition]);
  cdb.writeBigUInt64BE(BigInt(object), 4);
  cdb.writeUIntBE(length, 12, 3);
  return cdb;
}

const write = (
  tape: TapeUnit, object: number, value: number, flags = 0, byteLength = 10): Promise<Answer> =>
  send(tape, cdb16(0x8a, flags, object, byteLength), { out: filled(byteLength, value) });
const read = (
  tape: TapeUnit, object: number | bigint, length = 10, flags = 0, partition = 0) =>
  send(tape, cdb16(0x88, flags, object, length, partition));

/** Records of 10 bytes, each filled with its number, and a filemark behind. */
async function written(count: number): Promise<TapeUnit> {
  const tape = await makeTape();
  await meet(tape);
  for (let i = 0; i < count; i += 1) expect(told(await write(tape, i, i))).toBe('good');
  await send(tape, cdb16(0x80, 0, count, 1));
  return tape;
}

describe('WRITE(16)', () => {
  it('writes where the tape stands, and nowhere else', async () => {
    const tape = await written(3);
    expect(told(await write(tape, 2, 9))).toBe('05/3B/00');
    expect(told(await send(tape, cdb16(0x8a, 0, 4, 10, 1), { out: filled(10, 1) })))
      .toBe('05/24/00');
    expect([tape.drive.position, tape.drive.tape.endOfData]).toEqual([4, 4]);
    expect(told(await write(tape, 4, 9))).toBe('good');
  });

  it('goes where the first command of a sequence says', async () => {
    const tape = await written(3);
    expect(told(await write(tape, 1, 7, FCS))).toBe('good');
    expect(told(await write(tape, 2, 8))).toBe('good');
    expect(tape.drive.tape.endOfData).toBe(3);
    expect((await read(tape, 1)).data).toEqual(filled(10, 7));
    expect(told(await write(tape, 9, 9, FCS))).toBe('08/00/05');
    expect(tape.drive.tape.endOfData).toBe(3);
  });

  it('writes fixed blocks, and refuses a record that is too long', async () => {
    const tape = await written(0);
    tape.drive.blockBytes = 20;
    const blocks = send(tape, cdb16(0x8a, FIXED, 1, 3), { out: filled(60, 3) });
    expect(told(await blocks)).toBe('good');
    expect(tape.drive.position).toBe(4);
    const long = await send(tape, cdb16(0x8a, 0, 4, 8 * MIB + 1), { out: new Uint8Array(1) });
    expect([told(long), [...long.rawSense!.subarray(15, 18)]]).toEqual(['05/24/00', [0xc0, 0, 12]]);
  });
});

describe('READ(16)', () => {
  it('reads at its address, wherever the tape stands', async () => {
    const tape = await written(4);
    for (const object of [2, 0, 1, 3]) {
      expect((await read(tape, object)).data).toEqual(filled(10, object));
      expect(tape.drive.position).toBe(object + 1);
    }
  });

  it.each([
    ['a filemark', 4n, 10, 0, 0, '00/00/01', 5], ['the end of data', 5n, 10, 0, 0, '08/00/05', 5],
    ['what is behind the end of data', 2n ** 63n, 10, 0, 0, '08/00/05', 5],
    ['a shorter record', 1n, 11, 0, 0, '00/00/00', 2],
    ['one with SILI', 1n, 11, SILI, 0, 'good', 2],
    ['nothing', 1n, 0, 0, 0, 'good', 1], ['SILI and FIXED', 1n, 1, SILI | FIXED, 0, '05/24/00', 5],
    ['fixed blocks in variable mode', 1n, 1, FIXED, 0, '05/24/00', 5],
    ['a partition that is not there', 1n, 10, 0, 1, '05/24/00', 5],
  ])('meets %s', async (_name, object, length, flags, partition, expected, position) => {
    const tape = await written(4);
    expect(told(await read(tape, object, length, flags, partition))).toBe(expected);
    expect(tape.drive.position).toBe(position);
  });
});

it('WRITE FILEMARKS(16) and ERASE(16) begin a sequence with FCS, too', async () => {
  const tape = await written(4);
  expect(told(await send(tape, cdb16(0x80, FCS, 3, 2)))).toBe('good');
  expect(tape.drive.tape.endOfData).toBe(5);
  expect(told(await send(tape, cdb16(0x93, FCS, 1, 0)))).toBe('good');
  expect(tape.drive.tape.endOfData).toBe(1);
});
