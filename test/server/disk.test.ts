import { describe, expect, it } from 'vitest';
import { parseHex } from '../../src/bytes/hex.ts';
import { writeU32, writeU64 } from '../../src/bytes/big-endian.ts';
import type { DiskUnit } from '../../src/server/disk.ts';
import {
  type Answer, ALICE, BOB, type DiskFixture, makeDisk, meet, send, type Sent, told,
} from './device-fixture.ts';

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const pointer = (answer: Answer): string => hex(answer.rawSense!.subarray(15, 18));

async function ready(options: DiskFixture = {}): Promise<DiskUnit> {
  const disk = await makeDisk(options);
  await meet(disk, ALICE);
  await meet(disk, BOB);
  return disk;
}

/** A CDB of 16 bytes with an LBA and a count of blocks. */
function long(opcode: number, flags: number, lba: bigint | number, count: number): Uint8Array {
  const cdb = new Uint8Array(16);
  cdb[0] = opcode;
  cdb[1] = flags;
  writeU64(cdb, 2, BigInt(lba));
  writeU32(cdb, 10, count);
  return cdb;
}

function compareAndWriteCdb(lba: number, count: number): Uint8Array {
  const cdb = long(0x89, 0, lba, 0);
  cdb[13] = count;
  return cdb;
}

const filled = (byteLength: number, value: number): Uint8Array =>
  new Uint8Array(byteLength).fill(value);

const read = async (disk: DiskUnit, lba: number, count: number): Promise<Uint8Array> =>
  (await send(disk, long(0x88, 0, lba, count))).data;

const READS: readonly (readonly [string, string])[] = [
  ['READ(6)', '08 00 00 05 02 00'], ['READ(10)', '28 00 00 00 00 05 00 00 02 00'],
  ['READ(12)', 'a8 00 00 00 00 05 00 00 00 02 00 00'],
  ['READ(16)', '88 00 00 00 00 00 00 00 00 05 00 00 00 02 00 00'],
  ['READ(10) with FUA', '28 08 00 00 00 05 00 00 02 00'],
];
const WRITES: readonly (readonly [string, string])[] = [
  ['WRITE(6)', '0a 00 00 05 02 00'], ['WRITE(10)', '2a 00 00 00 00 05 00 00 02 00'],
  ['WRITE(12)', 'aa 00 00 00 00 05 00 00 00 02 00 00'],
  ['WRITE(16)', '8a 00 00 00 00 00 00 00 00 05 00 00 00 02 00 00'],
  ['WRITE(10) with FUA', '2a 08 00 00 00 05 00 00 02 00'],
  ['WRITE AND VERIFY(10)', '2e 02 00 00 00 05 00 00 02 00'],
  ['WRITE AND VERIFY(12)', 'ae 00 00 00 00 05 00 00 00 02 00 00'],
  ['WRITE AND VERIFY(16)', '8e 02 00 00 00 00 00 00 00 05 00 00 00 02 00 00'],
];

