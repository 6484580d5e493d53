import { describe, expect, it } from 'vitest';
import type { TapeUnit } from '../../src/server/tape.ts';
import { type Answer, makeTape, meet, send, told } from './device-fixture.ts';

const filled = (byteLength: number, value: number): Uint8Array =>
  new Uint8Array(byteLength).fill(value);

/** Byte 1, then a length or count of three bytes. */
const cdb6 = (opcode: number, flags: number, length: number): Uint8Array =>
  Uint8Array.of(opcode, flags, length >>> 16, length >>> 8, length, 0);

const REWIND = '01 00 00 00 00 00';
const FIXED = 1;
const SILI = 2;

/** A tape at its beginning with records of these lengths, `m` for a filemark. */
async function tapeWith(objects: string, blockBytes = 0): Promise<TapeUnit> {
  const tape = await makeTape();
  await meet(tape);
  for (const [i, object] of objects.split(' ').filter(Boolean).entries()) {
    const answer = object === 'm' ? await send(tape, cdb6(0x10, 0, 1))
      : await send(tape, cdb6(0x0a, 0, Number(object)), { out: filled(Number(object), i + 1) });
    expect(told(answer)).toBe('good');
  }
  await send(tape, REWIND);
  tape.drive.blockBytes = blockBytes;
  return tape;
}

const bits = ({ sense }: Answer): string => [
  sense?.filemark ? 'FM' : '', sense?.eom ? 'EOM' : '', sense?.ili ? 'ILI' : ''].join('');

describe('READ(6)', () => {
  // objects, block length, FIXED and SILI, length → sense, bits, INFORMATION, bytes, position
  type Row = readonly [
    string, string, number, number, number, string, string, bigint | undefined, number, number];
  const TABLE: readonly Row[] = [
    ['a record as long as asked', '512', 0, 0, 512, 'good', '', undefined, 512, 1],
    ['a shorter record', '500', 0, 0, 512, '00/00/00', 'ILI', 12n, 500, 1],
    ['a longer record', '600', 0, 0, 512, '00/00/00', 'ILI', -88n, 512, 1],
    ['a shorter record with SILI', '500', 0, SILI, 512, 'good', '', undefined, 500, 1],
    ['a longer record with SILI in variable mode', '600', 0, SILI, 512,
      'good', '', undefined, 512, 1],
    ['a longer record with SILI in fixed mode', '600', 512, SILI, 512,
      '00/00/00', 'ILI', -88n, 512, 1],
    ['a filemark', 'm 512', 0, 0, 512, '00/00/01', 'FM', 512n, 0, 1],
    ['a filemark with SILI', 'm 512', 0, SILI, 512, '00/00/01', 'FM', 512n, 0, 1],
    ['the end of data', '', 0, 0, 512, '08/00/05', '', 512n, 0, 0],
    ['the end of data with SILI', '', 0, SILI, 512, '08/00/05', '', 512n, 0, 0],
    ['a filemark where fixed blocks are asked for', 'm 512', 512, FIXED, 3,
      '00/00/01', 'FM', 3n, 0, 1],
    ['the end of data where fixed blocks are asked for', '', 512, FIXED, 3,
      '08/00/05', '', 3n, 0, 0],
    ['a first fixed block that is longer', '600 512', 512, FIXED, 2,
      '00/00/00', 'ILI', 2n, 0, 1],
    ['a first fixed block that is shorter', '100 512', 512, FIXED, 2,
      '00/00/00', 'ILI', 2n, 0, 1],
    ['one of two filemarks', 'm m', 0, 0, 512, '00/00/01', 'FM', 512n, 0, 1],
    ['nothing', '512', 0, 0, 0, 'good', '', undefined, 0, 0],
    ['fixed blocks', '512 512 512', 512, FIXED, 2, 'good', '', undefined, 1024, 2],
    ['fixed blocks with a shorter record among them', '512 300 512', 512, FIXED, 3,
      '00/00/00', 'ILI', 2n, 512, 2],
    ['fixed blocks with a longer record among them', '512 512 900', 512, FIXED, 3,
      '00/00/00', 'ILI', 1n, 1024, 3],
    ['fixed blocks up to a filemark', '512 512 m 512', 512, FIXED, 5,
      '00/00/01', 'FM', 3n, 1024, 3],
    ['fixed blocks up to the end of data', '512 512', 512, FIXED, 3, '08/00/05', '', 1n, 1024, 2],
    ['no fixed blocks', '512', 512, FIXED, 0, 'good', '', undefined, 0, 0],
    ['fixed blocks with SILI', '512', 512, FIXED | SILI, 1, '05/24/00', '', undefined, 0, 0],
    ['fixed blocks in variable mode', '512', 0, FIXED, 1, '05/24/00', '', undefined, 0, 0],
    ['more than a record may have', '512', 0, 0, 0xff_ffff, '00/00/00', 'ILI',
      BigInt(0xff_ffff - 512), 512, 1],
  ];

  it.each(TABLE)('meets %s', async (
    _name, objects, blockBytes, flags, length, sense, marks, information, byteLength, position) => {
    const tape = await tapeWith(objects, blockBytes);
    const answer = await send(tape, cdb6(0x08, flags, length));
    expect([told(answer), bits(answer), answer.sense?.information])
      .toEqual([sense, marks, information]);
    expect([answer.data.length, answer.wantedBytes, tape.drive.position])
      .toEqual([byteLength, byteLength, position]);
  });

  it('gives the bytes of the records, in order', async () => {
    const tape = await tapeWith('512 512 700 m 512', 512);
    const fixed = await send(tape, cdb6(0x08, FIXED, 2));
    expect(fixed.data).toEqual(Uint8Array.from([...filled(512, 1), ...filled(512, 2)]));
    expect((await send(tape, cdb6(0x08, 0, 700))).data).toEqual(filled(700, 3));
    await send(tape, cdb6(0x08, 0, 512));
    expect((await send(tape, cdb6(0x08, 0, 512))).data).toEqual(filled(512, 5));
  });

  it('gives no more than the initiator takes, and moves all the same', async () => {
    const tape = await tapeWith('512');
    const answer = await send(tape, cdb6(0x08, 0, 512), { expectedIn: 100 });
    expect([answer.data, answer.wantedBytes]).toEqual([filled(100, 1), 512]);
    expect(tape.drive.position).toBe(1);
  });

  it('refuses more fixed blocks than one command may move', async () => {
    const tape = await tapeWith('512', 0x80_0000);
    expect(told(await send(tape, cdb6(0x08, FIXED, 9)))).toBe('05/24/00');
    expect(told(await send(tape, cdb6(0x08, FIXED, 8)))).toBe('00/00/00');
  });

  it('at the end of data past early warning says so', async () => {
    const tape = await makeTape({ options: {
      capacityBytes: 1024 * 1024, earlyWarningBytes: 1024 * 1024 } });
    await meet(tape);
    const answer = await send(tape, cdb6(0x08, 0, 512));
    expect([told(answer), bits(answer)]).toEqual(['08/00/05', 'EOM']);
  });
});

