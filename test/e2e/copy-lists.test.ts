/** Lists in hexadecimal, and what the standard makes of them, worked out by hand. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { E2eFolder } from '../support/e2e-folder.ts';
import { brief, cut, ListBench, LUN, padded, pattern } from '../support/e2e-lists.ts';

const folder = new E2eFolder();
let bench: ListBench;

beforeEach(async () => {
  bench = await ListBench.open((name) => folder.file(name));
});
afterEach(() => bench.close());

const good = { told: 'good', sense: '' };

/** CSCD descriptors: disks with the blocks they have, tapes without FIXED, PAD as named. */
const DISK_A = 'E4 00 0000 01 03 00 08 {A} 00 000200';
const DISK_A_PAD = 'E4 00 0000 01 03 00 08 {A} 04 000200';
const DISK_B = 'E4 00 0000 01 03 00 08 {B} 00 000200';
const DISK_B_PAD = 'E4 00 0000 01 03 00 08 {B} 04 000200';
const DISK_C = 'E4 00 0000 01 03 00 08 {C} 00 001000';
const DISK_C_PAD = 'E4 00 0000 01 03 00 08 {C} 04 001000';
const TAPE_T = 'E4 01 0000 01 03 00 08 {T} 00 000000';
const TAPE_T_PAD = 'E4 01 0000 01 03 00 08 {T} 04 000000';
const TAPE_U = 'E4 01 0000 01 03 00 08 {U} 00 000000';

it('copies blocks between disks (18.1), and says how much', async () => {
  expect(await bench.copy('A', `
    2A 01 0040 00000000 0000001C 00000000
    ${DISK_A} ${DISK_B}
    02 00 0018 0000 0001 0000 0100 0000000000001000 0000000000002000`)).toMatchObject(good);
  expect(brief(bench.disk('B', 0x2000, 256))).toEqual(brief(bench.disk('A', 0x1000, 256)));
  expect(brief(bench.disk('B', 0x1fff, 1))).toEqual(brief(new Uint8Array(512)));
  expect(brief(bench.disk('B', 0x2100, 1))).toEqual(brief(new Uint8Array(512)));
  const status = await bench.client.must(
    LUN.A, '84 00 2A 00000000000000 00000020 00 00', { room: 32 });
  expect(Buffer.from(status).toString('hex')).toBe('00000008' + '01' + '0001' + '00' + '00020000');
  // It has been returned once after the end: now it is gone.
  expect(await bench.client.send(LUN.A, '84 00 2A 00000000000000 00000020 00 00', { room: 32 }))
    .toMatchObject({ told: '05/24/00' });
});

it('backs up to a tape of fixed blocks (18.2) and restores from it (18.3)', async () => {
  await bench.blockLength('T', 32_768);
  expect(await bench.copy('T', `
    2B 01 0040 00000000 00000024 00000000
    ${DISK_A} E4 01 0000 01 03 00 08 {T} 05 008000
    00 00 0014 0000 0001 00 000002 0000 012C 0000000000004000
    10 00 0008 0000 0001 00 000001`)).toMatchObject(good);
  const data = bench.disk('A', 0x4000, 300);
  await bench.blockLength('T', 0);
  const stream = padded([data], 6 * 32_768);
  expect(brief(await bench.tape('T'))).toEqual(brief([
    ...[0, 1, 2, 3, 4, 5].map((i) => stream.subarray(i * 32_768, (i + 1) * 32_768)), 'mark']));
  await bench.blockLength('T', 32_768);
  await bench.rewind('T');
  expect(await bench.copy('T', `
    2C 01 0040 00000000 00000018 00000000
    E4 01 0000 01 03 00 08 {T} 05 008000 ${DISK_B}
    01 00 0014 0000 0001 00 000002 0000 012C 0000000000004000`)).toMatchObject(good);
  expect(brief(bench.disk('B', 0x4000, 300))).toEqual(brief(data));
  expect(brief(bench.disk('B', 0x4000 + 300, 64))).toEqual(brief(new Uint8Array(64 * 512)));
  expect(await bench.position('T')).toBe(6);
});

