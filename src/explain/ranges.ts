import { readU16 } from '../bytes/big-endian.ts';
import { rangeDescriptors } from '../wire/copy/segments.ts';
import type { Part } from './format.ts';

/** The whole ranges behind their length, which stands at `at`; what is left over is ignored. */
export function rangesPart(bytes: Uint8Array, at: number, end: number): Part {
  const from = at + 2;
  const byteLength = Math.min(readU16(bytes, at), end - from);
  return {
    key: 'ranges', name: rangeDescriptors.name, at: from,
    end: from + byteLength - byteLength % rangeDescriptors.headerBytes,
    content: { list: rangeDescriptors },
  };
}
