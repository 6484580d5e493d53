import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { hexBytes } from '../../src/bytes/hex.ts';
import { toJson } from '../../src/explain/encode-json.ts';
import { formatById } from '../../src/explain/registry.ts';
import {
  ADDITIONAL_SENSE, additionalSenseOf, SENSE_KEYS, senseKeyOf,
} from '../../src/sense/codes.ts';
import { bytes, isGood, vectors } from '../support/vectors.ts';

/** sg3_utils reads the same bytes; what it prints must agree with the vectors. */
const isThere = (tool: string): boolean => spawnSync(tool, ['--version']).error === undefined;
const must = process.env['CI'] === 'true';
const run = (tool: string, args: readonly string[], input = ''): string => {
  const { stdout, stderr } = spawnSync(tool, args, { input, encoding: 'utf8' });
  return `${stdout}${stderr}`;
};
const words = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, ' ');

describe.skipIf(!isThere('sg_decode_sense') && !must)('sg_decode_sense agrees', () => {
  const cases = ['sense/fixed-sense', 'sense/descriptor-sense'].flatMap((id) =>
    vectors(id).vectors.filter(isGood).map((one) => [id, one.name, one.hex] as const));

  it.each(cases)('%s: %s', (id, _name, hex) => {
    const value = toJson(formatById(id)!, bytes(hex)) as {
      senseKey: number; additionalSense: number; information?: number; valid?: boolean;
    }; // as the two layouts declare it
    const printed = words(run('sg_decode_sense', hexBytes(bytes(hex)).split(' ')));
    expect(printed).toContain(words(SENSE_KEYS[senseKeyOf(value.senseKey)!][1]).trim());
    const additional = ADDITIONAL_SENSE[additionalSenseOf(value.additionalSense)!][1];
    // The tool prints no line for 00h/00h with some keys, and cuts the longest names.
    const name = words(additional).trim().slice(0, 30);
    if (value.additionalSense !== 0) expect(printed).toContain(name);
    if (value.valid === true) expect(printed).toContain(value.information!.toString(16));
  });
});

describe.skipIf(!isThere('sg_vpd') && !must)('sg_vpd agrees', () => {
  const vpd = (id: string, name: string, page: string): string => {
    const { hex } = vectors(id).vectors.find((one) => one.name === name)!;
    return run('sg_vpd', ['--inhex=-', `--page=${page}`], hexBytes(bytes(hex)));
  };

  it('on the block limits page', () => {
    const printed = vpd('sbc/block-limits-page', 'of a Linux target', 'bl');
    expect(printed).toMatch(/Maximum transfer length: 16384 blocks/);
    expect(printed).toMatch(/Maximum unmap LBA count: 2097152/);
    expect(printed).toMatch(/Maximum write same length: (0x1000|4096) /);
  });

  it('on the device identification page', () => {
    const printed = vpd('spc/device-identification-page', 'NAA and relative target port', 'di');
    expect(printed).toMatch(/0x3000000000000071/);
    expect(printed).toMatch(/Relative target port: 0x1/);
  });

  it('on the logical block provisioning page', () => {
    const name = 'thin, unmapped blocks read zeros';
    const printed = vpd('sbc/logical-block-provisioning-page', name, 'lbpv');
    expect(printed).toMatch(/Unmap command supported \(LBPU\): 1/);
    expect(printed).toMatch(/Provisioning type: 2/);
  });

  it('on the third-party copy page', () => {
    const printed = vpd('copy/third-party-copy-page', "of a tape's copy manager", 'tpc');
    expect(printed).toMatch(/Maximum CSCD descriptor count: 16/);
    expect(printed).toMatch(/Maximum segment descriptor count: 64/);
    expect(printed).toMatch(/Held data limit: 65536/i);
    expect(printed).toMatch(/Total concurrent copies: 8/);
  });
});
