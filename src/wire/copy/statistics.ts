/**
 * A vendor specific log page: how the copies that an I_T nexus has asked for were carried out.
 *
 * A standard has no place for this; with it a client's report can tell bytes that were shared or
 * moved past the page cache from bytes that went through it. Source: SPC-4 7.3.1 (30h to 3Eh are
 * vendor specific).
 */
import { readU64, writeU64 } from '../../bytes/big-endian.ts';

export const COPY_STATISTICS_PAGE = 0x3a;

/** Parameter code of each counter; a counter has eight bytes. */
export const COPY_STATISTICS = {
  reflink: 0x0001, direct: 0x0002, kernel: 0x0003, portable: 0x0004, hole: 0x0005,
} as const;
export type CopyCounter = keyof typeof COPY_STATISTICS;

export function encodeCounter(bytes: number): Uint8Array {
  const value = new Uint8Array(8);
  writeU64(value, 0, BigInt(bytes));
  return value;
}

/** The counters of a page with its head; undefined if it is not such a page. */
export function readCopyStatistics(page: Uint8Array): Record<CopyCounter, number> | undefined {
  const counters = { reflink: 0, direct: 0, kernel: 0, portable: 0, hole: 0 };
  if (page.length < 4 || (page[0]! & 0x3f) !== COPY_STATISTICS_PAGE) return undefined;
  const end = Math.min(page.length, 4 + page[2]! * 256 + page[3]!);
  for (let at = 4; at + 12 <= end && page[at + 3] === 8; at += 12) {
    const code = page[at]! * 256 + page[at + 1]!;
    const name = (Object.keys(COPY_STATISTICS) as CopyCounter[]) // keys of a constant
      .find((key) => COPY_STATISTICS[key] === code);
    if (name !== undefined) counters[name] = Number(readU64(page, at + 4));
  }
  return counters;
}
