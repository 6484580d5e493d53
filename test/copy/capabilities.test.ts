import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hexBytes } from '../../src/bytes/hex.ts';
import { lintList, walk } from '../../src/codec/list.ts';
import { operatingParametersOf, thirdPartyCopyPageOf } from '../../src/copy/capabilities.ts';
import { COPY_LIMITS } from '../../src/copy/limits.ts';
import { operatingParameters } from '../../src/wire/copy/results.ts';
import {
  generalCopyOperations, parameterData, streamCopyOperations, supportedDescriptors,
  thirdPartyCopyDescriptors, thirdPartyCopyPage,
} from '../../src/wire/copy/third-party-copy-vpd.ts';

const limits = {
  ...COPY_LIMITS, cscdCountMax: 16, segmentCountMax: 64, descriptorListBytesMax: 4096,
  inlineBytesMax: 65536, streamTransferBytesMax: 0x100_0000, concurrentCopiesMax: 8,
  identifiedCopiesMax: 4,
};
const page = thirdPartyCopyPageOf(limits, 0x01);

describe('RECEIVE COPY OPERATING PARAMETERS', () => {
  it('is the worked example, but for held data and the descriptors that are implemented', () => {
    expect(hexBytes(operatingParametersOf(limits))).toBe(
      '00 00 00 31 01 00 00 00 00 10 00 40 00 00 10 00 00 00 00 00 00 01 00 00 00 00 00 00 '
      + '01 00 00 00 00 00 00 08 04 00 00 00 00 00 00 09 00 01 02 04 06 10 11 12 E4');
  });

  it('has no finding', () => {
    expect(operatingParameters.lint(operatingParametersOf(COPY_LIMITS))).toEqual([]);
  });
});

describe('VPD page 8Fh', () => {
  it('is the worked example, but for what is not implemented', () => {
    expect(hexBytes(page)).toBe([
      '01 8F 00 80',
      '00 01 00 0C 08 83 01 00 84 03 00 03 04 00 00 00',
      '00 04 00 1C 00 00 00 00 00 10 00 40 00 00 10 00 00 01 00 00 00 00 00 00 00 00 00 00 '
      + '00 00 00 00',
      '00 08 00 0C 09 00 01 02 04 06 10 11 12 E4 00 00',
      '00 0C 00 08 00 06 C0 00 C0 01 FF FF',
      '80 01 00 20 00 00 00 08 00 00 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 '
      + '00 00 00 00 00 00 00 00',
      '91 01 00 0C 01 00 00 00 00 00 00 00 00 00 00 00',
    ].join(' '));
  });

  it('has descriptors of whole words in ascending order, and no finding', () => {
    const { items, broken } = walk(thirdPartyCopyDescriptors, page, 4, page.length);
    expect(broken).toBeUndefined();
    expect(items.map(({ type }) => type)).toEqual(
      [0x0001, 0x0004, 0x0008, 0x000c, 0x8001, 0x9101]);
    for (const { at, end } of items) expect((end - at) % 4).toBe(0);
    expect(thirdPartyCopyPage.lint(page)).toEqual([]);
    expect(lintList(thirdPartyCopyDescriptors, page, 4, page.length)).toEqual([]);
  });

  it('says what the operating parameters say', () => {
    const { items } = walk(thirdPartyCopyDescriptors, page, 4, page.length);
    const at = (type: number): number => items.find((item) => item.type === type)!.at;
    const told = operatingParameters.read(operatingParametersOf(limits));
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

  it('reads the page as we mean it', () => {
    const path = join(folder, 'page.hex');
    writeFileSync(path, hexBytes(page));
    const text = execFileSync('sg_vpd', ['--inhex', path, '--page=0x8f'], { encoding: 'utf8' });
    for (const expected of [
      'Maximum CSCD descriptor count: 16', 'Maximum segment descriptor count: 64',
      'Maximum descriptor list length: 4096', 'Maximum inline data length: 65536',
      'Extended copy(LID1)', 'Receive copy failure details(LID1)', 'block -> stream',
      'stream -> discard', 'locate -> tape', 'Identification descriptor',
      'null LU, pdt=1', 'is copy manager LU',
      'Total concurrent copies: 8', 'Maximum identified concurrent copies: 4',
      'Maximum stream device transfer size: 16777216',
    ]) expect(text.toLowerCase()).toContain(expected.toLowerCase());
  });
});