it('drops what CAT kept behind the last segment (18.2 with CAT)', async () => {
  await bench.blockLength('T', 32_768);
  expect(await bench.copy('T', `
    2B 01 0040 00000000 00000024 00000000
    ${DISK_A} E4 01 0000 01 03 00 08 {T} 01 008000
    00 01 0014 0000 0001 00 000002 0000 012C 0000000000004000
    10 00 0008 0000 0001 00 000001`)).toMatchObject(good);
  await bench.blockLength('T', 0);
  const data = bench.disk('A', 0x4000, 256);
  expect(brief(await bench.tape('T'))).toEqual(brief([
    ...[0, 1, 2, 3].map((i) => data.subarray(i * 32_768, (i + 1) * 32_768)), 'mark']));
});

it('writes an inline label to a tape of variable blocks (18.5)', async () => {
  expect(await bench.copy('T', `
    2D 01 0020 00000000 00000020 00000050
    ${TAPE_T}
    04 00 0010 0000 0000 00 000050 00000000 00000050
    10 00 0008 0000 0000 00 000001
    56 4F 4C 31 45 58 4D 50 4C 30 31 ${'20'.repeat(69)}`)).toMatchObject(good);
  expect(brief(await bench.tape('T'))).toEqual(brief(
    [new Uint8Array(Buffer.from('VOL1EXMPL01'.padEnd(80))), 'mark']));
});

/**
 * D is what waits to be written: 1536 → a record of 1000, 536 stay; + 2560 = 3096 → 4 of 700, 296
 * stay; + 37 inline = 333 → 3 of 100, 33 stay; none → padded to one of 50.
 */
async function chainToTape(): Promise<Uint8Array[]> {
  const inline = pattern(9, 41);
  expect(await bench.copy('T', `
    01 00 0040 00000000 0000005C 00000029
    ${DISK_A} ${TAPE_T_PAD}
    00 01 0014 0000 0001 00 0003E8 0000 0003 000000000000000A   ; 3 blocks from 10, records of 1000
    00 01 0014 0000 0001 00 0002BC 0000 0005 0000000000000014   ; 5 blocks from 20, of 700
    04 01 0010 0000 0001 00 000064 00000004 00000025            ; inline 4 to 40, of 100
    00 00 0014 0000 0001 00 000032 0000 0000 0000000000000000   ; nothing more, of 50: padded
    ${Buffer.from(inline).toString('hex')}`)).toMatchObject(good);
  const stream = [bench.disk('A', 10, 3), bench.disk('A', 20, 5), inline.subarray(4)];
  const whole = padded(stream, 1000 + 2800 + 300 + 50);
  let at = 0;
  return [1000, 700, 700, 700, 700, 100, 100, 100, 50].map((length) => {
    at += length;
    return whole.subarray(at - length, at);
  });
}

it('chains segments with CAT over disks, inline data and records of other lengths', async () => {
  const records = await chainToTape();
  expect(brief(await bench.tape('T'))).toEqual(brief(records));
});

it('restores from the middle of records, and reads no more than it needs', async () => {
  const records = await chainToTape();
  await bench.rewind('T');
  expect(await bench.copy('T', `
    02 00 0040 00000000 00000098 00000000
    ${TAPE_T} ${DISK_B}
    01 01 0014 0000 0001 00 0003E8 0000 0001 0000000000000000   ; reads 1000, 488 left
    01 01 0014 0000 0001 00 0002BC 0000 0001 0000000000000001   ; reads 700, 676 left
    06 01 000C 0000 0000 00 0002BC 00000064                     ; 100 of what is left
    01 01 0014 0000 0001 00 0002BC 0000 0001 0000000000000002   ; 576 are enough: 64 left
    06 01 000C 0000 0000 00 0002BC 000002BC                     ; reads 700, 64 left
    01 01 0014 0000 0001 00 0002BC 0000 0002 0000000000000003   ; reads 2 of 700, 440 left
    01 01 0014 0000 0001 00 000064 0000 0001 0000000000000005   ; reads 100, 28 left`,
  )).toMatchObject(good);
  expect(brief(bench.disk('B', 0, 6))).toEqual(brief(cut(
    [cut(records, 0, 1024), cut(records, 1124, 1636), cut(records, 2336, 3872)], 0, 3072)));
  expect(await bench.position('T')).toBe(6);
});

