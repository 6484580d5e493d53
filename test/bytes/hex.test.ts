import { describe, expect, it } from 'vitest';
import { concat } from '../../src/bytes/concat.ts';
import { hex, hexBytes, parseHex } from '../../src/bytes/hex.ts';

describe('hex', () => {
  it('writes numbers as the standards do', () => {
    expect(hex(0x1f)).toBe('1Fh');
    expect(hex(5, 4)).toBe('0005h');
    expect(hex(0xffff_ffff_ffff_ffffn)).toBe('FFFFFFFFFFFFFFFFh');
  });

  it('writes bytes in pairs', () => {
    expect(hexBytes(Uint8Array.of(0, 0x0a, 0xff))).toBe('00 0A FF');
    expect(hexBytes(new Uint8Array(0))).toBe('');
  });
});

describe('parseHex', () => {
  it('reads pairs, whatever white space stands between them', () => {
    expect(parseHex(' 00 0aFF\n\t10 ')).toEqual(Uint8Array.of(0, 0x0a, 0xff, 0x10));
    expect(parseHex('')).toEqual(new Uint8Array(0));
  });

  it.each([['0', 0], ['00 1', 2], ['00 zz', 2], ['00 1 2', 2]])(
    'refuses %j and names the place', (text, at) => {
      expect(() => parseHex(text)).toThrow(`no byte at character ${at}`);
    });
});

describe('concat', () => {
  it('puts parts one behind another', () => {
    expect(concat([Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)]))
      .toEqual(Uint8Array.of(1, 2, 3));
    expect(concat([])).toEqual(new Uint8Array(0));
  });
});
