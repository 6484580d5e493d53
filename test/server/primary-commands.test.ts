import { beforeEach, describe, expect, it } from 'vitest';
import type { DiskUnit } from '../../src/server/disk.ts';
import type { TapeUnit } from '../../src/server/tape.ts';
import { ALICE, BOB, makeDisk, makeTape, meet, send, told } from './device-fixture.ts';

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');
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

describe('INQUIRY', () => {
  it('gives type, version, names and version descriptors', async () => {
    const { data } = await send(disk, '12 00 00 00 ff 00');
    expect(data).toHaveLength(96);
    expect([...data.subarray(0, 8)]).toEqual([0x00, 0x00, 6, 0x12, 91, 0, 0, 2]);
    expect(Buffer.from(data.subarray(8, 36)).toString()).toBe('SRVFREE DISK            1   ');
    expect(hex(data.subarray(58, 66))).toBe('00a00960046004c0');
    const stream = await send(tape, '12 00 00 00 ff 00');
    expect([...stream.data.subarray(0, 2)]).toEqual([0x01, 0x80]);
    expect(hex(stream.data.subarray(64, 66))).toBe('0520');
  });

  it.each([5, 36, 64, 96, 255])('is cut to an allocation length of %i', async (length) => {
    const whole = await send(disk, '12 00 00 02 00 00');
    const cut = await send(disk, Uint8Array.of(0x12, 0, 0, 0, length, 0));
    expect(cut.data).toEqual(whole.data.subarray(0, length));
    expect(cut.wantedBytes).toBe(cut.data.length);
  });

  it('answers although a unit attention is pending, and leaves it pending', async () => {
    disk.attentions.establishFor(ALICE, 'deviceReset');
    expect(told(await send(disk, '12 00 00 00 24 00'))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('06/29/03');
  });

  it.each([
    ['a page code without EVPD', '12 00 80 00 ff 00', 'c00002'],
    ['a page that is not there', '12 01 b7 00 ff 00', 'c00002'],
    ['the obsolete CMDDT', '12 02 00 00 ff 00', 'c90001'],
    ['NACA', '12 00 00 00 ff 04', 'ca0005'],
  ])('refuses %s', async (_name, cdb, pointer) => {
    const answer = await send(disk, cdb);
    expect(told(answer)).toBe('05/24/00');
    expect(hex(answer.rawSense!.subarray(15, 18))).toBe(pointer);
  });

  it.each([
    ['disk', () => disk, '00808386b0b1b2'], ['tape', () => tape, '00808386b0b1b2'],
  ])('lists exactly the pages that a %s has', async (_name, unit, pages) => {
    const list = await send(unit(), '12 01 00 00 ff 00');
    expect(hex(list.data.subarray(4))).toBe(pages);
    for (const code of list.data.subarray(4)) {
      const { data } = await send(unit(), Uint8Array.of(0x12, 1, code, 0xff, 0xff, 0));
      expect([data[1], data.length]).toEqual([code, 4 + data[2]! * 256 + data[3]!]);
    }
  });

  it('takes pages from outside, and sets 3PC when one is that of a copy manager', async () => {
    const page = { code: 0x8f, bytes: () => Uint8Array.of(0, 0x8f, 0, 1, 9) };
    const copier = await makeDisk({ extraVpdPages: [page] });
    const list = (await send(copier, '12 01 00 00 ff 00')).data.subarray(4);
    expect(hex(list)).toBe('008083868fb0b1b2');
    expect((await send(copier, '12 01 8f 00 ff 00')).data).toEqual(page.bytes());
    expect((await send(copier, '12 00 00 00 24 00')).data[5]).toBe(0x08);
    expect((await send(disk, '12 00 00 00 24 00')).data[5]).toBe(0x00);
  });

  it('names the logical unit, its port and its target', async () => {
    const named = await makeDisk({ port: { targetName: 'iqn.test:t', portalGroupTag: 1 } });
    const { data } = await send(named, '12 01 83 00 ff 00');
    const text = Buffer.from(data).toString('latin1');
    expect(hex(data.subarray(4, 8))).toBe('01030008');
    expect(data[8]! >>> 4).toBe(3);
    expect(text).toContain(`SRVFREE ${named.serialNumber}`);
    expect(text).toContain('iqn.test:t,t,0x0001\0');
  });
});

describe('REPORT LUNS', () => {
  it('lists what the nexus reaches', async () => {
    expect(hex((await send(disk, 'a0 00 00 00 00 00 00 00 10 00 00 00')).data))
      .toBe('00000008000000000000000000000000');
  });

  it('has no well known logical units', async () => {
    expect(hex((await send(disk, 'a0 00 01 00 00 00 00 00 10 00 00 00')).data))
      .toBe('0000000000000000');
  });

  it('clears the attention that tells of a changed inventory', async () => {
    disk.attentions.establish('reportedLunsDataChanged');
    await send(disk, 'a0 00 00 00 00 00 00 00 10 00 00 00');
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY, { nexus: BOB }))).toBe('06/3F/0E');
  });
});

