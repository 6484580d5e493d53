/** The end of a data segment: what is left is kept, dropped, padded or an error. */
import type { End } from './ends.ts';
import { fates } from './residue.ts';
import type { ModelSegment } from './segments.ts';
import type { CopyState } from './state.ts';
import { inexact } from './stop.ts';
import { transferOf, writeLength, writeUnit } from './units.ts';
import { writeRange, writeTransfer } from './writing.ts';

/** Deals with residual data. `isDesignated`: the blocks or bytes to write are said. */
export function settle(
  copy: CopyState, segment: ModelSegment, source: End | undefined, end: End | undefined,
  isDesignated: boolean): void {
  const { sourceData, destinationData } = copy;
  const [sourcePad, destinationPad] = [source?.pad ?? false, end?.pad ?? false];
  const fate = fates({ cat: segment.cat, sourcePad, destinationPad, isDesignated });
  const row = [sourcePad, destinationPad, segment.cat].map(Number).join('');
  if (sourceData.length > 0) copy.rowsMet.add(`source ${row}`);
  if (destinationData.length > 0) {
    copy.rowsMet.add(`destination ${row}${isDesignated ? ' designated' : ''}`);
  }
  if (sourceData.length > 0 && fate.source === 'error') throw inexact();
  if (destinationData.length > 0 && fate.destination === 'error') throw inexact();
  if (fate.source === 'drop') sourceData.clear();
  if (fate.destination === 'drop') destinationData.clear();
  if (fate.destination === 'pad' && destinationData.length > 0) pad(copy, segment, end!); // has PAD
}

/** Bytes of the last write, which zeros fill up: a transfer, or the blocks begun of it. */
function paddedBytes(
  { list }: CopyState, segment: ModelSegment, end: End, byteLength: number): number {
  const isByBlock = end.kind === 'stream' && end.recordBytes > 0
    && list.readings.padding === 'block';
  const unit = isByBlock ? end.recordBytes : writeUnit(segment, end);
  return Math.ceil(byteLength / unit) * unit;
}

function pad(copy: CopyState, segment: ModelSegment, end: End): void {
  const { destinationData } = copy;
  const whole = paddedBytes(copy, segment, end, destinationData.length);
  destinationData.append(new Uint8Array(whole - destinationData.length));
  if (end.kind === 'block') {
    const lba = segment.toLba + copy.written / end.blockBytes;
    writeRange(copy, { end, lba, offset: 0, byteLength: whole });
    return;
  }
  const transfer = transferOf(end, writeLength(segment));
  writeTransfer(copy, end, { ...transfer, recordCount: whole / transfer.recordBytes });
}

/** What would be written of the destination data with so many bytes more, padding included. */
export function plannedBytes(
  copy: CopyState, segment: ModelSegment, source: End | undefined, end: End,
  byteLength: number): number {
  const unit = writeUnit(segment, end);
  if (unit === 0) return 0;
  const all = copy.destinationData.length + byteLength;
  const left = all % unit;
  const { destination } = fates({ cat: segment.cat, sourcePad: source?.pad ?? false,
    destinationPad: end.pad, isDesignated: false });
  const isPadded = left > 0 && destination === 'pad';
  return all - left + (isPadded ? paddedBytes(copy, segment, end, left) : 0);
}