describe('reads and writes', () => {
  it.each(WRITES)('%s puts blocks where they belong', async (_name, cdb) => {
    const disk = await ready();
    const parts = [filled(100, 1), filled(924, 2)];
    const answer = await send(disk, cdb, { parts });
    expect([told(answer), answer.wantedBytes]).toEqual(['good', 1024]);
    const found = await read(disk, 4, 4);
    expect(found).toEqual(
      Uint8Array.from([...filled(512, 0), ...parts[0]!, ...parts[1]!, ...filled(512, 0)]));
  });

  it.each(READS)('%s gives blocks', async (_name, cdb) => {
    const disk = await ready();
    await send(disk, long(0x8a, 0, 5, 2), { out: filled(1024, 7) });
    expect((await send(disk, cdb)).data).toEqual(filled(1024, 7));
  });

  it('READ(6) and WRITE(6) take 0 for 256 blocks', async () => {
    const disk = await ready();
    expect(told(await send(disk, '0a 00 00 00 00 00', { out: filled(256 * 512, 3) }))).toBe('good');
    expect((await send(disk, '08 00 00 00 00 00')).data).toEqual(filled(256 * 512, 3));
  });

  it('read no more than the initiator takes', async () => {
    const disk = await ready();
    await send(disk, long(0x8a, 0, 0, 2), { out: filled(1024, 9) });
    const answer = await send(disk, long(0x88, 0, 0, 2), { expectedIn: 600 });
    expect([answer.data, answer.wantedBytes]).toEqual([filled(600, 9), 1024]);
    const nothing = await send(disk, long(0x88, 0, 0, 2), { expectedIn: 0 });
    expect([nothing.dataIn.length, nothing.wantedBytes, told(nothing)]).toEqual([0, 1024, 'good']);
  });

  it('write as much as comes when that is less than the CDB asks for', async () => {
    const disk = await ready();
    const answer = await send(disk, long(0x8a, 0, 0, 1), { out: filled(200, 1) });
    expect([told(answer), answer.wantedBytes]).toEqual(['good', 512]);
    expect(await read(disk, 0, 1)).toEqual(Uint8Array.from([...filled(200, 1), ...filled(312, 0)]));
    const nothing = await send(disk, long(0x8a, 0, 0, 1));
    expect([told(nothing), nothing.wantedBytes]).toEqual(['good', 512]);
  });

  it('leave out what comes beyond the CDB', async () => {
    const disk = await ready();
    const answer = await send(disk, long(0x8a, 0, 0, 1), { out: filled(10_000, 1) });
    expect([told(answer), answer.wantedBytes]).toEqual(['good', 512]);
    expect(await read(disk, 0, 2)).toEqual(Uint8Array.from([...filled(512, 1), ...filled(512, 0)]));
  });

  it.each([
    ['the last block', 1023, 1, 'good'], ['one block more', 1023, 2, '05/21/00'],
    ['the first block behind', 1024, 1, '05/21/00'], ['no block at the end', 1024, 0, 'good'],
    ['no block behind the end', 1025, 0, '05/21/00'], ['LBA 2^31', 2n ** 31n, 1, '05/21/00'],
    ['LBA 2^63', 2n ** 63n, 1, '05/21/00'], ['LBA -1', 2n ** 64n - 1n, 1, '05/21/00'],
    ['an LBA that overflows an offset', 2n ** 55n, 0, '05/21/00'],
  ])('reach %s or refuse it', async (_name, lba, count, expected) => {
    const disk = await ready();
    const out = filled(Number(count) * 512, 0);
    expect(told(await send(disk, long(0x88, 0, lba, count)))).toBe(expected);
    for (const opcode of [0x8a, 0x8e]) {
      expect(told(await send(disk, long(opcode, 0, lba, count), { out }))).toBe(expected);
    }
    expect(told(await send(disk, long(0x8f, 0, lba, count)))).toBe(expected);
  });

  it.each([1, 7])('refuse protection %i', async (protect) => {
    const disk = await ready();
    const answer = await send(disk, long(0x88, protect << 5, 0, 1));
    expect([told(answer), pointer(answer)]).toEqual(['05/24/00', 'cf0001']);
  });

  it.each([
    [512, {}, 0], [512, { physicalBlockBytes: 4096 }, 3], [4096, {}, 0],
  ])('work in blocks of %i, with options %o', async (blockBytes, options, exponent) => {
    const disk = await ready({ blockBytes, ...options });
    await send(disk, long(0x8a, 0, 3, 1), { out: filled(blockBytes, 5) });
    expect(await read(disk, 3, 1)).toEqual(filled(blockBytes, 5));
    const capacity = await send(disk, '9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00');
    const length = blockBytes.toString(16).padStart(8, '0');
    expect(hex(capacity.data)).toBe(`00000000000003ff${length}000${exponent}c000`.padEnd(64, '0'));
    const short = await send(disk, '25 00 00 00 00 00 00 00 00 00');
    expect(hex(short.data)).toBe(`000003ff${length}`);
  });
});

