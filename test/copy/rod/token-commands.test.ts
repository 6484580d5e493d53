import { describe, expect, it } from 'vitest';
import { writeU16, writeU32 } from '../../../src/bytes/big-endian.ts';
import { ROD_TYPE, rodToken } from '../../../src/wire/copy/tokens.ts';
import { ALICE, BOB, told } from '../../server/device-fixture.ts';
import {
  cdbOf, isEqual, pattern, populateList, type Range, TokenFixture, writeList, zeroToken,
} from './token-fixture.ts';

/** Changes bytes, or gives others for them. */
type Change = (bytes: Uint8Array) => unknown;
const changed = (bytes: Uint8Array, change: Change): Uint8Array => {
  const other = change(bytes);
  return other instanceof Uint8Array ? other : bytes;
};

const RANGE: Range = { lba: 16, blockCount: 100 };

describe('POPULATE TOKEN', () => {
  it('gives a token that tells what it stands for', async () => {
    const fixture = await TokenFixture.open();
    const token = rodToken.read(await fixture.populate(0, [RANGE, { lba: 0, blockCount: 3 }]));
    expect(token).toMatchObject({
      rodType: ROD_TYPE.pointInTimePersistent, bytesRepresented: 103n * 512n });
    expect([...token.creator.subarray(0, 8)]).toEqual([0xe4, 0, 0, 0, 1, 3, 0, 8]);
    expect([...token.creator.subarray(28)]).toEqual([0, 0, 2, 0]);
    expect([...token.deviceData.subarray(0, 8)]).toEqual([0, 0, 2, 0, 0, 0, 0xc0, 0]);
    expect([...token.targetDevice.subarray(0, 4)]).toEqual([0x53, 0xa8, 0, 12]);
    const information = await fixture.information(0, 0x101);
    expect(information.head).toMatchObject({ status: 1, responseToServiceAction: 0x10,
      transferCountUnits: 0xf1, transferCount: 103n, segmentsProcessed: 0 });
    // Its copy goes when it has been returned in full; the token stays valid.
    expect(information.data).toHaveLength(0);
    await fixture.close();
  });

  const list = (change: Change): Uint8Array =>
    changed(populateList([RANGE, { lba: 500, blockCount: 10 }]), change);
  const limits = { rangeCountMax: 3, tokenBlocksMax: 1000, tokenInactivityMaxS: 600 };
  it.each<[string, Uint8Array, string]>([
    ['a part of the head', populateList([RANGE]).subarray(0, 15), '05/1A/00'],
    ['a DATA LENGTH of 1Dh', list((bytes) => writeU16(bytes, 0, 0x1d)), '05/26/00'],
    ['less than DATA LENGTH', list((bytes) => bytes.subarray(0, 40)), '05/1A/00'],
    ['less than its ranges', list((bytes) => {
      writeU16(bytes, 14, 48);
    }), '05/1A/00'],
    ['no whole range', list((bytes) => writeU16(bytes, 14, 15)), '05/26/00'],
    ['too many ranges', populateList(Array.from({ length: 4 }, (_, i) =>
      ({ lba: i, blockCount: 1 }))), '05/26/08'],
    ['a block twice', populateList([RANGE, { lba: 115, blockCount: 1 }]), '05/26/00'],
    ['too many blocks', populateList([{ lba: 0, blockCount: 1001 }]), '05/26/00'],
    ['blocks behind the last', populateList([{ lba: 4096, blockCount: 1 }]), '05/21/00'],
    ['a block far behind', populateList([{ lba: (1n << 64n) - 1n, blockCount: 1 }]), '05/21/00'],
    ['a timeout too long', populateList([RANGE], { inactivity: 601 }), '05/26/00'],
    ['a reference', populateList([RANGE], { rodType: 0x10000 }), '05/26/00'],
    ['a zero type', populateList([RANGE], { rodType: 0xffff0001 }), '05/26/00'],
    ['a reserved type', populateList([RANGE], { rodType: 0x800003 }), '05/26/00'],
  ])('refuses %s', async (_name, bytes, sense) => {
    const fixture = await TokenFixture.open({ limits });
    expect(told(await fixture.send(0, 0x10, bytes))).toBe(sense);
    expect(fixture.rods.report(ALICE)).toHaveLength(8);
    await fixture.close();
  });

  it.each<[string, Uint8Array]>([
    ['as many ranges and blocks as there may be', populateList([0, 1, 2].map((i) =>
      ({ lba: 400 * i, blockCount: i === 2 ? 200 : 400 })), { inactivity: 600 })],
    ['a range of no blocks, and one that is not whole', list((bytes) => {
      writeU32(bytes, 16 + 8, 0);
      writeU16(bytes, 14, 31);
    })],
    ['the last block', populateList([{ lba: 4095, blockCount: 1 }])],
  ])('takes %s', async (_name, bytes) => {
    const fixture = await TokenFixture.open({ limits });
    expect(told(await fixture.send(0, 0x10, bytes))).toBe('good');
    expect(fixture.rods.report(ALICE)).toHaveLength(8 + 96);
    await fixture.close();
  });

  it('does nothing without a list', async () => {
    const fixture = await TokenFixture.open();
    for (const action of [0x10, 0x11]) {
      expect(told(await fixture.send(0, action, new Uint8Array(0)))).toBe('good');
    }
    expect(fixture.rods.report(ALICE)).toHaveLength(8);
    await fixture.close();
  });

  it('makes as many tokens as there may be', async () => {
    const fixture = await TokenFixture.open({ limits: { tokenCountMax: 2 } });
    const tokens = [await fixture.populate(0, [RANGE]), await fixture.populate(0, [RANGE])];
    expect(told(await fixture.send(0, 0x10, populateList([RANGE])))).toBe('05/55/0D');
    expect(told(await fixture.use(1, tokens[0]!, [RANGE], { delTkn: true }))).toBe('good');
    await fixture.populate(0, [RANGE]);
    await fixture.close();
  });

  it('with IMMED keeps the data of the moment before GOOD', async () => {
    const fixture = await TokenFixture.open();
    const before = pattern(100 * 512, 1);
    await fixture.write(0, 16, before);
    const token = await fixture.populate(0, [RANGE], { immed: true });
    await fixture.write(0, 16, pattern(100 * 512, 2));
    expect(told(await fixture.use(1, token, [{ lba: 0, blockCount: 100 }]))).toBe('good');
    expect(isEqual(await fixture.read(1, 0, 100), before)).toBe(true);
    await fixture.close();
  });
});

