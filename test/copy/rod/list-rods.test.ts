import { describe, expect, it } from 'vitest';
import { writeU16 } from '../../../src/bytes/big-endian.ts';
import { rodCscd, type RodCscd } from '../../../src/wire/copy/cscd.ts';
import { rodTokenDescriptor } from '../../../src/wire/copy/lid4-results.ts';
import { populateRodRange, populateRodRanges } from '../../../src/wire/copy/segments.ts';
import { ROD_TYPE, rodManagementToken } from '../../../src/wire/copy/tokens.ts';
import { told } from '../../server/device-fixture.ts';
import { bytesToBytes, cscdOf, diskToDisk, imageOfDisk, listOf, verify }
  from '../../support/copy-lists.ts';
import {
  concatRanges, isEqual, pattern, type Range, TokenFixture, zeroToken,
} from './token-fixture.ts';

const RECEIVER = 0xffff;
const PERSISTENT = ROD_TYPE.pointInTimePersistent;
const REFERENCE = ROD_TYPE.accessUponReference;

const rodOf = (rodType: number, fields: Partial<RodCscd> = {}): Uint8Array => rodCscd.encode({
  type: 0xfe, luIdType: 0, peripheralDeviceType: 0, relativeInitiatorPort: 0, producerId: RECEIVER,
  rodType, lifetime: 0, inactivityTimeout: 0, rToken: false, delTkn: false, tokenOffset: 0,
  device: { format: 'block', pad: false, diskBlockLength: 512 }, ...fields });

const blocks = (bytes: Uint8Array, lba: number, count: number): Uint8Array =>
  bytes.subarray(lba * 512, (lba + count) * 512);

interface Ends {
  readonly from?: number;
  readonly to?: number;
}
const ends = ({ from = RECEIVER, to = 0 }: Ends) =>
  ({ cat: false, sourceCscd: from, destinationCscd: to });

/** BFh; the ROD is descriptor 0 unless it is said. */
const populateOne = (lba: number, blockCount: number, of: Ends = {}): Uint8Array =>
  populateRodRange.encode(
    { ...ends(of), type: 0xbf, length: 0x10, lba: BigInt(lba), blockCount });
const populateMany = (list: readonly Range[], of: Ends = {}): Uint8Array => {
  const ranges = concatRanges(list);
  return populateRodRanges.encode({ ...ends(of), type: 0xbe, length: 12 + ranges.length,
    rangeDescriptorType: 1, rangesLength: ranges.length, ranges });
};

async function setUp() {
  const fixture = await TokenFixture.open();
  const bytes = pattern(4096 * 512, 1);
  await fixture.write(0, 0, bytes);
  const disks = fixture.disks.map((disk) => cscdOf(disk));
  return { fixture, bytes, disks };
}

/** Descriptor 0 is a ROD of the receiver, 1 and 2 are the disks. */
async function copy(rod: Uint8Array, segments: readonly Uint8Array[], list = {}) {
  const { fixture, bytes, disks } = await setUp();
  const answer = await fixture.copy(0, listOf([rod, ...disks], segments, list));
  return { fixture, bytes, answer: told(answer) };
}