describe('SPACE(6)', () => {
  const BLOCKS = 0;
  const FILEMARKS = 1;
  const SEQUENCE = 2;
  const END = 3;
  // from, code, count → sense, bits, INFORMATION, position, over: r r m r r m m r
  const TABLE: readonly (readonly [
    string, number, number, number, string, string, bigint | undefined, number])[] = [
    ['blocks', 0, BLOCKS, 2, 'good', '', undefined, 2],
    ['blocks up to a filemark', 0, BLOCKS, 5, '00/00/01', 'FM', 3n, 3],
    ['blocks up to the end of data', 7, BLOCKS, 3, '08/00/05', '', 2n, 8],
    ['blocks back', 5, BLOCKS, -2, 'good', '', undefined, 3],
    ['blocks back up to a filemark', 5, BLOCKS, -5, '00/00/01', 'FM', 3n, 2],
    ['blocks back up to the beginning', 2, BLOCKS, -3, '00/00/04', 'EOM', 1n, 0],
    ['no blocks', 4, BLOCKS, 0, 'good', '', undefined, 4],
    ['filemarks', 0, FILEMARKS, 2, 'good', '', undefined, 6],
    ['filemarks up to the end of data', 0, FILEMARKS, 5, '08/00/05', '', 2n, 8],
    ['all filemarks, as mt eod does', 4, FILEMARKS, 0x7f_ffff, '08/00/05', '',
      BigInt(0x7f_ffff - 2), 8],
    ['filemarks back', 8, FILEMARKS, -1, 'good', '', undefined, 6],
    ['filemarks back over two', 8, FILEMARKS, -2, 'good', '', undefined, 5],
    ['filemarks back up to the beginning', 8, FILEMARKS, -4, '00/00/04', 'EOM', 1n, 0],
    ['no filemarks', 4, FILEMARKS, 0, 'good', '', undefined, 4],
    ['two filemarks in a row', 0, SEQUENCE, 2, 'good', '', undefined, 7],
    ['the second of two in a row', 6, SEQUENCE, 1, 'good', '', undefined, 7],
    ['three in a row, which are not there', 0, SEQUENCE, 3, '08/00/05', '', undefined, 8],
    ['two in a row backwards', 8, SEQUENCE, -2, 'good', '', undefined, 5],
    ['two in a row backwards, which are not there', 5, SEQUENCE, -2, '00/00/04', 'EOM', undefined,
      0],
    ['no sequence', 4, SEQUENCE, 0, 'good', '', undefined, 4],
    ['to the end of data', 1, END, 7, 'good', '', undefined, 8],
  ];

  it.each(TABLE)('goes over %s', async (
    _name, from, code, count, sense, marks, information, position) => {
    const tape = await tapeWith('10 20 m 30 30 m m 40');
    for (const long of [false, true]) {
      await send(tape, Uint8Array.of(0x92, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, from, 0, 0, 0, 0));
      const answer = await send(tape, long ? space16(code, count) : cdb6(0x11, code, count));
      expect([told(answer), bits(answer), answer.sense?.information, tape.drive.position])
        .toEqual([sense, marks, information, position]);
    }
  });

  it.each([4, 5])('refuses code %i', async (code) => {
    const tape = await tapeWith('10');
    expect(told(await send(tape, cdb6(0x11, code, 1)))).toBe('05/24/00');
  });

  it('so back and forth over a record comes back to it', async () => {
    const tape = await tapeWith('10 20 m');
    await send(tape, cdb6(0x11, END, 0));
    await send(tape, cdb6(0x11, FILEMARKS, -1));
    await send(tape, cdb6(0x11, BLOCKS, -1));
    expect((await send(tape, cdb6(0x08, 0, 20))).data).toEqual(filled(20, 2));
  });
});

