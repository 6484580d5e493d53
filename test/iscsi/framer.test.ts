import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/bytes/crc32c.ts';
import { concat } from '../../src/bytes/concat.ts';
import { type Digests, dataOf, Framer, FramingError, type Pdu } from '../../src/iscsi/framer.ts';
import { digestOf } from '../../src/iscsi/digest.ts';
import { DEFAULT_SEGMENT_BYTES, PIECE_COUNT_MAX } from '../../src/iscsi/limits.ts';
import { hexBytes } from '../../src/bytes/hex.ts';
import { pduBytes } from './support/pdus.ts';
import { pattern } from './support/raw-initiator.ts';

const header = (opcode: number): Uint8Array => {
  const bytes = pattern(48, opcode);
  bytes.set([opcode, 0, 0, 0, 0, 0, 0, 0]);
  return bytes;
};
const DIGESTS: Digests = { header: true, data: true };
const NONE: Digests = { header: false, data: false };

const framerWith = (digests: Digests): Framer => {
  const framer = new Framer(crc32c);
  framer.digests = digests;
  return framer;
};

function framed(framer: Framer, chunks: readonly Uint8Array[]): Pdu[] {
  const pdus: Pdu[] = [];
  for (const chunk of chunks) {
    framer.append(chunk);
    for (let pdu = framer.next(); pdu !== undefined; pdu = framer.next()) pdus.push(pdu);
  }
  return pdus;
}

/** Three PDUs: with padding, without data, with additional header and data. */
const stream = (digests: Digests): Uint8Array => concat([
  pduBytes(header(1), pattern(5), digests), pduBytes(header(2), undefined, digests),
  pduBytes(header(3), pattern(64), digests, Uint8Array.of(0, 5, 2, 0, 1, 2, 3, 4)),
]);

const summary = (pdus: readonly Pdu[]): unknown => pdus.map((pdu) => [
  hexBytes(pdu.header), hexBytes(pdu.ahs), hexBytes(dataOf(pdu)), pdu.dataBytes,
  pdu.dataDigestFailed,
]);

describe.each([['without digests', NONE], ['with digests', DIGESTS]])('framer %s', (_, digests) => {
  const whole = stream(digests);
  const expected = framed(framerWith(digests), [whole]);

  it('finds header, additional header and data', () => {
    expect(expected.map(({ header: [opcode] }) => opcode)).toEqual([1, 2, 3]);
    expect(expected.map((pdu) => hexBytes(dataOf(pdu)))).toEqual(
      [hexBytes(pattern(5)), '', hexBytes(pattern(64))]);
    expect(expected.map(({ ahs }) => ahs.length)).toEqual([0, 0, 8]);
  });

  it('gives the same PDUs wherever the stream is cut', () => {
    for (let at = 1; at < whole.length; at += 1) {
      const chunks = [whole.subarray(0, at), whole.subarray(at)];
      expect(summary(framed(framerWith(digests), chunks)), `cut at ${at}`).toEqual(
        summary(expected));
    }
  });

  it('gives the same PDUs byte by byte', () => {
    const chunks = Array.from(whole, (byte) => Uint8Array.of(byte));
    expect(summary(framed(framerWith(digests), chunks))).toEqual(summary(expected));
  });
});

describe('framer', () => {
  it('takes a segment of the longest length, and not one byte more', () => {
    const longest = pduBytes(header(1), pattern(DEFAULT_SEGMENT_BYTES));
    expect(framed(framerWith(NONE), [longest])[0]?.dataBytes).toBe(DEFAULT_SEGMENT_BYTES);
    const longer = pduBytes(header(1), pattern(DEFAULT_SEGMENT_BYTES + 1));
    expect(() => framed(framerWith(NONE), [longer.subarray(0, 48)])).toThrow(FramingError);
  });

  it('does not copy data that came in one chunk', () => {
    const chunk = Buffer.from(pduBytes(header(1), pattern(100)));
    const [pdu] = framed(framerWith(NONE), [chunk]);
    expect(pdu!.data).toHaveLength(1);
    expect(pdu!.data[0]!.buffer).toBe(chunk.buffer);
  });

  it('keeps few pieces of a peer that sends byte by byte', () => {
    const whole = pduBytes(header(1), pattern(4 * PIECE_COUNT_MAX));
    const [pdu] = framed(framerWith(NONE), Array.from(whole, (byte) => Uint8Array.of(byte)));
    expect(pdu!.data.length).toBeLessThanOrEqual(PIECE_COUNT_MAX + 1);
    expect(hexBytes(dataOf(pdu!))).toEqual(hexBytes(pattern(4 * PIECE_COUNT_MAX)));
  });

  it('throws at a wrong header digest, and tells of a wrong data digest', () => {
    const bytes = pduBytes(header(1), pattern(8), DIGESTS);
    const wrongHeader = bytes.slice();
    wrongHeader[20]! ^= 1;
    expect(() => framed(framerWith(DIGESTS), [wrongHeader])).toThrow(FramingError);
    const wrongData = bytes.slice();
    wrongData[55]! ^= 1;
    expect(framed(framerWith(DIGESTS), [wrongData])[0]?.dataDigestFailed).toBe(true);
  });
});

describe('digest (RFC 7143 A.4)', () => {
  it.each([
    ['32 bytes of zeros', new Uint8Array(32), 'AA 36 91 8A'],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), '43 AB A8 62'],
    ['bytes counting up', Uint8Array.from({ length: 32 }, (_, i) => i), '4E 79 DD 46'],
    ['bytes counting down', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), '5C DB 3F 11'],
  ])('of %s goes over the wire as in the RFC', (_name, bytes, expected) => {
    expect(hexBytes(digestOf([bytes.subarray(0, 13), bytes.subarray(13)], crc32c))).toBe(expected);
  });
});
