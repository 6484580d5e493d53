import { describe, expect, it } from 'vitest';
import { combineCrc32c, crc32c, zerosCrc32c } from '../../src/bytes/crc32c.ts';
import { between, seeded } from '../support/seeded.ts';

const ramp = (first: number, step: number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => (first + step * i) & 0xff);

/** One bit after the other, as the polynomial is written. */
function bitwise(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
  }
  return ~crc >>> 0;
}

const random = seeded(7143);
const noise = (length: number): Uint8Array =>
  Uint8Array.from({ length }, () => between(random, 0, 255));

describe('crc32c', () => {
  // RFC 3720 B.4, where each digest is written least significant byte first.
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['00h to 1Fh', ramp(0x00, 1), 0x46dd794e],
    ['1Fh to 00h', ramp(0x1f, -1), 0x113fdb5c],
    ['no bytes', new Uint8Array(0), 0],
  ])('of %s', (_name, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it('is what the polynomial says at every length', () => {
    for (let length = 0; length < 70; length += 1) {
      const bytes = noise(length);
      expect(crc32c(bytes)).toBe(bitwise(bytes));
    }
  });

  it('goes on where it stopped', () => {
    const bytes = noise(100);
    for (let cut = 0; cut <= 100; cut += 7) {
      expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
    }
  });

  it('of two parts follows from theirs', () => {
    const bytes = noise(300);
    for (const cut of [0, 1, 8, 255, 256, 300]) {
      const [a, b] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(combineCrc32c(crc32c(a), crc32c(b), b.length)).toBe(crc32c(bytes));
    }
  });

  it.each([0, 1, 7, 512, 65_537])('of %d zeros needs no bytes', (length) => {
    expect(zerosCrc32c(length)).toBe(crc32c(new Uint8Array(length)));
  });
});
