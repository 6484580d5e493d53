import { describe, expect, it } from 'vitest';
import { decodeLun, encodeLun, LUN_MAX } from '../../../src/wire/spc/lun.ts';
import { bytes } from '../../support/vectors.ts';

describe('logical unit numbers', () => {
  it.each([
    [0, '00 00 00 00 00 00 00 00'], [255, '00 FF 00 00 00 00 00 00'],
    [256, '41 00 00 00 00 00 00 00'], [LUN_MAX, '7F FF 00 00 00 00 00 00'],
  ])('%i is %s, both ways', (lun, hex) => {
    expect(encodeLun(lun)).toEqual(bytes(hex));
    expect(decodeLun(bytes(hex))).toBe(lun);
  });

  it('reads a small number in flat addressing', () => {
    expect(decodeLun(bytes('40 03 00 00 00 00 00 00'))).toBe(3);
  });

  it('reads a raw number above 255, as libiscsi sends it', () => {
    expect(decodeLun(bytes('01 2C 00 00 00 00 00 00'))).toBe(300);
  });

  it.each([
    [5, 'D2 00 00 05 00 00 00 00'], [0x01_2345, 'D2 01 23 45 00 00 00 00'],
    [3, 'E2 00 00 00 00 03 00 00'], [0xff_ffff_ffff, 'E2 FF FF FF FF FF 00 00'],
  ])('reads %i in extended flat addressing', (lun, hex) => {
    expect(decodeLun(bytes(hex))).toBe(lun);
  });

  it.each([
    ['hierarchical', '80 01 00 00 00 00 00 00'], ['well known', 'C1 01 00 00 00 00 00 00'],
    ['a second level', '00 01 00 02 00 00 00 00'], ['no', 'FF FF FF FF FF FF FF FF'],
    ['an extended second level', 'D2 00 00 05 00 01 00 00'],
    ['another extended', 'D3 00 00 05 00 00 00 00'],
  ])('does not read %s addressing', (_name, hex) => {
    expect(decodeLun(bytes(hex))).toBeUndefined();
  });

  it.each([-1, LUN_MAX + 1, 1.5])('refuses to encode %d', (lun) => {
    expect(() => encodeLun(lun)).toThrow(RangeError);
  });
});