describe('WRITE USING TOKEN', () => {
  const types = [undefined, 0x800000, 0x800001, 0x800002, 0x80ffff];
  it.each(types)('writes what the ranges had, one behind another (type %s)', async (rodType) => {
    const fixture = await TokenFixture.open();
    const bytes = pattern(400 * 512, 1);
    await fixture.write(0, 0, bytes);
    const ranges = [{ lba: 300, blockCount: 100 }, { lba: 7, blockCount: 200 }];
    const token = await fixture.populate(0, ranges,
      rodType === undefined ? {} : { rodType });
    const identifier = fixture.nextIdentifier();
    const answer = await fixture.use(1, token,
      [{ lba: 1000, blockCount: 150 }, { lba: 10, blockCount: 150 }], {}, { identifier });
    expect(told(answer)).toBe('good');
    const rod = Buffer.concat([bytes.subarray(300 * 512), bytes.subarray(7 * 512, 207 * 512)]);
    expect(isEqual(await fixture.read(1, 1000, 150), rod.subarray(0, 150 * 512))).toBe(true);
    expect(isEqual(await fixture.read(1, 10, 150), rod.subarray(150 * 512))).toBe(true);
    const { head, data } = await fixture.information(1, identifier);
    expect(head).toMatchObject({ status: 1, responseToServiceAction: 0x11,
      transferCountUnits: 0xf1, transferCount: 300n });
    expect(data).toHaveLength(0);
    await fixture.close();
  });

  it('counts the offset in blocks of the destination, and tells what it could not write',
    async () => {
      const fixture = await TokenFixture.open({
        disks: [{}, { blockBytes: 4096, blockCount: 512 }] });
      const bytes = pattern(100 * 512, 1);
      await fixture.write(0, 16, bytes);
      await fixture.write(1, 0, new Uint8Array(20 * 4096).fill(0xee));
      const token = await fixture.populate(0, [RANGE]);
      const identifier = fixture.nextIdentifier();
      const answer = await fixture.use(
        1, token, [{ lba: 1, blockCount: 5 }, { lba: 9, blockCount: 9 }], { offset: 3 },
        { identifier });
      expect(told(answer)).toBe('good');
      // 51200 - 3 × 4096 bytes are left: nine blocks, and half of a tenth.
      const rest = bytes.subarray(3 * 4096);
      expect((await fixture.information(1, identifier)).head)
        .toMatchObject({ status: 3, transferCount: 10n });
      expect(isEqual(await fixture.read(1, 1, 5), rest.subarray(0, 5 * 4096))).toBe(true);
      const last = Buffer.concat([rest.subarray(5 * 4096), new Uint8Array(2048)]);
      expect(isEqual(await fixture.read(1, 9, 5), last)).toBe(true);
      expect((await fixture.read(1, 14, 1))[0]).toBe(0xee);
      await fixture.close();
    });

  it('from large to small blocks', async () => {
    const fixture = await TokenFixture.open({
      disks: [{ blockBytes: 4096, blockCount: 64 }, {}] });
    const bytes = pattern(4 * 4096, 3);
    await fixture.write(0, 8, bytes);
    const token = await fixture.populate(0, [{ lba: 8, blockCount: 4 }]);
    expect(told(await fixture.use(1, token, [{ lba: 5, blockCount: 27 }], { offset: 5 })))
      .toBe('good');
    expect(isEqual(await fixture.read(1, 5, 27), bytes.subarray(5 * 512))).toBe(true);
    await fixture.close();
  });

  const write = async (
    change: Change, ranges = [RANGE], offset = 0) => {
    const fixture = await TokenFixture.open({ limits: { rangeCountMax: 2, tokenBlocksMax: 200 } });
    const bytes = writeList(await fixture.populate(0, [RANGE]), ranges, { offset });
    const answer = told(await fixture.send(1, 0x11, changed(bytes, change)));
    const isTouched = (await fixture.read(1, 0, 4096)).some((byte) => byte !== 0);
    await fixture.close();
    return [answer, isTouched];
  };
  const same = (): void => {};
  it('refuses a list that is wrong', async () => {
    const wrong: [string, Parameters<typeof write>][] = [
      ['05/1A/00', [(bytes) => bytes.subarray(0, 535)]],
      ['05/26/00', [(bytes) => writeU16(bytes, 0, 0x225)]],
      ['05/1A/00', [(bytes) => bytes.subarray(0, 540)]],
      ['05/26/00', [(bytes) => writeU16(bytes, 534, 15)]],
      ['05/1A/00', [(bytes) => writeU16(bytes, 534, 17)]],
      ['05/26/08', [same, [0, 1, 2].map((lba) => ({ lba, blockCount: 1 }))]],
      ['05/26/00', [same, [RANGE, { lba: 115, blockCount: 1 }]]],
      ['05/26/00', [same, [{ lba: 0, blockCount: 201 }]]],
      ['05/21/00', [same, [{ lba: 4000, blockCount: 97 }]]],
      ['05/23/0A', [(bytes) => writeU16(bytes, 16 + 6, 0x1f0)]],
      ['05/23/05', [(bytes) => {
        bytes[16 + 200] = 1;
      }]],
      ['05/26/00', [same, [RANGE], 100]],
    ];
    for (const [sense, of] of wrong) expect(await write(...of)).toEqual([sense, false]);
  });

  it('takes an offset to the last block', async () => {
    const fixture = await TokenFixture.open();
    const token = await fixture.populate(0, [RANGE]);
    const identifier = fixture.nextIdentifier();
    await fixture.use(1, token, [RANGE], { offset: 99 }, { identifier });
    expect((await fixture.information(1, identifier)).head)
      .toMatchObject({ status: 3, transferCount: 1n });
    for (const offset of [100, (1n << 64n) - 1n]) {
      expect(told(await fixture.use(1, token, [RANGE], { offset }))).toBe('05/26/00');
    }
    await fixture.close();
  });

  it('makes holes of a zero token, however much and wherever from', async () => {
    const fixture = await TokenFixture.open();
    await fixture.write(1, 0, pattern(4096 * 512, 1));
    const identifier = fixture.nextIdentifier();
    const ranges = [{ lba: 3, blockCount: 1 }, { lba: 512, blockCount: 1024 }];
    expect(told(await fixture.use(
      1, zeroToken(), ranges, { offset: (1n << 64n) - 1n }, { identifier }))).toBe('good');
    expect((await fixture.information(1, identifier)).head)
      .toMatchObject({ status: 1, transferCount: 1025n });
    const expected = pattern(4096 * 512, 1);
    expected.fill(0, 3 * 512, 4 * 512).fill(0, 512 * 512, 1536 * 512);
    expect(isEqual(await fixture.read(1, 0, 4096), expected)).toBe(true);
    expect(await fixture.disks[1]!.image.lbaStatus(512))
      .toEqual({ blockCount: 1024, mapped: false });
    await fixture.close();
  });

  it('copies blocks over themselves as they were', async () => {
    for (const rodType of [0x800001, 0x800002]) {
      const fixture = await TokenFixture.open();
      const bytes = pattern(1000 * 512, 1);
      await fixture.write(0, 0, bytes);
      for (const [from, to] of [[100, 103], [103, 100], [100, 100]] as const) {
        const before = await fixture.read(0, from, 700);
        const token = await fixture.populate(0, [{ lba: from, blockCount: 700 }], { rodType });
        expect(told(await fixture.use(0, token, [{ lba: to, blockCount: 700 }]))).toBe('good');
        expect(isEqual(await fixture.read(0, to, 700), before)).toBe(true);
        const again = await fixture.use(1, token, [{ lba: 0, blockCount: 700 }]);
        expect(told(again)).toBe(rodType === 0x800001 ? '05/23/06' : 'good');
      }
      await fixture.close();
    }
  });

  it('of several initiators at once gives all of them the same', async () => {
    const fixture = await TokenFixture.open();
    const bytes = pattern(1000 * 512, 1);
    await fixture.write(0, 0, bytes);
    const token = await fixture.populate(0, [{ lba: 0, blockCount: 1000 }]);
    const answers = await Promise.all([
      fixture.use(1, token, [{ lba: 0, blockCount: 1000 }]),
      fixture.use(1, token, [{ lba: 1000, blockCount: 1000 }], {}, { nexus: BOB }),
      fixture.use(0, token, [{ lba: 500, blockCount: 1000 }], {}, { nexus: BOB }),
    ]);
    expect(answers.map(told)).toEqual(['good', 'good', 'good']);
    for (const [disk, lba] of [[1, 0], [1, 1000], [0, 500]] as const) {
      expect(isEqual(await fixture.read(disk, lba, 1000), bytes)).toBe(true);
    }
    await fixture.close();
  });

  it('is refused where WRITE is, and POPULATE TOKEN where READ is', async () => {
    const fixture = await TokenFixture.open();
    const token = await fixture.populate(0, [RANGE]);
    fixture.disks[1]!.reservation.reserve(BOB);
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('reservationConflict');
    expect(told(await fixture.send(1, 0x10, populateList([RANGE])))).toBe('reservationConflict');
    expect(told(await fixture.use(0, token, [RANGE]))).toBe('good');
    fixture.disks[0]!.eject();
    expect(told(await fixture.send(0, 0x10, populateList([RANGE])))).toBe('02/3A/00');
    await fixture.close();
  });

  it('goes on with its list identifier in use, and takes it again afterwards', async () => {
    const fixture = await TokenFixture.open();
    const token = await fixture.populate(0, [RANGE]);
    const identifier = 0x777;
    const first = fixture.use(1, token, [RANGE], {}, { identifier });
    expect(told(await fixture.use(1, token, [RANGE], {}, { identifier }))).toBe('05/00/16');
    expect(told(await first)).toBe('good');
    expect(told(await fixture.use(1, token, [RANGE], {}, { identifier }))).toBe('good');
    await fixture.close();
  });
});

it('keeps its CDBs as the standard has them', () => {
  expect([...cdbOf(0x10, 0x201, 0x20)]).toEqual(
    [0x83, 0x10, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0x20, 0, 0]);
});