describe('REQUEST SENSE', () => {
  it('gives a unit attention as data, once', async () => {
    disk.attentions.establishFor(ALICE, 'deviceReset');
    expect(hex((await send(disk, '03 00 00 00 12 00')).data))
      .toBe('700006000000000a00000000290300000000');
    expect(hex((await send(disk, '03 00 00 00 12 00')).data))
      .toBe('700000000000000a00000000000000000000');
  });

  it('gives descriptor format when DESC asks for it', async () => {
    expect(hex((await send(disk, '03 01 00 00 12 00')).data)).toBe('7200000000000000');
  });
});

describe('REPORT SUPPORTED OPERATION CODES', () => {
  const all = (rctd: number) => Uint8Array.of(0xa3, 0x0c, rctd, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0);
  const one = (options: number, opcode: number, serviceAction = 0) =>
    Uint8Array.of(0xa3, 0x0c, options, opcode, 0, serviceAction, 0, 0, 0xff, 0xff, 0, 0);

  it.each([['disk', () => disk], ['tape', () => tape]])(
    'lists every row of a %s', async (_name, unit) => {
      const { data } = await send(unit(), all(0));
      const rows = unit().table.entries;
      expect(data).toHaveLength(4 + 8 * rows.length);
      const listed = rows.map((_, i) => hex(data.subarray(4 + 8 * i, 12 + 8 * i)));
      expect(listed).toEqual(rows.map(({ opcode, serviceAction, cdb }) => hex(Uint8Array.of(
        opcode, 0, 0, serviceAction ?? 0, 0, serviceAction === undefined ? 0 : 1, 0, cdb.size))));
    });

  it('puts a timeouts descriptor behind each command when RCTD asks for it', async () => {
    const { data } = await send(disk, all(0x80));
    const rows = disk.table.entries.length;
    expect(data).toHaveLength(4 + 20 * rows);
    for (let i = 0; i < rows; i += 1) {
      expect(data[4 + 20 * i + 5]! & 0x02).toBe(0x02);
      expect(hex(data.subarray(12 + 20 * i, 14 + 20 * i))).toBe('000a');
    }
  });

  it.each([
    ['READ(10)', 1, 0x28, 0, '0003000a28fcffffffff1fffff04'],
    ['READ CAPACITY(16)', 2, 0x9e, 0x10, '000300109e10ffffffffffffffffffffffff0104'],
    ['READ(10), whatever service action is given', 3, 0x28, 7, '0003000a28fcffffffff1fffff04'],
    ['an unknown operation code', 1, 0xc0, 0, '00010000'],
    ['an unknown service action', 2, 0x9e, 0x1f, '00010000'],
  ])('shows the usage map of %s', async (_name, options, opcode, serviceAction, expected) => {
    expect(hex((await send(disk, one(options, opcode, serviceAction))).data)).toBe(expected);
  });

  it.each([
    ['option 1 for a code with service actions', 1, 0x9e],
    ['option 2 for a code without', 2, 0x28],
  ])('refuses %s', async (_name, options, opcode) => {
    expect(told(await send(disk, one(options, opcode)))).toBe('05/24/00');
  });
});