describe('a ROD that segments populate', () => {
  it.each([PERSISTENT, ROD_TYPE.pointInTimeDefault, ROD_TYPE.pointInTimeAny,
    ROD_TYPE.pointInTimeChangeVulnerable])('has what was there then (%i)', async (rodType) => {
    const { fixture, bytes, answer } = await copy(rodOf(rodType), [
      populateOne(100, 50), populateMany([{ lba: 0, blockCount: 10 }, { lba: 300, blockCount: 5 }]),
      diskToDisk(2000, 100, 60, { from: 1, to: 1 }), diskToDisk(0, 0, 65, { from: 0, to: 2 })]);
    expect(answer).toBe('good');
    const rod = Buffer.concat([[100, 150], [0, 10], [300, 305]].map(([from, to]) =>
      bytes.subarray(from! * 512, to! * 512)));
    expect(isEqual(await fixture.read(1, 0, 65), rod)).toBe(true);
    expect(fixture.disks[0]!.image.snapshots.count).toBe(0);
    await fixture.close();
  });

  it('has what was written by segments before it', async () => {
    const { fixture, bytes, answer } = await copy(rodOf(PERSISTENT), [
      diskToDisk(2000, 100, 50, { from: 1, to: 1 }), populateOne(100, 50),
      diskToDisk(0, 0, 50, { from: 0, to: 2 })]);
    expect(answer).toBe('good');
    expect(isEqual(await fixture.read(1, 0, 50), blocks(bytes, 2000, 50))).toBe(true);
    await fixture.close();
  });

  it('by reference has what is there when it is used, and can be written', async () => {
    const { fixture, bytes, answer } = await copy(rodOf(REFERENCE), [
      populateMany([{ lba: 300, blockCount: 20 }, { lba: 100, blockCount: 50 }]),
      diskToDisk(2000, 100, 50, { from: 1, to: 1 }), diskToDisk(20, 0, 50, { from: 0, to: 2 }),
      diskToDisk(1000, 15, 10, { from: 1, to: 0 })]);
    expect(answer).toBe('good');
    expect(isEqual(await fixture.read(1, 0, 50), blocks(bytes, 2000, 50))).toBe(true);
    expect(isEqual(await fixture.read(0, 315, 5), blocks(bytes, 1000, 5))).toBe(true);
    expect(isEqual(await fixture.read(0, 100, 5), blocks(bytes, 1005, 5))).toBe(true);
    await fixture.close();
  });

  it('is copied byte by byte, in blocks of its descriptor, and as an image', async () => {
    const device = { format: 'block', pad: false, diskBlockLength: 4096 } as const;
    const { fixture, bytes, answer } = await copy(rodOf(PERSISTENT, { device }), [
      populateOne(8, 33),
      bytesToBytes({ lba: 1, offset: 100 }, { lba: 0, offset: 7 }, 1000, { from: 0, to: 2 }),
      diskToDisk(0, 100, 4, { from: 0, to: 2 })]);
    expect(answer).toBe('good');
    const rod = bytes.subarray(8 * 512);
    expect(isEqual((await fixture.read(1, 0, 3)).subarray(7, 1007), rod.subarray(4196, 5196)))
      .toBe(true);
    expect(isEqual(await fixture.read(1, 100, 32), rod.subarray(0, 32 * 512))).toBe(true);
    const image = await copy(rodOf(PERSISTENT), [
      populateOne(8, 33), imageOfDisk(3, 10, 0, { from: 0, to: 2 })]);
    expect(image.answer).toBe('good');
    expect(isEqual(await image.fixture.read(1, 10, 30), rod.subarray(3 * 512, 33 * 512)))
      .toBe(true);
    await Promise.all([fixture.close(), image.fixture.close()]);
  });

  it.each([REFERENCE, PERSISTENT, ROD_TYPE.pointInTimeAny])(
    'with R_TOKEN becomes a token (%i)', async (rodType) => {
      const { fixture, bytes, answer } = await copy(
        rodOf(rodType, { rToken: true, inactivityTimeout: 100, lifetime: 300 }),
        [populateOne(100, 50)]);
      expect(answer).toBe('good');
      const { data, head } = await fixture.information(0, 1);
      const { cscdId, token } = rodTokenDescriptor.read(data);
      expect([head.status, cscdId]).toEqual([1, 0]);
      expect(rodManagementToken.read(token)).toMatchObject({ bytesRepresented: 25600n,
        rodType: rodType === REFERENCE ? REFERENCE : PERSISTENT });
      await fixture.write(0, 100, pattern(50 * 512, 9));
      expect(told(await fixture.use(1, token, [{ lba: 5, blockCount: 50 }]))).toBe('good');
      const expected = rodType === REFERENCE ? pattern(50 * 512, 9)
        : bytes.subarray(100 * 512, 150 * 512);
      expect(isEqual(await fixture.read(1, 5, 50), expected)).toBe(true);
      fixture.clock.pass(100);
      expect(told(await fixture.use(1, token, [{ lba: 5, blockCount: 50 }]))).toBe('05/23/07');
      await fixture.close();
    });

  it('becomes no token if the copy fails', async () => {
    const { fixture, answer } = await copy(
      rodOf(PERSISTENT, { rToken: true }), [populateOne(100, 50), populateOne(4095, 2)]);
    expect(answer).toBe('0A/0D/01');
    expect((await fixture.information(0, 1)).data).toHaveLength(0);
    expect(fixture.rods.tokens.report(new Map([[0, fixture.disks[0]!]]))).toHaveLength(8);
    expect(fixture.disks[0]!.image.snapshots.count).toBe(0);
    await fixture.close();
  });
});