describe('limits', () => {
  const limit = async (disk: DiskUnit, at: number): Promise<number> =>
    Buffer.from((await send(disk, '12 01 b0 00 ff 00')).data).readUInt32BE(at);

  it('of a transfer are those of VPD page B0h', async () => {
    const disk = await ready({ blockCount: 40_000 });
    const most = await limit(disk, 8);
    expect(told(await send(disk, long(0x88, 0, 0, most)))).toBe('good');
    for (const opcode of [0x88, 0x8a, 0x8e, 0x8f]) {
      const answer = await send(disk, long(opcode, 0, 0, most + 1));
      expect([told(answer), pointer(answer)]).toEqual(['05/24/00', 'c0000a']);
    }
  });

  it('of COMPARE AND WRITE are those of VPD page B0h', async () => {
    const disk = await ready();
    const most = (await send(disk, '12 01 b0 00 ff 00')).data[5]!;
    const out = new Uint8Array(2 * 512 * most);
    expect(told(await send(disk, compareAndWriteCdb(0, most), { out }))).toBe('good');
    expect(most).toBe(255); // the field has no larger value; 256 blocks are sent as 0
    const tooMuch = { out: new Uint8Array(2 * 512 * 256) };
    const answer = await send(disk, compareAndWriteCdb(0, 0), tooMuch);
    expect([told(answer), pointer(answer)]).toEqual(['05/24/00', 'c0000d']);
    expect(told(await send(disk, compareAndWriteCdb(0, 0)))).toBe('good');
  });

  it('of WRITE SAME are those of VPD page B0h', async () => {
    const disk = await ready({ blockCount: 700_000 });
    const most = await limit(disk, 40);
    const unmap = 0x08;
    const out = new Uint8Array(512);
    expect(told(await send(disk, long(0x93, unmap, 0, most), { out }))).toBe('good');
    const answer = await send(disk, long(0x93, unmap, 0, most + 1), { out });
    expect([told(answer), pointer(answer)]).toEqual(['05/24/00', 'c0000a']);
    expect(told(await send(disk, long(0x93, unmap, 0, 0), { out }))).toBe('05/24/00');
  });

  it('of UNMAP are those of VPD page B0h', async () => {
    const disk = await ready({ blockCount: 2_000_000 });
    const blocks = await limit(disk, 20);
    const descriptors = await limit(disk, 24);
    expect(told(await unmap(disk, [[0, blocks]]))).toBe('good');
    expect(told(await unmap(disk, [[0, blocks], [blocks, 1]]))).toBe('05/26/00');
    const many = Array.from({ length: descriptors + 1 }, (_, i) => [i, 1] as const);
    expect(told(await unmap(disk, many.slice(1)))).toBe('good');
    expect(told(await unmap(disk, many))).toBe('05/26/00');
  });
});

function unmap(
  disk: DiskUnit, ranges: readonly (readonly [number, number])[], flags = 0): Promise<Answer> {
  const out = new Uint8Array(8 + 16 * ranges.length);
  out.set([(out.length - 2) >>> 8, out.length - 2, (out.length - 8) >>> 8, out.length - 8]);
  for (const [i, [lba, count]] of ranges.entries()) {
    writeU64(out, 8 + 16 * i, BigInt(lba));
    writeU32(out, 16 + 16 * i, count);
  }
  return send(disk,
    Uint8Array.of(0x42, flags, 0, 0, 0, 0, 0, out.length >>> 8, out.length, 0), { out });
}

describe('UNMAP', () => {
  it('makes blocks read zeros and be deallocated', async () => {
    const disk = await ready();
    await send(disk, long(0x8a, 0, 0, 64), { out: filled(64 * 512, 1) });
    expect(told(await unmap(disk, [[8, 8], [32, 16], [40, 0]]))).toBe('good');
    const found = await read(disk, 0, 64);
    const zero = (from: number, count: number): void => {
      expect(found.subarray(from * 512, (from + count) * 512)).toEqual(filled(count * 512, 0));
    };
    zero(8, 8);
    zero(32, 16);
    expect(found.subarray(0, 8 * 512)).toEqual(filled(8 * 512, 1));
    expect(found.subarray(16 * 512, 32 * 512)).toEqual(filled(16 * 512, 1));
  });

  it.each([
    ['no list', '', 'good'], ['no descriptors', '0006 0000 00000000', 'good'],
    ['a header that is cut off', '0006 0000', '05/1A/00'],
    ['a descriptor that is cut off', '0016 0010 00000000 0000', '05/26/00'],
    ['no blocks at the end', '0016 0010 00000000 0000000000000400 00000000 00000000', 'good'],
    ['a block behind the end', '0016 0010 00000000 0000000000000400 00000001 00000000', '05/21/00'],
  ])('with %s is %s', async (_name, list, expected) => {
    const out = parseHex(list);
    const cdb = Uint8Array.of(0x42, 0, 0, 0, 0, 0, 0, 0, out.length, 0);
    expect(told(await send(await ready(), cdb, { out }))).toBe(expected);
  });

  it('unmaps nothing if one range is wrong', async () => {
    const disk = await ready();
    await send(disk, long(0x8a, 0, 0, 8), { out: filled(4096, 1) });
    expect(told(await unmap(disk, [[0, 8], [1020, 8]]))).toBe('05/21/00');
    expect(await read(disk, 0, 8)).toEqual(filled(4096, 1));
  });

  it('does not anchor', async () => {
    const answer = await unmap(await ready(), [], 1);
    expect([told(answer), pointer(answer)]).toEqual(['05/24/00', 'c80001']);
  });
});

