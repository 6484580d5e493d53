import { describe, expect, it } from 'vitest';
import { parseHex } from '../../src/bytes/hex.ts';
import { ENTRY_BYTES, ENTRY_KIND, readEntry, writeEntry } from '../../src/media/index-entry.ts';

/** 7 records of 64 KiB, partition 0, entry 300, behind 5 objects; the checksum is left out. */
const BYTES = parseHex(`00000000 01 00 0000 000000000000012C 0000000000000100
  0000000000000005 0000000000000002 0000000000030000 0000000000000007 0000000000010000`);
const CONTENT = {
  kind: ENTRY_KIND.records, partition: 0, objects: 5, filemarks: 2, payload: 0x30000,
  amount: 7, detail: 0x10000,
};

function written(): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES);
  writeEntry(bytes, 0, CONTENT, 300, 256);
  return bytes;
}

describe('an index entry', () => {
  it('has its fields where the table says', () => {
    expect(written().subarray(4)).toEqual(BYTES.subarray(4));
    expect(readEntry(written(), 0)).toEqual({ ...CONTENT, sequence: 300, durable: 256 });
  });

  it('is none when any of its bits is another', () => {
    for (let bit = 0; bit < ENTRY_BYTES * 8; bit += 1) {
      const bytes = written();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(readEntry(bytes, 0), `bit ${bit}`).toBeUndefined();
    }
    expect(readEntry(new Uint8Array(ENTRY_BYTES), 0)).toBeUndefined();
  });
});
