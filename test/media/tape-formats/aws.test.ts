import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseHex } from '../../../src/bytes/hex.ts';
import { ZlibCompression } from '../../../src/io/compression.ts';
import { awsWriter, parseAws } from '../../../src/media/tape-formats/aws.ts';
import { ImageError } from '../../../src/media/tape-formats/image-item.ts';
import { bzip2 } from './bzip2-vectors.ts';
import { itemsOf, summary } from './image-fixture.ts';

const bytes = (hex: string): Uint8Array => parseHex(hex.replaceAll(/\s/g, ''));

interface How {
  readonly het?: boolean;
  readonly lenient?: boolean;
  readonly chunkBytes?: number;
}

const read = (image: Uint8Array, { het, lenient = false, chunkBytes = 65535 }: How = {}) =>
  summary(itemsOf(() => parseAws({
    chunkBytes, lenient, compression: het ? new ZlibCompression() : undefined }), image));

/** One record in one chunk. */
const chunk = (data: Uint8Array, flags1: number, flags2 = 0, previous = 0): Uint8Array =>
  Buffer.concat([
    Buffer.of(data.length & 0xff, data.length >> 8, previous, 0, flags1, flags2), data]);

describe('an AWSTAPE image', () => {
  it.each([
    ['a record, a tape mark, a record',
      '0200 0000 a000 abcd  0000 0200 4000  0100 0000 a000 ee',
      ['0 abcd', '8 filemark', '14 ee']],
    ['a record of two chunks as one', '0200 0000 8000 abcd 0100 0200 2000 ef',
      ['0 record of another chunk length', '0 abcdef']],
    ['a record of three chunks as one', '0100 0000 8000 aa 0100 0100 0000 bb 0100 0100 2000 cc',
      ['0 record of another chunk length', '0 aabbcc']],
    ['nothing', '', []],
  ])('holds %s', (_, hex, expected) => expect(read(bytes(hex))).toEqual(expected));

  it('in chunks of the expected length is nothing to remark on', () => {
    expect(read(bytes('0200 0000 8000 abcd 0100 0200 2000 ef'), { chunkBytes: 2 }))
      .toEqual(['0 abcdef']);
  });

  it.each([
    ['a header that is cut off', '0000 0000 4000 0000', 6],
    ['a chunk that is cut off', '0400 0000 a000 abcd', 0],
    ['a record whose next chunk is missing', '0200 0000 8000 abcd', 0],
    ['a length before that is wrong', '0200 0000 a000 abcd 0000 0300 4000', 10],
    ['flags that mean nothing', '0000 0000 1000', 4],
    ['a second flag byte', '0100 0000 a001 ab', 4],
    ['a tape mark with data', '0100 0000 4000 ab', 0],
    ['a record without a begin', '0100 0000 2000 ab', 4],
    ['a record without an end', '0100 0000 8000 ab 0000 0100 4000', 11],
    ['a record that begins twice', '0100 0000 8000 ab 0100 0100 a000 cd', 11],
    ['a record of no bytes', '0000 0000 a000', 0],
    ['a compressed record, for that is HET', '0100 0000 a100 ab', 4],
  ])('is refused with %s, naming the byte', (_, hex, at) => {
    expect(() => read(bytes(hex))).toThrow(expect.objectContaining({ name: 'ImageError', at }));
  });

  it('is taken leniently up to where it is cut off', () => {
    expect(read(bytes('0000 0000 4000 0400 0000 a000 abcd'), { lenient: true }))
      .toEqual(['0 filemark', '6 cut off at the end of the file']);
  });

  it('is written in chunks that tell what is before them', () => {
    const writer = awsWriter({ chunkBytes: 2, compression: undefined, isHet: false });
    const parts = [...writer.record(bytes('abcdef')), ...writer.filemark(), ...writer.filemark()];
    expect(Buffer.concat(parts)).toEqual(Buffer.from(
      bytes('0200 0000 8000 abcd 0100 0200 2000 ef 0000 0100 4000 0000 0000 4000')));
  });
});

describe('a HET image', () => {
  const text = new Uint8Array(500).fill(0x41);
  const hexText = Buffer.from(text).toString('hex');

  it.each([
    ['zlib', chunk(deflateSync(text), 0xa1)],
    ['bzip2', chunk(bzip2.a500, 0xa2)],
    ['zlib of Bus-Tech', chunk(deflateSync(text), 0xa0, 0x80)],
  ])('holds records compressed by %s', (_, image) => {
    expect(read(image, { het: true })).toEqual(['0 compressed record', `0 ${hexText}`]);
  });

  it('joins the chunks of a record before it decompresses them', () => {
    const packed = deflateSync(text);
    const image = Buffer.concat([
      chunk(packed.subarray(0, 5), 0x81), chunk(packed.subarray(5), 0x21, 0, 5)]);
    expect(read(image, { het: true, chunkBytes: 5 })).toContain(`0 ${hexText}`);
  });

  it.each([
    ['what is no zlib stream', chunk(bytes('abcd'), 0xa1), 0],
    ['what is no bzip2 stream', chunk(bytes('abcd'), 0xa2), 0],
    ['a zlib stream of more than 2 MiB', chunk(deflateSync(new Uint8Array(2 ** 21 + 1)), 0xa1), 0],
    ['two methods at once', chunk(bytes('ab'), 0xa3), 4],
    ['Bus-Tech\'s method and another', chunk(bytes('ab'), 0xa1, 0x80), 4],
    ['a stream of no bytes', chunk(deflateSync(new Uint8Array(0)), 0xa1), 0],
  ])('is refused with %s', (_, image, at) => {
    expect(() => read(image, { het: true }))
      .toThrow(expect.objectContaining({ name: ImageError.name, at }));
  });

  it('is written compressed only where that is smaller', () => {
    const writer = awsWriter(
      { chunkBytes: 65535, compression: new ZlibCompression(), isHet: true });
    const [small] = writer.record(bytes('ab'));
    expect(small![4]).toBe(0xa0);
    const [large, packed] = writer.record(text);
    expect(large![4]).toBe(0xa1);
    expect(packed!.length).toBeLessThan(text.length);
  });
});