function space16(code: number, count: number): Uint8Array {
  const cdb = Buffer.alloc(16);
  cdb[0] = 0x91;
  cdb[1] = code;
  cdb.writeBigInt64BE(BigInt(count), 4);
  return cdb;
}

describe('LOCATE', () => {
  const locate16 = (flags: number, identifier: bigint, partition = 0): Uint8Array => {
    const cdb = Buffer.alloc(16);
    cdb[0] = 0x92;
    cdb[1] = flags;
    cdb[3] = partition;
    cdb.writeBigUInt64BE(identifier, 4);
    return cdb;
  };

  it.each([
    ['object', locate16(0x00, 3n), 'good', 3], ['the end of data', locate16(0x00, 8n), 'good', 8],
    ['behind the end of data', locate16(0x00, 9n), '08/00/05', 8],
    ['very far behind it', locate16(0x00, 2n ** 64n - 1n), '08/00/05', 8],
    ['file 0', locate16(0x08, 0n), 'good', 0], ['file 1', locate16(0x08, 1n), 'good', 3],
    ['file 3', locate16(0x08, 3n), 'good', 7],
    ['a file that is not there', locate16(0x08, 4n), '08/00/05', 8],
    ['end of data as such', locate16(0x18, 0n), 'good', 8],
    ['the other partition', locate16(0x02, 0n, 1), '05/24/00', 4],
    ['this partition', locate16(0x02, 5n, 0), 'good', 5],
    ['a reserved destination', locate16(0x10, 0n), '05/24/00', 4],
    ['object by LOCATE(10)', Uint8Array.of(0x2b, 0, 0, 0, 0, 0, 6, 0, 0, 0), 'good', 6],
    ['object as mt seek does', Uint8Array.of(0x2b, 4, 0, 0, 0, 0, 2, 0, 0, 0), 'good', 2],
    ['another partition by LOCATE(10)', Uint8Array.of(0x2b, 2, 0, 0, 0, 0, 0, 0, 1, 0),
      '05/24/00', 4],
  ])('goes to %s', async (_name, cdb, sense, position) => {
    const tape = await tapeWith('10 20 m 30 30 m m 40');
    await send(tape, locate16(0, 4n));
    expect(told(await send(tape, cdb))).toBe(sense);
    expect(tape.drive.position).toBe(position);
  });
});

describe('READ POSITION', () => {
  const read = async (tape: TapeUnit, form: number, allocation = 0): Promise<string> =>
    Buffer.from((await send(tape, Uint8Array.of(
      0x34, form, 0, 0, 0, 0, 0, 0, allocation, 0))).data).toString('hex');

  it('counts records and filemarks together, in all forms', async () => {
    const tape = await tapeWith('10 20 m 30');
    await send(tape, cdb6(0x11, 3, 0));
    const short = '000000000000000400000004000000000000000000'.slice(0, 40);
    expect(await read(tape, 0x00)).toBe(short);
    expect(await read(tape, 0x01)).toBe(short);
    expect(await read(tape, 0x06))
      .toBe('0000000000000000000000000000000400000000000000010000000000000000');
    expect(await read(tape, 0x08, 32))
      .toBe('0000001c00000000000000000000000400000000000000040000000000000000');
    expect(await read(tape, 0x08, 4)).toBe('0000001c');
  });

  it('tells the beginning, and early warning', async () => {
    const tape = await tapeWith('10');
    expect((await read(tape, 0)).slice(0, 2)).toBe('80');
    const full = await makeTape({ options: {
      capacityBytes: 1024 * 1024, earlyWarningBytes: 1024 * 1024 - 10 } });
    await meet(full);
    await send(full, cdb6(0x0a, 0, 20), { out: filled(20, 1) });
    expect((await read(full, 0)).slice(0, 2)).toBe('41');
  });

  it('refuses other forms', async () => {
    const answer = await send(await tapeWith('10'), Uint8Array.of(0x34, 2, 0, 0, 0, 0, 0, 0, 0, 0));
    expect(told(answer)).toBe('05/24/00');
  });
});
