import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hexBytes } from '../../src/bytes/hex.ts';
import { lintList, walk } from '../../src/codec/list.ts';
import {
  operatingParametersOf, type ServiceActions, thirdPartyCopyPageOf,
} from '../../src/copy/capabilities.ts';
import { COPY_LIMITS, COPY_READINGS } from '../../src/copy/limits.ts';
import { ROD_TYPE_SUPPORT } from '../../src/copy/rod/rod-types.ts';
import { WHOLE_SUPPORT } from '../../src/copy/support.ts';
import { operatingParameters } from '../../src/wire/copy/results.ts';
import {
  generalCopyOperations, parameterData, rodTypeDescriptor, rodTypeDescriptors, streamCopyOperations,
  supportedCscdIds, supportedDescriptors, supportedRodTypes, thirdPartyCopyDescriptors,
  thirdPartyCopyPage,
} from '../../src/wire/copy/third-party-copy-vpd.ts';
import { MemoryDisk, MemoryTape, unitOf } from '../support/copy-devices.ts';
import { Fixture } from './manager-fixture.ts';

const limits = {
  ...COPY_LIMITS, cscdCountMax: 16, segmentCountMax: 64, descriptorListBytesMax: 4096,
  inlineBytesMax: 65536, heldBytesMax: 65536, streamTransferBytesMax: 0x100_0000,
  concurrentCopiesMax: 8, identifiedCopiesMax: 4,
};
const readings = COPY_READINGS;
const plain = { limits, readings, support: WHOLE_SUPPORT, rodTypes: [] };
/** Those of the worked example. */
const actions: ServiceActions = new Map([
  [0x83, [0x00, 0x01, 0x1c]], [0x84, [0x00, 0x01, 0x03, 0x04, 0x05, 0x06]]]);
const page = thirdPartyCopyPageOf(plain, 0x01, actions);
const withRods = thirdPartyCopyPageOf(
  { ...plain, rodTypes: ROD_TYPE_SUPPORT }, 0x00,
  new Map([[0x83, [0x00, 0x10, 0x11]], [0x84, [0x07, 0x08]]]));

const CODES = '00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 16 BE BF '
  + 'E0 E1 E2 E3 E4 E5 E6 E7 E8 E9 EA EB FE';

describe('RECEIVE COPY OPERATING PARAMETERS', () => {
  it('is the worked example, but for the descriptors that are implemented', () => {
    expect(hexBytes(operatingParametersOf(plain))).toBe(
      '00 00 00 4E 01 00 00 00 00 10 00 40 00 00 10 00 00 00 00 00 00 01 00 00 00 01 00 00 '
      + `01 00 00 00 00 00 00 08 04 00 00 00 00 00 00 26 ${CODES}`);
  });

  it('has no finding', () => {
    expect(operatingParameters.lint(operatingParametersOf({ ...plain, limits: COPY_LIMITS })))
      .toEqual([]);
  });
});