describe('RESERVE and RELEASE', () => {
  it.each([['6', '16 00 00 00 00 00', '17 00 00 00 00 00'],
    ['10', '56 00 00 00 00 00 00 00 00 00', '57 00 00 00 00 00 00 00 00 00'],
  ])('(%s) keep others out until they are released by the holder', async (_n, reserve, release) => {
    expect(told(await send(disk, reserve))).toBe('good');
    expect(told(await send(disk, reserve))).toBe('good');
    for (const cdb of [reserve, TEST_UNIT_READY, '1a 00 3f 00 ff 00']) {
      expect(told(await send(disk, cdb, { nexus: BOB }))).toBe('reservationConflict');
    }
    for (const cdb of ['12 00 00 00 24 00', '03 00 00 00 12 00', release]) {
      expect(told(await send(disk, cdb, { nexus: BOB }))).toBe('good');
    }
    expect(told(await send(disk, TEST_UNIT_READY, { nexus: BOB }))).toBe('reservationConflict');
    expect(told(await send(disk, release))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY, { nexus: BOB }))).toBe('good');
  });

  it('end with the nexus', async () => {
    await send(disk, '16 00 00 00 00 00');
    disk.nexusLost(ALICE);
    expect(told(await send(disk, TEST_UNIT_READY, { nexus: BOB }))).toBe('good');
    expect(told(await send(disk, TEST_UNIT_READY))).toBe('06/29/07');
  });

  it('end with a reset, of which every nexus is told', async () => {
    await send(disk, '16 00 00 00 00 00');
    disk.reset();
    for (const nexus of [ALICE, BOB]) {
      expect(told(await send(disk, TEST_UNIT_READY, { nexus }))).toBe('06/29/03');
      expect(told(await send(disk, TEST_UNIT_READY, { nexus }))).toBe('good');
    }
  });
});

describe('a nexus that was lost', () => {
  it('is told so in words that LTFS knows when it comes back to a tape', async () => {
    tape.nexusLost(ALICE);
    expect(told(await send(tape, TEST_UNIT_READY))).toBe('06/29/00');
  });
});

describe('every row', () => {
  const rows = [['disk', () => makeDisk()], ['tape', () => makeTape()]] as const;

  it.each(rows)('of a %s refuses each stray bit, naming byte and bit', async (_name, make) => {
    const unit = await make();
    await meet(unit);
    for (const row of unit.table.entries) {
      const usage = row.cdb.usageMap();
      for (let byte = 1; byte < usage.length; byte += 1) {
        for (let bit = 0; bit < 8; bit += 1) {
          if (((usage[byte]! | (row.tolerates[byte] ?? 0)) >>> bit) & 1) continue;
          const cdb = new Uint8Array(usage.length);
          cdb[0] = row.opcode;
          cdb[1] = row.serviceAction ?? 0;
          cdb[byte]! |= 1 << bit;
          const answer = await send(unit, cdb);
          expect([row.name, told(answer), hex(answer.rawSense!.subarray(15, 18))])
            .toEqual([row.name, '05/24/00', hex(Uint8Array.of(0xc8 | bit, 0, byte))]);
        }
      }
    }
  });

  it.each(rows)('of a %s takes a CDB that is cut short as if zeros followed', async (_n, make) => {
    const unit = await make();
    await meet(unit);
    expect(told(await send(unit, '1a 00 3f 00'))).toBe('good');
    expect(told(await send(unit, Uint8Array.of(0x12)))).toBe('good');
  });

  it('has a bit that real initiators set and that is tolerated', async () => {
    const out = new Uint8Array(512);
    expect(told(await send(disk, '2a 02 00 00 00 00 00 00 01 00', { out }))).toBe('good');
  });
});
