import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bunzip2 } from '../../../src/media/tape-formats/bzip2.ts';
import { requires } from '../../support/requires.ts';
import { between, seeded } from '../../support/seeded.ts';
import { bzip2 } from './bzip2-vectors.ts';

const LIMIT = 4 * 1024 * 1024;

describe('bunzip2', () => {
  it.each([
    ['nothing', bzip2.empty, new Uint8Array(0)],
    ['one byte', bzip2.one, Buffer.from('x')],
    ['one long run', bzip2.a500, Buffer.alloc(500, 'A')],
    ['all bytes there are', bzip2.allBytes,
      Buffer.from(Array.from({ length: 1024 }, (_, i) => i & 0xff))],
  ])('gives back %s', (_, stream, expected) => {
    expect(Buffer.from(bunzip2(stream, LIMIT))).toEqual(Buffer.from(expected));
  });

  it('gives no more than it may', () => {
    expect(() => bunzip2(bzip2.a500, 499)).toThrow(RangeError);
    expect(bunzip2(bzip2.a500, 500)).toHaveLength(500);
  });

  it('refuses a stream that ends anywhere, or has a bit turned over', () => {
    for (let end = 0; end < bzip2.allBytes.length; end += 1) {
      expect(() => bunzip2(bzip2.allBytes.subarray(0, end), LIMIT)).toThrow(RangeError);
    }
    const random = seeded(3);
    for (let i = 0; i < 500; i += 1) {
      const stream = bzip2.allBytes.slice();
      const bit = between(random, 0, 8 * (stream.length - 1) - 1);
      stream[bit >>> 3]! ^= 1 << (bit & 7);
      const result = attempt(stream);
      // The level is not covered by a checksum: any that leaves room gives the same bytes.
      if (typeof result === 'string') expect(result).toBe('RangeError');
      else expect(result).toEqual(bunzip2(bzip2.allBytes, LIMIT));
    }
  });

  const need = requires('bzip2');
  it.skipIf(need.isMissing)(`reads what bzip2 writes of runs and noise${need.why}`, () => {
    const random = seeded(11);
    for (const byteLength of [1, 255, 4096, 150_000, 250_000]) {
      const bytes = Buffer.alloc(byteLength);
      for (let at = 0; at < byteLength;) {
        const run = between(random, 1, random() < 0.1 ? 3000 : 6);
        const byte = between(random, 0, random() < 0.5 ? 3 : 255);
        bytes.fill(byte, at, Math.min(at + run, byteLength));
        at += run;
      }
      const { stdout } = spawnSync('bzip2', ['-1'], { input: bytes, maxBuffer: LIMIT });
      expect(Buffer.from(bunzip2(stdout, LIMIT)).equals(bytes)).toBe(true);
    }
  });
});

function attempt(stream: Uint8Array): Uint8Array | string {
  try {
    return bunzip2(stream, LIMIT);
  } catch (error) {
    return (error as Error).name;
  }
}