it('drops the rest of a record where its source pads, and keeps it otherwise', async () => {
  const records = [pattern(1, 777), pattern(2, 777), pattern(3, 777)];
  await bench.record('T', records);
  expect(await bench.copy('T', `
    03 00 0040 00000000 00000040 00000000
    ${TAPE_T_PAD} ${DISK_B}
    06 00 000C 0000 0000 00 000309 000000C9                     ; 201 bytes; 576 dropped
    01 00 0014 0000 0001 00 000309 0000 0001 0000000000000000   ; 512 of the second; 265 dropped
    01 00 0014 0000 0001 00 000309 0000 0001 0000000000000001   ; 512 of the third`,
  )).toMatchObject(good);
  expect(brief(bench.disk('B', 0, 2))).toEqual(brief(
    cut([records[1]!.subarray(0, 512), records[2]!.subarray(0, 512)], 0, 1024)));
  await bench.rewind('T');
  expect(await bench.copy('T', `
    04 00 0040 00000000 00000030 00000000
    ${TAPE_T} ${DISK_B_PAD}
    01 00 0014 0000 0001 00 000309 0000 0001 0000000000000008   ; 265 stay, although CAT is 0
    01 00 0014 0000 0001 00 000309 0000 0001 0000000000000009`,
  )).toMatchObject(good);
  expect(brief(bench.disk('B', 8, 2))).toEqual(brief(cut(records, 0, 1024)));
  expect(await bench.position('T')).toBe(2);
});

it('fills blocks of 4096 from blocks of 512, and the other way', async () => {
  expect(await bench.copy('C', `
    05 00 0040 00000000 00000054 00000000
    ${DISK_A} ${DISK_C}
    02 01 0018 0000 0001 0000 0009 0000000000000000 0000000000000000 ; 9 of 512: one block, 512 left
    02 01 0018 0000 0001 0000 0007 0000000000000064 0000000000000001   ; 7 more: one block
    02 02 0018 0000 0001 0000 0001 00000000000000C8 0000000000000005   ; DC: one block, 8 of 512`,
  )).toMatchObject(good);
  expect(brief(bench.disk('C', 0, 2, 4096))).toEqual(brief(
    cut([bench.disk('A', 0, 9), bench.disk('A', 0x64, 7)], 0, 8192)));
  expect(brief(bench.disk('C', 5, 1, 4096))).toEqual(brief(bench.disk('A', 0xc8, 8)));
  expect(await bench.copy('C', `
    06 00 0040 00000000 00000038 00000000
    ${DISK_C} ${DISK_B}
    02 03 0018 0000 0001 0000 0003 0000000000000000 0000000000000010   ; DC: 3 of 512, 2560 left
    02 03 0018 0000 0001 0000 0006 0000000000000005 0000000000000020   ; those and 512 of block 5`,
  )).toMatchObject(good);
  expect(brief(bench.disk('B', 0x10, 3))).toEqual(brief(bench.disk('A', 0, 3)));
  expect(brief(bench.disk('B', 0x20, 6))).toEqual(brief(cut(
    [bench.disk('C', 0, 1, 4096).subarray(1536), bench.disk('C', 5, 1, 4096)], 0, 3072)));
});

it.each([
  ['both pad', DISK_A_PAD, DISK_C_PAD, 2],
  ['the destination pads', DISK_A, DISK_C_PAD, 2],
  ['the source pads', DISK_A_PAD, DISK_C, 1],
])('ends a disk copy that does not fill its last block where %s', async (_, from, to, blocks) => {
  expect(await bench.copy('C', `
    07 00 0040 00000000 0000001C 00000000 ${from} ${to}
    02 00 0018 0000 0001 0000 0009 0000000000000000 0000000000000003`)).toMatchObject(good);
  expect(brief(bench.disk('C', 3, 3, 4096))).toEqual(brief(
    padded([padded([bench.disk('A', 0, 9)], blocks * 4096)], 3 * 4096)));
});

it('lets a residue flow on to another tape, and past filemarks', async () => {
  expect(await bench.copy('T', `
    08 00 0060 00000000 0000003C 00000000
    ${DISK_A} ${TAPE_T} ${TAPE_U}
    00 01 0014 0000 0001 00 0003E8 0000 0003 0000000000000000   ; T: 1000, 536 left
    10 00 0008 0000 0002 00 000002                              ; two marks on U
    00 00 0014 0000 0002 00 000218 0000 0000 0000000000000000   ; U: the 536`)).toMatchObject(good);
  const data = bench.disk('A', 0, 3);
  expect(brief(await bench.tape('T'))).toEqual(brief([data.subarray(0, 1000)]));
  expect(brief(await bench.tape('U'))).toEqual(brief(['mark', 'mark', data.subarray(1000)]));
});

