/** Segments BEh and BFh, ROD CSCD descriptors, and tokens. */
import { expect } from 'vitest';
import { type Client, hexBytes, hexOf } from '../../support/e2e-client.ts';
import { brief, cut, LUN, type Lists, pattern } from '../../support/e2e-lists.ts';
import { CSCD, lid1, lid4, rod } from '../../support/e2e-hex-lists.ts';
import {
  blocks, expectAborted, expectBlocks, expectTape, fill, freshTapes, GOOD, mustCopy, type Scenario,
} from './scenario.ts';

const { A, B, C, T } = CSCD;
const BY_REFERENCE = '00010000';
const POINT_IN_TIME = '00800000';
const ANY = '0080FFFF';
const BY_TOKEN = '00000000';

const ranges = '0000000000000400 00000008 00000000 0000000000000420 00000004 00000000';
const populate = (id: string): string =>
  `BE 00 002C FFFF ${id} 0000000000 01 0020 ${ranges}`;

const inLists: Scenario = {
  name: 'RODs that segments populate, as sources of disks and tapes',
  async run(bench) {
    await freshTapes(bench);
    const data = [blocks(bench, 'A', 0x400, 8), blocks(bench, 'A', 0x420, 4)];
    await mustCopy(bench, 'A', lid1({ id: '51', cscds: [rod(POINT_IN_TIME), B(), T()], segments: [
      populate('0000'), 'BF 00 0010 FFFF 0000 0000000000000440 00000001',
      '02 00 0018 0000 0001 0000 000C 0000000000000001 0000000000000280 ; 12 from block 1',
      '00 00 0014 0000 0002 00 000600 0000 000C 0000000000000000',
    ] }));
    const all = cut([...data, blocks(bench, 'A', 0x440, 1)], 0, 13 * 512);
    expectBlocks(bench, 'B', 0x280, all.subarray(512));
    await expectTape(bench, 'T', [0, 1536, 3072, 4608].map((at) => all.subarray(at, at + 1536)));
    expectAborted(await bench.copy('A', lid1({ id: '52', cscds: [rod(ANY), B()], segments: [
      '02 00 0018 0000 0001 0000 0001 0000000000000000 0000000000000280'] })),
    { codes: '0804', segment: 0, pointer: 'a00004' });
  },
};

const COUNT = 0x1000;
/** Many copies of the same 2 MiB, one after the other. */
const manyCopies = Array.from({ length: 24 }, () =>
  `02 00 0018 0001 0002 0000 ${hexOf(COUNT, 2)} 0000000000000000 0000000000000800`);

/** RECEIVE COPY STATUS(LID4) until the copy has ended; its last answer. */
export async function endOf(client: Client, lun: number, id: string): Promise<Buffer> {
  for (;;) {
    const data = Buffer.from(await client.must(
      lun, `84 05 ${id} 00000000 00000100 00 00`, { room: 256 }));
    if (data[5] !== 0x12) return data;
  }
}

/** Half of the ROD's blocks are written to by another initiator while the copy reads the ROD. */
const whileWritten: Scenario = {
  name: 'a point in time ROD, while another initiator writes to its disk',
  async run(bench) {
    const before = pattern(81, COUNT * 512);
    const writer = bench.another();
    const write = (from: number, bytes: Uint8Array) => writer.must(LUN.A,
      `2A 00 ${hexOf(0x4000 + from, 4)} 00 ${hexOf(bytes.length / 512, 2)} 00`, { out: bytes });
    for (let at = 0; at < COUNT; at += 0x200) {
      await write(at, before.subarray(at * 512, (at + 0x200) * 512));
    }
    const started = bench.client.copyLid4(LUN.A, bench.list(lid4({ id: '00000153', flags: '01',
      cscds: [rod(POINT_IN_TIME), B()], segments: [
        `BF 00 0010 FFFF 0001 0000000000004000 ${hexOf(COUNT, 4)}`, ...manyCopies] })));
    expect(await started).toMatchObject(GOOD);
    // The ROD is there once its segment has been processed.
    for (let segments = 0; segments < 2;) {
      segments = Buffer.from(await bench.client.must(
        LUN.A, '84 05 00000153 00000000 00000020 00 00', { room: 32 })).readUInt16BE(24);
    }
    const after = pattern(82, 0x100 * 512);
    for (let at = 0; at < COUNT; at += 0x200) await write(at, after);
    const end = await endOf(bench.client, LUN.A, '00000153');
    expect([end[5], end.readUInt16BE(24)]).toEqual([0x01, 25]);
    expectBlocks(bench, 'B', 0x800, before);
    expectBlocks(bench, 'A', 0x4000, after);
  },
};

/** The token of RECEIVE ROD TOKEN INFORMATION, behind a head of 32 bytes and an ID. */
async function tokenOf(client: Client, lun: number, id: string): Promise<Uint8Array> {
  const data = Buffer.from(await client.must(
    lun, `84 07 ${id} 00000000 00000400 00 00`, { room: 1024 }));
  expect(data.readUInt32BE(32)).toBe(514);
  return data.subarray(38, 38 + 512);
}

