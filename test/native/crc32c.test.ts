import { describe, expect, it } from 'vitest';

import { combineCrc32c, crc32c, zerosCrc32c } from '../../src/bytes/crc32c.ts';
import { loadAddon } from '../../src/io/addon.ts';
import { pattern } from '../support/io-bytes.ts';

const { addon } = loadAddon();

describe.skipIf(addon === undefined)('the addon\'s CRC32C', () => {
  it('has the check value of the standard', () => {
    expect(addon!.crc32c(Buffer.from('123456789'), 0)).toBe(0xe306_9283);
  });

  it('agrees with the portable one at every length around its steps, however aligned', () => {
    const bytes = pattern(40_000, 1);
    const lengths = [0, 1, 7, 8, 9, 4095, 4096, 12_287, 12_288, 12_289, 24_583, 39_990];
    for (const length of lengths) {
      for (const start of [0, 1, 3, 8]) {
        const part = bytes.subarray(start, start + length);
        expect(addon!.crc32c(part, 0x1234_5678)).toBe(crc32c(part, 0x1234_5678));
      }
    }
  });
});

it('combines parts, and knows zeros, without seeing the bytes', () => {
  const bytes = pattern(100_000, 2);
  for (const at of [0, 1, 4096, 65_537, 100_000]) {
    const [a, b] = [bytes.subarray(0, at), bytes.subarray(at)];
    expect(combineCrc32c(crc32c(a), crc32c(b), b.length)).toBe(crc32c(bytes));
    expect(zerosCrc32c(at)).toBe(crc32c(new Uint8Array(at)));
  }
});
