import { type StreamTransfer, transferBytes } from '../sam/medium-access.ts';
import type { BlockEnd, StreamEnd } from './end.ts';
import type { BlockBytes, Transfers } from './step.ts';

/** Where units come from or go to: bytes of one, and the step part for some of them. */
export interface Units {
  readonly unitBytes: number;
  /** The units from number `first` on, counted from the segment's first one. */
  range(first: number, count: number): BlockBytes | Transfers;
}

/** A 64-bit address as a number; what a number cannot tell is behind the end of any medium. */
export const addressOf = (lba: bigint): number => Math.min(Number(lba), 2 ** 52);

/** Blocks of a disk from an address on. */
export const blocksOf = ({ blockBytes }: BlockEnd, lba: bigint): Units => ({
  unitBytes: blockBytes,
  range: (first, count) =>
    ({ lba: addressOf(lba) + first, offset: 0, byteLength: count * blockBytes,
      unitBytes: blockBytes }),
});

/** Bytes from an offset into a block on. */
export const bytesOf = (lba: bigint, offset: number): Units => ({
  unitBytes: 1,
  range: (first, byteLength) =>
    ({ lba: addressOf(lba), offset: offset + first, byteLength, unitBytes: 1 }),
});

/** Source: SPC-4 6.4.5.4: FIXED says whether the transfer length counts blocks or bytes. */
export function transfersOf(end: StreamEnd, length: number): Units {
  const transfer: StreamTransfer = end.fixed
    ? { fixed: true, recordBytes: end.recordBytes, recordCount: length }
    : { fixed: false, recordBytes: length, recordCount: 1 };
  return { unitBytes: transferBytes(transfer), range: (_, count) => ({ transfer, count }) };
}

/** As many bytes as whole units have. */
export const wholeUnits = (byteLength: number, unitBytes: number): number =>
  (unitBytes === 0 ? 0 : byteLength - byteLength % unitBytes);
