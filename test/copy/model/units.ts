/** What one read or write moves. Source: SPC-4 6.4.5.3, 6.4.5.4. */
import type { Transfer } from './devices.ts';
import type { BlockEnd, End, StreamEnd } from './ends.ts';
import type { ModelSegment } from './segments.ts';

/** Each READ or WRITE to a stream device: FIXED says what the transfer length counts. */
export const transferOf = ({ recordBytes }: StreamEnd, length: number): Transfer =>
  (recordBytes > 0 ? { fixed: true, recordBytes, recordCount: length }
    : { fixed: false, recordBytes: length, recordCount: 1 });

export const bytesOfTransfer = ({ recordBytes, recordCount }: Transfer): number =>
  recordBytes * recordCount;

/** STREAM DEVICE TRANSFER LENGTH of the destination. */
export const writeLength = ({ type, length, toLength }: ModelSegment): number =>
  (type === 0x03 || type === 0x0e ? toLength : length);

/** Bytes of one write to the destination. */
export const writeUnit = (segment: ModelSegment, end: End): number =>
  (end.kind === 'block' ? end.blockBytes
    : bytesOfTransfer(transferOf(end, writeLength(segment))));

/** Bytes of a disk, from a byte of the block at `lba` on. */
export interface Range {
  readonly end: BlockEnd;
  readonly lba: number;
  readonly offset: number;
  readonly byteLength: number;
  /** The segment counts bytes (09h, 0Ah), so a part of a block counts as written. */
  readonly isBytes?: boolean;
}

export const blocksOf = ({ end, offset, byteLength }: Range): number =>
  Math.ceil((offset + byteLength) / end.blockBytes);