describe('GET LBA STATUS', () => {
  it('walks what is mapped and what is not', async () => {
    const disk = await ready();
    await send(disk, long(0x8a, 0, 16, 16), { out: filled(16 * 512, 1) });
    await send(disk, long(0x8a, 0, 64, 8), { out: filled(4096, 1) });
    const { data } = await send(disk, long(0x9e, 0x12, 0, 256));
    const ranges: number[][] = [];
    for (let at = 8; at < data.length; at += 16) {
      const view = Buffer.from(data.subarray(at, at + 16));
      ranges.push([Number(view.readBigUInt64BE(0)), view.readUInt32BE(8), data[at + 12]!]);
    }
    expect(ranges.reduce((sum, [, count]) => sum + count!, 0)).toBe(1024);
    const mapped = ranges.flatMap(([lba, count, status]) =>
      (status === 0 ? Array.from({ length: count! }, (_, i) => lba! + i) : []));
    for (const lba of [16, 31, 64, 71]) expect(mapped).toContain(lba);
    expect(mapped).not.toContain(512);
  });

  it('begins with the block asked for, and refuses one behind the last', async () => {
    const disk = await ready();
    const { data } = await send(disk, long(0x9e, 0x12, 77, 24));
    expect(hex(data.subarray(0, 16))).toBe('0000001400000000000000000000004d');
    expect(told(await send(disk, long(0x9e, 0x12, 1024, 24)))).toBe('05/21/00');
  });
});

describe('WRITE SAME', () => {
  it.each([[0x41, 'WRITE SAME(10)'], [0x93, 'WRITE SAME(16)']])(
    '%i writes a pattern, to the end for 0 blocks', async (opcode) => {
      const disk = await ready({ blockCount: 5000 });
      const cdb = opcode === 0x93 ? long(opcode, 0, 10, 0)
        : parseHex('41 00 00 00 00 0a 00 00 00 00');
      const out = Uint8Array.from({ length: 512 }, (_, i) => i);
      expect(told(await send(disk, cdb, { out }))).toBe('good');
      expect(await read(disk, 4999, 1)).toEqual(out);
      expect(await read(disk, 9, 1)).toEqual(filled(512, 0));
    });

  it('writes zeros without data (NDOB)', async () => {
    const disk = await ready();
    await send(disk, long(0x8a, 0, 0, 8), { out: filled(4096, 1) });
    expect(told(await send(disk, long(0x93, 1, 2, 2)))).toBe('good');
    expect(await read(disk, 2, 2)).toEqual(filled(1024, 0));
    expect(await read(disk, 4, 1)).toEqual(filled(512, 1));
  });

  it('unmaps where the pattern is zeros, and writes it where it is not', async () => {
    const disk = await ready();
    for (const value of [0, 6]) {
      await send(disk, long(0x8a, 0, 0, 8), { out: filled(4096, 1) });
      expect(told(await send(disk, long(0x93, 8, 0, 8), { out: filled(512, value) }))).toBe('good');
      expect(await read(disk, 0, 8)).toEqual(filled(4096, value));
    }
  });

  it.each([
    ['half a block', filled(256, 0), '05/0E/03'], ['two blocks', filled(1024, 0), '05/0E/03'],
    ['anchor', filled(512, 0), '05/24/00'],
  ])('refuses %s', async (name, out, expected) => {
    const flags = name === 'anchor' ? 0x18 : 0;
    expect(told(await send(await ready(), long(0x93, flags, 0, 1), { out }))).toBe(expected);
  });
});