describe('a ROD that is given by a token', () => {
  const byToken = (fields: Partial<RodCscd> = {}): Uint8Array =>
    rodOf(ROD_TYPE.byToken, { producerId: 0xf800, tokenOffset: 4, ...fields });
  const inline = (token: Uint8Array): Uint8Array => Buffer.concat([new Uint8Array(4), token]);

  it('is read, and its token deleted if that is asked for', async () => {
    const { fixture, bytes, disks } = await setUp();
    const token = await fixture.populate(0, [{ lba: 100, blockCount: 50 }]);
    await fixture.write(0, 100, new Uint8Array(50 * 512));
    for (const delTkn of [false, true]) {
      const list = listOf([byToken({ delTkn }), ...disks],
        [verify({ from: 0 }), diskToDisk(10, 7, 40, { from: 0, to: 2 })],
        { inlineData: inline(token) });
      expect(told(await fixture.copy(1, list))).toBe('good');
      expect(isEqual(await fixture.read(1, 7, 40), bytes.subarray(110 * 512, 150 * 512)))
        .toBe(true);
    }
    const again = listOf([byToken(), ...disks], [], { inlineData: inline(token) });
    expect(told(await fixture.copy(1, again))).toBe('05/23/09');
    await fixture.close();
  });

  it('of zeros has as many as are asked for', async () => {
    const { fixture, disks } = await setUp();
    const list = listOf([byToken(), ...disks], [diskToDisk(1000, 7, 4000, { from: 0, to: 1 })],
      { inlineData: inline(zeroToken()) });
    expect(told(await fixture.copy(1, list))).toBe('good');
    expect((await fixture.read(0, 7, 4000)).every((byte) => byte === 0)).toBe(true);
    await fixture.close();
  });

  it('is refused before anything is copied if the token is', async () => {
    const { fixture, disks } = await setUp();
    const token = await fixture.populate(0, [{ lba: 100, blockCount: 50 }]);
    const refused = async (inlineData: Uint8Array, rod = byToken(), segments = [
      diskToDisk(0, 0, 1, { from: 1, to: 2 }), diskToDisk(10, 7, 40, { from: 0, to: 2 })]) =>
      told(await fixture.copy(0, listOf([rod, ...disks], segments, { inlineData })));
    const forged = token.slice();
    forged[500]! ^= 1;
    const short = token.slice();
    writeU16(short, 6, 0x1f0);
    expect(await refused(inline(forged))).toBe('05/23/05');
    expect(await refused(inline(short))).toBe('05/23/0A');
    expect(await refused(inline(token).subarray(0, 515))).toBe('05/26/00');
    expect(await refused(inline(token), byToken({ tokenOffset: 5 }))).toBe('05/26/00');
    expect(await refused(inline(token), byToken({ producerId: 0 }))).toBe('05/23/02');
    expect(await refused(inline(token), byToken(), [diskToDisk(0, 0, 1, { from: 1, to: 0 })]))
      .toBe('05/26/00');
    fixture.clock.pass(1e6);
    expect(await refused(inline(token))).toBe('05/23/07');
    expect((await fixture.read(1, 0, 4096)).every((byte) => byte === 0)).toBe(true);
    await fixture.close();
  });
});

