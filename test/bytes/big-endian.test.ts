import { describe, expect, it } from 'vitest';
import {
  readU16, readU24, readU32, readU48, readU64,
  writeU16, writeU24, writeU32, writeU48, writeU64,
} from '../../src/bytes/big-endian.ts';
import { readU16le, readU32le } from '../../src/bytes/little-endian.ts';

const BYTES = Uint8Array.of(0xaa, 0x81, 0x02, 0x83, 0x04, 0x85, 0x06, 0x87, 0x08, 0xbb);

describe('big-endian numbers', () => {
  it('reads the first byte as the most significant, without sign', () => {
    expect(readU16(BYTES, 1)).toBe(0x8102);
    expect(readU24(BYTES, 1)).toBe(0x810283);
    expect(readU32(BYTES, 1)).toBe(0x81028304);
    expect(readU48(BYTES, 1)).toBe(0x810283048506);
    expect(readU64(BYTES, 1)).toBe(0x8102830485068708n);
  });

  it.each<[string, number, (b: Uint8Array, at: number) => void]>([
    ['16 bits', 2, (b, at) => writeU16(b, at, 0x8102)],
    ['24 bits', 3, (b, at) => writeU24(b, at, 0x810283)],
    ['32 bits', 4, (b, at) => writeU32(b, at, 0x81028304)],
    ['48 bits', 6, (b, at) => writeU48(b, at, 0x810283048506)],
    ['64 bits', 8, (b, at) => writeU64(b, at, 0x8102830485068708n)],
  ])('writes %s and nothing beside them', (_name, byteLength, write) => {
    const bytes = new Uint8Array(10).fill(0xee);
    write(bytes, 1);
    expect(bytes.subarray(1, 1 + byteLength)).toEqual(BYTES.subarray(1, 1 + byteLength));
    expect(bytes[0]).toBe(0xee);
    expect(bytes.subarray(1 + byteLength).every((byte) => byte === 0xee)).toBe(true);
  });

  it('takes the largest numbers', () => {
    const bytes = new Uint8Array(8);
    writeU48(bytes, 0, 0xffff_ffff_ffff);
    expect(readU48(bytes, 0)).toBe(0xffff_ffff_ffff);
    writeU64(bytes, 0, 0xffff_ffff_ffff_ffffn);
    expect(readU64(bytes, 0)).toBe(0xffff_ffff_ffff_ffffn);
  });
});

describe('little-endian numbers', () => {
  it('reads the last byte as the most significant, without sign', () => {
    expect(readU16le(BYTES, 0)).toBe(0x81aa);
    expect(readU32le(BYTES, 2)).toBe(0x85048302);
  });
});
