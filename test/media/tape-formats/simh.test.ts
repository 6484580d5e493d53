import { describe, expect, it } from 'vitest';
import { parseHex } from '../../../src/bytes/hex.ts';
import { ImageError } from '../../../src/media/tape-formats/image-item.ts';
import { parseSimh, simhWriter } from '../../../src/media/tape-formats/simh.ts';
import { itemsOf, summary } from './image-fixture.ts';

const bytes = (hex: string): Uint8Array => parseHex(hex.replaceAll(/\s/g, ''));
const read = (hex: string, options: { padded?: boolean; lenient?: boolean } = {}): string[] =>
  summary(itemsOf(() => parseSimh({ padded: true, lenient: false, ...options }), bytes(hex)));

describe('a SIMH image', () => {
  it.each([
    ['an even record, a tape mark and the end of the file',
      '02000000 abcd 02000000  00000000', ['0 abcd', '10 filemark']],
    ['an odd record with its pad byte', '01000000 ab00 01000000', ['0 ab']],
    ['an end-of-medium marker', '00000000 ffffffff', ['0 filemark', '4 end-of-medium marker']],
    ['what is behind the end of medium', 'ffffffff 00000000',
      ['0 end-of-medium marker', '4 bytes behind the end of medium']],
    ['an erase gap', 'feffffff 00000000', ['0 erase gap', '4 filemark']],
    ['a half gap, which the next word begins in the middle of', 'fffffeff ffff 00000000',
      ['0 erase gap', '2 erase gap', '6 filemark']],
    ['a private record', '02000010 abcd 02000010 00000000', ['0 private record', '10 filemark']],
    ['a private marker', '34120070 00000000', ['0 private marker', '4 filemark']],
    ['a reserved record of odd length', '01000090 ab00 01000090', ['0 reserved record']],
    ['a reserved marker', '000000f0 00000000', ['0 reserved marker', '4 filemark']],
    ['a description', '020000e0 6869 020000e0', ['0 description record']],
    ['the end of data of SCSI2Pi', '00000000 50325373 00000000',
      ['0 filemark', '4 private marker', '8 bytes behind the end of medium']],
    ['a pad byte that is not zero', '01000000 abff 01000000',
      ['5 pad byte that is not zero', '0 ab']],
    ['nothing', '', []],
  ])('holds %s', (_, hex, expected) => expect(read(hex)).toEqual(expected));

  it('of E11 has no pad byte', () => {
    expect(read('01000000 ab 01000000', { padded: false })).toEqual(['0 ab']);
  });

  it.each([
    ['a marker that is cut off', '00000000 0000', 4],
    ['a record that is cut off in its data', '00000000 04000000 abcd', 4],
    ['a record that is cut off in its last word', '02000000 abcd 0200', 0],
    ['a half gap that is cut off', 'fffffeff ff', 0],
    ['a record whose words differ', '02000000 abcd 03000000', 6],
    ['a bad record', '00000000 02000080 abcd 02000080', 4],
    ['a bad record without data', '00000080 00000080', 0],
    ['a record too long for a cartridge', '00000001', 0],
    ['a marker that is illegal', '00000000 0000feff', 4],
    ['a half gap of reverse reading', '0000ffff', 0],
  ])('is refused with %s, naming the byte', (_, hex, at) => {
    const seen = (() => {
      try {
        return read(hex);
      } catch (error) {
        return error;
      }
    })();
    expect(seen).toBeInstanceOf(ImageError);
    expect((seen as ImageError).at).toBe(at);
    expect((seen as ImageError).message).toContain(`byte ${at}`);
  });

  it.each([
    ['a bad record as a good one', '02000080 abcd 02000080',
      ['0 bad record, its data taken as good', '0 abcd']],
    ['a bad record without data as none', '00000080 00000080 00000000',
      ['0 bad record without data', '8 filemark']],
    ['a file up to where it is cut off', '00000000 04000000 abcd',
      ['0 filemark', '4 cut off at the end of the file']],
  ])('is taken leniently: %s', (_, hex, expected) => {
    expect(read(hex, { lenient: true })).toEqual(expected);
  });

  it('is written with pad bytes, and an end marker if one is wanted', () => {
    const writer = simhWriter({ padded: true, endMarker: true });
    const parts = [...writer.record(bytes('ab')), ...writer.filemark(), ...writer.end()];
    expect(Buffer.concat(parts).toString('hex')).toBe('01000000ab000100000000000000ffffffff');
  });
});