describe('VERIFY', () => {
  const BYTCHK = { none: 0x00, all: 0x02, reserved: 0x04, one: 0x06 };

  it.each([
    ['equal', BYTCHK.all, filled(1024, 4), 'good', undefined],
    ['one byte differs', BYTCHK.all, filled(1024, 4).fill(5, 700, 701), '0E/1D/00', 700n],
    ['every block like this one', BYTCHK.one, filled(512, 4), 'good', undefined],
    ['no block like this one', BYTCHK.one, filled(512, 3), '0E/1D/00', 0n],
    ['nothing to compare', BYTCHK.none, new Uint8Array(0), 'good', undefined],
    ['a reserved value', BYTCHK.reserved, new Uint8Array(0), '05/24/00', undefined],
  ])('%s', async (_name, flags, out, expected, information) => {
    const disk = await ready();
    await send(disk, long(0x8a, 0, 5, 2), { out: filled(1024, 4) });
    const answer = await send(disk, long(0x8f, flags, 5, 2), { out });
    expect(told(answer)).toBe(expected);
    expect(answer.sense?.information).toBe(information);
  });
});

describe('COMPARE AND WRITE', () => {
  it('writes if the blocks are what they should be', async () => {
    const disk = await ready();
    const out = Uint8Array.from([...filled(1024, 0), ...filled(1024, 8)]);
    expect(told(await send(disk, compareAndWriteCdb(3, 2), { out }))).toBe('good');
    expect(await read(disk, 3, 2)).toEqual(filled(1024, 8));
  });

  it('writes nothing if a byte differs, and tells which', async () => {
    const disk = await ready();
    const out = Uint8Array.from([...filled(1023, 0), 1, ...filled(1024, 8)]);
    const answer = await send(disk, compareAndWriteCdb(3, 2), { out });
    expect([told(answer), answer.sense!.information]).toEqual(['0E/1D/00', 1023n]);
    expect(await read(disk, 3, 2)).toEqual(filled(1024, 0));
  });

  it('writes nothing if more data comes than the CDB asks for', async () => {
    const disk = await ready();
    const answer = await send(disk, compareAndWriteCdb(0, 1), { out: filled(2048, 0) });
    expect([told(answer), answer.wantedBytes]).toEqual(['05/0E/03', 1024]);
  });

  it('is won by one of many that come together', async () => {
    const disk = await ready();
    const swap = (value: number): Promise<Answer> => send(disk, compareAndWriteCdb(0, 1),
      { out: Uint8Array.from([...filled(512, 0), ...filled(512, value)]) });
    const answers = await Promise.all([1, 2, 3, 4, 5].map(swap));
    expect(answers.map(told).filter((one) => one === 'good')).toHaveLength(1);
    expect(await read(disk, 0, 1)).toEqual(filled(512, 1));
  });
});

describe('overlapping writes', () => {
  it('end as the last that arrived', async () => {
    const disk = await ready();
    await Promise.all(Array.from({ length: 20 }, (_, i) =>
      send(disk, long(0x8a, 0, i % 3, 2), { out: filled(1024, i + 1) })));
    const found = await read(disk, 0, 4);
    expect([0, 1, 2, 3].map((block) => found[block * 512])).toEqual([19, 20, 20, 18]);
  });
});

describe('PRE-FETCH and SYNCHRONIZE CACHE', () => {
  it.each([
    ['all', '34 02 00 00 00 00 03 00 40 00', 'conditionMet'],
    ['to the end', '34 00 00 00 00 00 00 00 00 00', 'conditionMet'],
    ['behind the end', '34 00 00 00 04 00 00 00 02 00', '05/21/00'],
    ['in the long form', '90 00 00 00 00 00 00 00 00 00 00 00 00 08 00 00', 'conditionMet'],
  ])('fetches %s', async (_name, cdb, expected) => {
    expect(told(await send(await ready(), cdb))).toBe(expected);
  });

  it('tells when not all was fetched', async () => {
    const disk = await ready({ blockCount: 40_000 });
    expect(told(await send(disk, '34 00 00 00 00 00 00 00 00 00'))).toBe('good');
  });

  it.each(['35 00 00 00 00 00 00 00 00 00', '35 06 00 00 00 00 00 00 00 00',
    '91 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00'])('synchronizes by %s', async (cdb) => {
    expect(told(await send(await ready(), cdb))).toBe('good');
  });
});

