import { describe, expect, it } from 'vitest';
import {
  parseChangerSpec, parseDiskSpec, parseTapeSpec, refuseTwins,
} from '../../src/app/unit-specs.ts';
import { withDrives } from '../../src/target/target-config.ts';
import { formatDuration, formatSize, parseSize } from '../../src/app/units.ts';

describe('unit specifications', () => {
  it('reads a disk with every option', () => {
    expect(parseDiskSpec('a=/x/a.img,size=4G,block=512e,readonly,removable')).toEqual({
      kind: 'disk', name: 'a', path: '/x/a.img', byteLength: 4 * 1024 ** 3, blockBytes: 512,
      emulated512: true, readonly: true, removable: true,
    });
  });

  it('reads a tape, and a drive without a cartridge', () => {
    expect(parseTapeSpec('t=/x/tape,capacity=1.5M'))
      .toEqual({ kind: 'tape', name: 't', path: '/x/tape', capacityBytes: 1.5 * 1024 ** 2 });
    expect(parseTapeSpec('t=')).toMatchObject({ path: undefined });
  });

  it('reads the generation of drives', () => {
    expect(parseTapeSpec('t=/x/tape,generation=5')).toMatchObject({ generation: 5 });
    expect(parseChangerSpec('lib=/x/lib,generation=9')).toMatchObject({ generation: 9 });
    expect(() => parseTapeSpec('t=/x/tape,generation=10')).toThrow("'10' is not from 1 to 9");
  });

  it.each([
    ['a', 'NAME=PATH'], ['=x', 'NAME=PATH'], ['a=', 'the file is missing'],
    ['a=x,sise=4G', "'sise=4G' is not one of size=, block=, readonly, removable"],
    ['a=x,size', "'size' takes a value"], ['a=x,readonly=1', "'readonly' takes no value"],
    ['a=x,size=lots', "'lots'"], ['a=x,block=1024', "'1024'"],
  ])('refuses --disk %s and says where', (text, message) => {
    expect(() => parseDiskSpec(text)).toThrow(message);
  });

  it('reads a changer with every option, and with none', () => {
    expect(parseChangerSpec('lib=/x/lib,drives=3,slots=40,ie=2,cartridges=9,capacity=1G')).toEqual({
      kind: 'changer', name: 'lib', path: '/x/lib', drives: 3, slots: 40, mailSlots: 2,
      cartridges: 9, capacityBytes: 1024 ** 3 });
    expect(parseChangerSpec('lib=/x/lib')).toMatchObject(
      { drives: 2, slots: undefined, mailSlots: undefined, cartridges: undefined });
  });

  it.each([
    ['lib=', 'the folder is missing'], ['lib=x,slots=-1', "'-1' is no count"],
    ['lib=x,drives=two', "'two' is no count"], ['lib=x,tapes=1', "'tapes=1' is not one of drives="],
  ])('refuses --changer %s and says where', (text, message) => {
    expect(() => parseChangerSpec(text)).toThrow(message);
  });

  it('counts the drives of a changer among the units', () => {
    const units = withDrives([parseChangerSpec('lib=x'), parseDiskSpec('lib-drive1=y')]);
    expect(units.map(({ name }) => name)).toEqual(
      ['lib', 'lib-drive0', 'lib-drive1', 'lib-drive1']);
    expect(() => refuseTwins(units)).toThrow('lib-drive1 is given twice');
  });

  it('refuses one name or one path twice', () => {
    const [a, b] = [parseDiskSpec('a=x'), parseDiskSpec('b=x')];
    expect(() => refuseTwins([a, b])).toThrow('x is given twice');
    expect(() => refuseTwins([a, parseTapeSpec('a=y')])).toThrow('name a is given twice');
  });
});

describe('sizes', () => {
  it.each([['512', 512], ['4K', 4096], ['1.5GiB', 1.5 * 1024 ** 3], ['2tb', 2 * 1024 ** 4]])(
    'reads %s', (text, bytes) => {
      expect(parseSize(text, 'size')).toBe(bytes);
    });

  it.each(['', '0', '-1', '1X', '9999999P', '1 2'])('refuses "%s"', (text) => {
    expect(() => parseSize(text, 'size')).toThrow('Cannot read size');
  });

  it('writes sizes and times for people', () => {
    expect([0, 1023, 1536, 4 * 1024 ** 3].map(formatSize))
      .toEqual(['0 B', '1023 B', '1.50 KiB', '4.00 GiB']);
    expect([0.5, 340, 1250, 125_000].map(formatDuration))
      .toEqual(['0.5 ms', '340 ms', '1.25 s', '2 min 05 s']);
  });
});
