import { describe, expect, it } from 'vitest';
import { explain } from '../../src/explain/explain.ts';
import { recognise } from '../../src/explain/recognise.ts';
import { renderSection } from '../../src/explain/render.ts';
import { encodeParameterList } from '../../src/wire/copy/parameter-list.ts';
import { bytes, isGood, vectors } from '../support/vectors.ts';

describe('what third-party copy commands send and answer is known by its bytes', () => {
  it.each([
    'copy/parameter-list-lid4', 'copy/populate-token-list', 'copy/write-using-token-list',
    'copy/rod-token', 'copy/block-zero-token', 'copy/rod-management-token', 'copy/lid-4-status',
    'copy/lid-4-data', 'copy/rod-token-information', 'copy/all-rod-tokens',
    'copy/change-aliases-list', 'copy/report-aliases-data', 'copy/block-token-limits',
    'copy/block-rod-features', 'copy/rod-token-features', 'copy/supported-rod-types',
    'copy/copy-group-identifier', 'copy/third-party-copy-page',
  ])('%s', (id) => {
    const first = vectors(id).vectors.find(isGood)!;
    expect(recognise(bytes(first.hex))[0]?.id).toBe(id);
  });

  it('also where every one of many descriptors has a reserved bit set', () => {
    const segment = bytes('00 81 0014 0000 0001 00 010000 0000 0080 0000000000001000');
    const cscd = bytes(vectors('copy/identification-cscd').vectors.find(isGood)!.hex);
    const list = encodeParameterList({
      listIdentifier: 1, cscds: [cscd, cscd], segments: Array(100).fill(segment) });
    expect(recognise(list)[0]?.id).toBe('copy/parameter-list');
  });
});

const shown = (hex: string): string =>
  renderSection(explain(bytes(hex), { isBinary: true })[0]!.section).join('\n');

describe('codes and structures inside are explained', () => {
  it('by name: commands, descriptor types and CSCD descriptor IDs of page 8Fh', () => {
    const text = shown(vectors('copy/third-party-copy-page').vectors.find(isGood)!.hex);
    expect(text).toMatch(/00h \(EXTENDED COPY\(LID1\)\)/);
    expect(text).toMatch(/E4h \(identification descriptor\)/);
    expect(text).toMatch(/FFFFh \(the copy manager's own logical unit\)/);
  });

  it('down to the creator of a token in an answer', () => {
    const text = shown(vectors('copy/rod-token-information').vectors.find(isGood)!.hex);
    expect(text).toMatch(/CREATOR LOGICAL UNIT DESCRIPTOR/);
    expect(text).toMatch(/naa\.600000000000a0010000000000000001/);
    expect(text).toMatch(/LOGICAL BLOCK LENGTH IN BYTES +512 bytes/);
  });

  it('down to the sense data of a copy that failed', () => {
    const failed = vectors('copy/lid-4-status').vectors.find(({ name }) =>
      name === 'the destination could not be reached')!;
    expect(shown(failed.hex)).toMatch(/SENSE KEY +Ah \(COPY ABORTED\)/);
  });

  it('down to the address behind an iSCSI name', () => {
    const entry = vectors('copy/alias-entry').vectors.find(({ name }) =>
      name === 'an iSCSI name with an IPv4 address')!;
    const list = `00000040 00000000 ${entry.hex}`;
    expect(shown(list)).toMatch(/iqn\.2020-01\.com\.example:disk/);
    expect(shown(list)).toMatch(/PORT NUMBER +3260/);
  });
});
