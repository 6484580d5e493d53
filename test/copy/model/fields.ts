/** Fields of a segment descriptor that are wrong for the devices at hand. */
import type { BlockEnd, End } from './ends.ts';
import type { ModelSegment } from './segments.ts';
import type { CopyState } from './state.ts';
import { inSegment } from './stop.ts';
import { bytesOfTransfer, transferOf, writeLength } from './units.ts';

/** A byte offset lies in its first block; a null device has no blocks. Throws: Stop. */
export function checkOffset(end: BlockEnd, offset: number, field: number): void {
  if (end.disk !== undefined && offset >= end.blockBytes) {
    throw inSegment('invalidFieldInParameterList', field);
  }
}

/**
 * Transfer lengths of 0 where a transfer must be made, and those above the limit.
 *
 * `processed` bytes leave the source data, `added` bytes join the destination data. Throws: Stop.
 */
export function checkTransfers(
  { limits, sourceData, destinationData }: CopyState, segment: ModelSegment,
  source: End | undefined, destination: End | undefined, processed: number, added: number): void {
  const check = (end: End | undefined, length: number, isNeeded: boolean, field: number): void => {
    if (end?.kind !== 'stream') return;
    const unit = bytesOfTransfer(transferOf(end, length));
    if (unit > limits.streamTransferBytesMax || (unit === 0 && isNeeded)) {
      throw inSegment('invalidFieldInParameterList', field);
    }
  };
  const hasTwoLengths = segment.type === 0x03 || segment.type === 0x0e;
  check(source, segment.length, processed > sourceData.length, 9);
  check(destination, writeLength(segment), destinationData.length + added > 0,
    hasTwoLengths ? 13 : 9);
}