/** WRITE USING TOKEN of one range. */
function writeUsing(
  bench: Lists, lun: number, token: Uint8Array, lba: number, count: number, offset = 0) {
  const out = hexBytes(`0226 00 00 00000000 ${hexOf(offset, 8)} ${
    Buffer.from(token).toString('hex')} 000000000000 0010 ${hexOf(lba, 8)} ${hexOf(count, 4)}
    00000000`);
  return bench.client.send(
    lun, `83 11 00000000 00000161 ${hexOf(out.length, 4)} 00 00`, { out });
}

const tokens: Scenario = {
  name: 'R_TOKEN → RECEIVE ROD TOKEN INFORMATION → WRITE USING TOKEN, and a ROD by that token',
  async run(bench) {
    await fill(bench, 'A', 0x5000, pattern(83, 16 * 512));
    await mustCopy(bench, 'A', lid1({ id: '54', cscds: [
      rod(ANY, '00000000 00000000 0000 01 00 00000000'), B()], segments: [
      'BF 00 0010 FFFF 0000 0000000000005000 00000010',
      '02 00 0018 0000 0001 0000 0001 0000000000000000 00000000000002A0'] }));
    const token = await tokenOf(bench.client, LUN.A, '00000054');
    await fill(bench, 'A', 0x5000, pattern(84, 512));
    // Two blocks of 4096 with what was there; then all but the first 3 blocks of 512.
    expect(await writeUsing(bench, LUN.C, token, 0x40, 2)).toMatchObject(GOOD);
    expectBlocks(bench, 'C', 0x40, pattern(83, 8192));
    expect(await writeUsing(bench, LUN.B, token, 0x2a8, 13, 3)).toMatchObject(GOOD);
    expectBlocks(bench, 'B', 0x2a8, pattern(83, 8192).subarray(1536));
    await mustCopy(bench, 'B', lid1({ id: '55', cscds: [
      rod(BY_TOKEN, '00000000 00000000 0000 00 01 00000004', 'F800'), C()],
      inline: `00000000 ${Buffer.from(token).toString('hex')}`, segments: [
        '07 00 0008 0000 0000 00 000000',
        '02 00 0018 0000 0001 0000 0008 0000000000000008 0000000000000048'] }));
    expectBlocks(bench, 'C', 0x48, pattern(83, 8192).subarray(4096));
    // DEL_TKN was 1.
    expect((await writeUsing(bench, LUN.C, token, 0x40, 1)).told).toBe('05/23/09');
    const forged = Uint8Array.from(token);
    forged[300]! ^= 1;
    expect((await writeUsing(bench, LUN.C, forged, 0x40, 1)).told).toBe('05/23/05');
  },
};

const populateToken: Scenario = {
  name: 'POPULATE TOKEN in the background, the zero token, REPORT ALL ROD TOKENS',
  async run(bench) {
    await fill(bench, 'B', 0x2c0, pattern(85, 8 * 512));
    const list = hexBytes(`002E 01 00 00000000 00000000 0000 0020
      00000000000002C4 00000004 00000000 00000000000002C0 00000002 00000000`);
    await bench.client.must(LUN.B, `83 10 00000000 00000162 ${hexOf(list.length, 4)} 00 00`,
      { out: list });
    expect((await endOf(bench.client, LUN.B, '00000162'))[5]).toBe(0x01);
    const token = await tokenOf(bench.client, LUN.B, '00000162');
    await fill(bench, 'B', 0x2c0, pattern(86, 8 * 512));
    const report = await bench.client.must(
      LUN.B, '84 08 00000000 00000000 00001000 00 00', { room: 4096 });
    expect(Buffer.from(report).includes(Buffer.from(token.subarray(0, 96)))).toBe(true);
    // It stands for 6 blocks; 8 are asked for, and the rest of the last block of 4096 is zero.
    const { told } = await writeUsing(bench, LUN.C, token, 0x50, 1);
    expect(told).toMatch(/^(good|0A\/0D\/04)$/);
    const data = pattern(85, 8 * 512);
    expect(brief(blocks(bench, 'C', 0x50, 1).subarray(0, 6 * 512)))
      .toBe(brief(cut([data.subarray(4 * 512), data.subarray(0, 1024)], 0, 6 * 512)));
    expect(brief(blocks(bench, 'C', 0x50, 1).subarray(6 * 512)))
      .toBe(brief(new Uint8Array(1024)));
    const zero = new Uint8Array(512);
    zero.set(hexBytes('FFFF0001 0000 01F8'));
    expect(await writeUsing(bench, LUN.C, zero, 0x50, 2)).toMatchObject(GOOD);
    expectBlocks(bench, 'C', 0x50, new Uint8Array(8192));
  },
};

const byReference: Scenario = {
  name: 'a ROD by reference, which is written to and read as its disk',
  async run(bench) {
    await mustCopy(bench, 'A', lid1({ id: '56', cscds: [rod(BY_REFERENCE), A(), B()], segments: [
      'BF 00 0010 FFFF 0000 0000000000006000 00000010',
      '02 00 0018 0001 0000 0000 0004 0000000000000100 0000000000000004',
      '02 00 0018 0000 0002 0000 0008 0000000000000000 00000000000002D0'] }));
    expectBlocks(bench, 'A', 0x6004, blocks(bench, 'A', 0x100, 4));
    expectBlocks(bench, 'B', 0x2d0, blocks(bench, 'A', 0x6000, 8));
  },
};

export const RODS: readonly Scenario[] = [
  inLists, whileWritten, tokens, populateToken, byReference,
];