describe('what is wrong with RODs in a list', () => {
  const limits = { tokenLifetimeMaxS: 24 * 3600, tokenInactivityMaxS: 3600 };
  const twice = [populateOne(100, 50), populateMany([{ lba: 149, blockCount: 1 }])];
  const rToken = true;
  it.each<[string, string, Uint8Array, readonly Uint8Array[], object?]>([
    ['a token without list identifier', '05/26/00', rodOf(PERSISTENT, { rToken }), [],
      { listIdentifier: 0, listIdUsage: 3 }],
    ['a lifetime too long', '05/26/00',
      rodOf(PERSISTENT, { rToken, lifetime: limits.tokenLifetimeMaxS + 1 }), []],
    ['a timeout too long', '05/26/00',
      rodOf(PERSISTENT, { rToken, inactivityTimeout: limits.tokenInactivityMaxS + 1 }), []],
    ['a lifetime without token', '05/26/00', rodOf(PERSISTENT, { lifetime: 100 }), []],
    ['a timeout without token', '05/26/00', rodOf(PERSISTENT, { inactivityTimeout: 1 }), []],
    ['an offset without token', '05/26/00', rodOf(PERSISTENT, { tokenOffset: 4 }), []],
    ['DEL_TKN without token', '05/26/00', rodOf(PERSISTENT, { delTkn: true }), []],
    ['a new ROD of an unknown producer', '05/26/00',
      rodOf(PERSISTENT, { producerId: 0xf800 }), []],
    ['a new ROD elsewhere', '05/23/03', rodOf(PERSISTENT, { producerId: 1 }), []],
    ['a type that is none', '05/26/00', rodOf(0x800003), []],
    ['a new ROD of zeros', '05/26/00', rodOf(ROD_TYPE.blockDeviceZero), []],
    ['a source that is not the receiver', '05/26/00', rodOf(PERSISTENT),
      [populateOne(0, 1, { from: 1 })]],
    ['a destination that is no ROD', '05/26/00', rodOf(PERSISTENT), [populateOne(0, 1, { to: 1 })]],
    ['a block twice', '05/26/00', rodOf(PERSISTENT), twice],
    ['a copy to a ROD that cannot change', '05/26/00', rodOf(PERSISTENT),
      [populateOne(0, 9), diskToDisk(0, 0, 1, { from: 1, to: 0 })]],
    ['a ROD without data', '0A/08/04', rodOf(PERSISTENT),
      [diskToDisk(0, 0, 1, { from: 0, to: 1 })]],
    ['a ROD without data as destination', '0A/08/04', rodOf(REFERENCE),
      [diskToDisk(0, 0, 1, { from: 1, to: 0 })]],
    ['more data after its use', '0A/26/00', rodOf(PERSISTENT),
      [populateOne(0, 9), diskToDisk(0, 0, 1, { from: 0, to: 2 }), populateOne(10, 9)]],
    ['another device type', '0A/26/00',
      rodOf(PERSISTENT, { peripheralDeviceType: 5 }), [populateOne(0, 9)]],
    ['blocks that are not there', '0A/0D/01', rodOf(PERSISTENT), [populateOne(4096, 1)]],
    ['blocks behind its last', '0A/0D/01', rodOf(PERSISTENT),
      [populateOne(0, 9), diskToDisk(9, 0, 1, { from: 0, to: 2 })]],
  ])('%s', async (_name, sense, rod, segments, list = {}) => {
    const { fixture, answer } = await copy(rod, segments, list);
    expect(answer).toBe(sense);
    expect(fixture.disks[0]!.image.snapshots.count).toBe(0);
    await fixture.close();
  });
});