it('spaces and locates between data segments, on the tape that it reads', async () => {
  const records = [1, 2, 3, 4].map((seed) => pattern(seed, 512));
  await bench.record('T', [records[0]!, 'mark', records[1]!, records[2]!, 'mark', records[3]!]);
  expect(await bench.copy('T', `
    09 00 0040 00000000 00000078 00000000
    ${TAPE_T} ${DISK_B}
    11 00 0008 0000 0000 01 000002                              ; behind the second mark
    01 00 0014 0000 0001 00 000200 0000 0001 0000000000000000   ; the fourth record
    12 00 0008 0000 0000 00000002                               ; object 2: the second record
    01 00 0014 0000 0001 00 000200 0000 0001 0000000000000001
    11 00 0008 0000 0000 01 FFFFFF                              ; back, before the first mark
    11 00 0008 0000 0000 00 FFFFFF                              ; back one record
    01 00 0014 0000 0001 00 000200 0000 0001 0000000000000002   ; the first record`,
  )).toMatchObject(good);
  expect(brief(bench.disk('B', 0, 3))).toEqual(
    brief(cut([records[3]!, records[1]!, records[0]!], 0, 1536)));
  expect(await bench.position('T')).toBe(1);
});

it('knows its own logical unit by FFFFh, and null devices that hold residues', async () => {
  expect(await bench.copy('T', `
    0A 00 0000 00000000 00000014 00000010
    04 00 0010 0000 FFFF 00 000010 00000000 00000010
    000102030405060708090A0B0C0D0E0F`)).toMatchObject(good);
  expect(brief(await bench.tape('T'))).toEqual(
    brief([Uint8Array.from({ length: 16 }, (_, i) => i)]));
  await bench.record('T', [pattern(5, 1500)]);
  expect(await bench.copy('T', `
    0B 00 0040 00000000 00000058 00000000
    ${TAPE_T} ${DISK_B}
    01 01 0014 0000 0001 00 0005DC 0000 0001 0000000000000000   ; 988 left
    06 01 000C C001 0000 00 000001 000000C8                     ; 200 of them dropped: no read
    01 01 0014 C001 0001 00 000001 0000 0001 0000000000000001   ; 512 of them written
    01 01 0014 C001 0001 00 000001 0000 0000 0000000000000002   ; none`)).toMatchObject(good);
  expect(brief(bench.disk('B', 0, 2))).toEqual(brief(
    cut([pattern(5, 1500).subarray(0, 512), pattern(5, 1500).subarray(712, 1224)], 0, 1024)));
});

it('takes a list of nothing, and a surplus behind its parts', async () => {
  expect(await bench.copy('T', '0C 00 0000 00000000 00000000 00000000')).toMatchObject(good);
  expect(await bench.client.send(LUN.T, '83 00 00000000 00000000 00000000 00 00'))
    .toMatchObject(good);
  expect(await bench.copy('T', `
    0D 00 0020 00000000 0000000C 00000000 ${TAPE_T}
    10 00 0008 0000 0000 00 000001 DEADBEEF`)).toMatchObject(good);
  expect(brief(await bench.tape('T'))).toEqual(brief(['mark']));
});

it('copies odd counts there and back again', async () => {
  const pairs = [[1, 1], [3, 7], [129, 65_535], [513, 131_072], [7, 3584]] as const;
  for (const [blocks, record] of pairs) {
    await bench.rewind('T');
    const [count, length] = [blocks, record].map((n) => n.toString(16).padStart(6, '0'));
    expect(await bench.copy('T', `
      10 00 0040 00000000 00000018 00000000 ${DISK_A} ${TAPE_T_PAD}
      00 00 0014 0000 0001 00 ${length} 0000 ${count!.slice(2)} 0000000000000333`))
      .toMatchObject(good);
    expect(await bench.position('T')).toBe(Math.ceil(blocks * 512 / record));
    await bench.rewind('T');
    expect(await bench.copy('T', `
      11 00 0040 00000000 00000018 00000000 ${TAPE_T_PAD} ${DISK_B}
      01 00 0014 0000 0001 00 ${length} 0000 ${count!.slice(2)} 0000000000001000`))
      .toMatchObject(good);
    expect(brief(bench.disk('B', 0x1000, blocks))).toEqual(brief(bench.disk('A', 0x333, blocks)));
  }
});