describe('a read-only disk', () => {
  const one = filled(1024, 0);
  const WRITERS: readonly (readonly [string, Sent])[] = [
    ...WRITES.map(([, cdb]) => [cdb, { out: one }] as const),
    ['41 00 00 00 00 00 00 00 01 00', { out: one }],
    ['93 01 00 00 00 00 00 00 00 00 00 00 00 01 00 00', {}],
    ['42 00 00 00 00 00 00 00 18 00', { out: new Uint8Array(24) }],
    ['89 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00', { out: one }],
  ];

  it.each(WRITERS)('refuses %s', async (cdb, sent) => {
    const disk = await ready({ readonly: true });
    expect(told(await send(disk, cdb, sent))).toBe('07/27/00');
  });

  it('can be read, and synchronized', async () => {
    const disk = await ready({ readonly: true });
    expect(await read(disk, 0, 1)).toEqual(filled(512, 0));
    expect(told(await send(disk, '35 00 00 00 00 00 00 00 00 00'))).toBe('good');
  });
});

describe('START STOP UNIT', () => {
  const TEST_UNIT_READY = '00 00 00 00 00 00';
  const EJECT = '1b 00 00 00 02 00';
  const LOAD = '1b 00 00 00 03 00';

  it.each(['00', '01', '04'])('with byte 4 = %s leaves the disk ready', async (flags) => {
    const disk = await ready({ removable: true });
    expect(told(await send(disk, `1b 00 00 00 ${flags} 00`))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('good');
  });

  it('ejects a removable medium, and tells the others when it is back', async () => {
    const disk = await ready({ removable: true });
    expect((await send(disk, '12 00 00 00 24 00')).data[1]).toBe(0x80);
    expect(told(await send(disk, EJECT))).toBe('good');
    for (const cdb of [TEST_UNIT_READY, '25 00 00 00 00 00 00 00 00 00',
      '34 00 00 00 00 00 00 00 00 00', '35 00 00 00 00 00 00 00 00 00',
      '9e 12 00 00 00 00 00 00 00 00 00 00 00 18 00 00',
      ...READS.map(([, one]) => one), ...WRITES.map(([, one]) => one)]) {
      expect([cdb, told(await send(disk, cdb))]).toEqual([cdb, '02/3A/00']);
    }
    expect(told(await send(disk, '1b 00 00 00 01 00'))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('02/3A/00');
    expect(told(await send(disk, LOAD))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY, { nexus: BOB }))).toBe('06/28/00');
  });

  it('ejects nothing that is fixed, or by a power condition', async () => {
    expect(told(await send(await ready(), EJECT))).toBe('05/24/00');
    const disk = await ready({ removable: true });
    for (let condition = 1; condition < 16; condition += 1) {
      const cdb = Uint8Array.of(0x1b, 0, 0, 0, (condition << 4) | 2, 0);
      expect(told(await send(disk, cdb))).toBe('good');
    }
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('good');
  });

  it.each([
    ['is allowed again', async (disk: DiskUnit) => {
      await send(disk, '1e 00 00 00 00 00', { nexus: BOB });
    }],
    ['loses its nexus', async (disk: DiskUnit) => disk.nexusLost(BOB)],
    ['resets the unit', async (disk: DiskUnit) => {
      disk.reset();
      await send(disk, TEST_UNIT_READY);
    }],
  ])('neither ejects nor loads while a nexus prevents it, until that %s', async (_name, end) => {
    const disk = await ready({ removable: true });
    expect(told(await send(disk, '1e 00 00 00 01 00', { nexus: BOB }))).toBe('good');
    expect(told(await send(disk, EJECT))).toBe('05/53/02');
    expect(told(await send(disk, LOAD))).toBe('05/53/02');
    await end(disk);
    expect(told(await send(disk, EJECT))).toBe('good');
  });
});