describe('VPD page 8Fh', () => {
  it('is the worked example, but for the descriptors that are implemented', () => {
    expect(hexBytes(page)).toBe([
      '01 8F 00 C0',
      '00 01 00 10 0D 83 03 00 01 1C 84 06 00 01 03 04 05 06 00 00',
      '00 04 00 1C 00 00 00 00 00 10 00 40 00 00 10 00 00 01 00 00 00 00 00 00 00 00 00 00 '
      + '00 00 00 00',
      `00 08 00 28 26 ${CODES} 00`,
      '00 0C 00 08 00 06 C0 00 C0 01 FF FF',
      '80 01 00 20 00 00 00 08 00 00 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 '
      + '00 00 00 00 00 00 00 00',
      '91 01 00 0C 01 00 00 00 00 00 00 00 00 00 00 00',
      'C0 01 00 1C 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 '
      + '00 00 00 00',
    ].join(' '));
  });

  it.each([
    ['without RODs', page, [0x0001, 0x0004, 0x0008, 0x000c, 0x8001, 0x9101, 0xc001]],
    ['with RODs', withRods, [0x0000, 0x0001, 0x0004, 0x0008, 0x000c, 0x0106, 0x0108, 0x8001, 0x9101,
      0xc001]],
  ])('has descriptors of whole words in ascending order, and no finding, %s', (_, bytes, types) => {
    const { items, broken } = walk(thirdPartyCopyDescriptors, bytes, 4, bytes.length);
    expect(broken).toBeUndefined();
    expect(items.map(({ type }) => type)).toEqual(types);
    for (const { at, end } of items) expect((end - at) % 4).toBe(0);
    expect(thirdPartyCopyPage.lint(bytes)).toEqual([]);
    expect(lintList(thirdPartyCopyDescriptors, bytes, 4, bytes.length)).toEqual([]);
  });

  it('tells of each ROD type, and of F800h where tokens are taken', () => {
    const { items } = walk(thirdPartyCopyDescriptors, withRods, 4, withRods.length);
    const of = (type: number) => items.find((item) => item.type === type)!;
    const { list } = supportedRodTypes.read(withRods, of(0x0108).at, of(0x0108).end);
    const told = walk(rodTypeDescriptors, list, 0, list.length).items
      .map(({ at, end }) => rodTypeDescriptor.read(list, at, end));
    expect(told).toEqual(ROD_TYPE_SUPPORT.map(({ type, ...rest }) => ({ ...rest, rodType: type })));
    const sum = told.reduce((all, { preference }) => all + preference, 0);
    expect([0, 0xffff]).toContain(sum);
    const ids = supportedCscdIds.read(withRods, of(0x000c).at, of(0x000c).end);
    expect(hexBytes(ids.list)).toBe('C0 00 C0 01 F8 00 FF FF 00 00');
  });

  it('lists the commands that the unit has, and limits of tokens for disks only', () => {
    const units = [
      unitOf('disk', 1, new MemoryDisk('disk', 512, new Uint8Array(512))),
      unitOf('tape', 2, new MemoryTape('tape'))];
    const { manager } = new Fixture(units);
    const commands = units.map((unit) => {
      const bytes = manager.vpdPage(unit);
      const { items } = walk(thirdPartyCopyDescriptors, bytes, 4, bytes.length);
      return {
        deviceType: bytes[0], first: items[0]!.type,
        list: hexBytes(bytes.subarray(
          items.find(({ type }) => type === 0x0001)!.at + 5,
          items.find(({ type }) => type === 0x0004)!.at)) };
    });
    const receive = '84 08 00 01 03 04 05 06 07 08';
    expect(commands).toEqual([
      { deviceType: 0, first: 0x0000, list: `83 05 00 01 10 11 1C ${receive} 00 00` },
      { deviceType: 1, first: 0x0001, list: `83 03 00 01 1C ${receive}` },
    ]);
  });

  it('says what the operating parameters say', () => {
    const { items } = walk(thirdPartyCopyDescriptors, page, 4, page.length);
    const at = (type: number): number => items.find((item) => item.type === type)!.at;
    const told = operatingParameters.read(operatingParametersOf(plain));
    const data = parameterData.read(page, at(0x0004), at(0x0004) + 32);
    const general = generalCopyOperations.read(page, at(0x8001), at(0x8001) + 36);
    const stream = streamCopyOperations.read(page, at(0x9101), at(0x9101) + 16);
    const codes = supportedDescriptors.read(page, at(0x0008), at(0x000c));
    expect(told).toMatchObject({
      maximumCscdCount: data.maximumCscdCount, maximumSegmentCount: data.maximumSegmentCount,
      maximumDescriptorListLength: data.maximumDescriptorListLength,
      maximumInlineDataLength: data.maximumInlineDataLength,
      totalConcurrentCopies: general.totalConcurrentCopies,
      maximumConcurrentCopies: general.maximumIdentifiedConcurrentCopies,
      maximumSegmentLength: general.maximumSegmentLength,
      maximumStreamTransferSize: stream.maximumStreamTransferSize,
    });
    expect(codes.list.subarray(0, codes.listLength)).toEqual(told.implemented);
  });
});

const hasSgVpd = spawnSync('sg_vpd', ['--version']).error === undefined;

// Skips without sg3-utils; continuous integration installs it.
describe.skipIf(!hasSgVpd && process.env.CI !== 'true')('sg_vpd', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'serverfree-sg-vpd-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['without RODs', page, [
      'Maximum CSCD descriptor count: 16', 'Maximum segment descriptor count: 64',
      'Maximum descriptor list length: 4096', 'Maximum inline data length: 65536',
      'Extended copy(LID1)', 'Extended copy\n', 'Copy operation abort',
      'Receive copy failure details(LID1)', 'block -> stream', 'stream -> discard',
      'locate -> tape', 'Identification descriptor', 'null LU, pdt=1', 'is copy manager LU',
      'Total concurrent copies: 8', 'Maximum identified concurrent copies: 4',
      'Maximum stream device transfer size: 16777216', 'Held data limit: 65536',
    ]],
    ['with RODs', withRods, [
      'Maximum range descriptors: 1024', 'Maximum inactivity timeout: 3600 seconds',
      'Default inactivity timeout: 300 seconds', 'Maximum token transfer size: 67108864',
      'Populate token', 'Write using token', 'Receive ROD token information',
      'Report all ROD tokens', 'Minimum token lifetime: 60 seconds',
      'Maximum token lifetime: 86400 seconds', 'ROD Type',
    ]],
  ])('reads the page as we mean it, %s', (_, bytes, texts) => {
    const path = join(folder, 'page.hex');
    writeFileSync(path, hexBytes(bytes));
    const text = execFileSync('sg_vpd', ['--inhex', path, '--page=0x8f'], { encoding: 'utf8' });
    for (const expected of texts) expect(text.toLowerCase()).toContain(expected.toLowerCase());
    expect(text).not.toMatch(/truncated|unexpected|bad|error/i);
  });
});
