/** Segments whose data passes through the queues. Source: SPC-4 5.17.7.2, table 115. */
import type { BlockEnd, End, StreamEnd } from './ends.ts';
import { checkOffset, checkTransfers } from './fields.ts';
import { fill, processBytes, readRange } from './reading.ts';
import type { ModelSegment } from './segments.ts';
import { plannedBytes, settle } from './settle.ts';
import type { CopyState } from './state.ts';
import { inSegment, type Stop } from './stop.ts';
import type { Range } from './units.ts';
import { claim, writeRange, writeUnits } from './writing.ts';

/**
 * 00h, 02h and 0Dh with DC=0, 03h, 08h, 0Bh, 0Eh: the bytes to process are said, and as many whole
 * units as possible are written.
 *
 * 08h reads its range whole, whatever source data there is; then the oldest bytes are processed.
 */
export function sourceCounted(
  copy: CopyState, segment: ModelSegment, source: End, destination: End): void {
  const { type, count, toLba } = segment;
  const isRange = type === 0x08;
  const processed = source.kind === 'block' && !isRange ? count * source.blockBytes : count;
  if (isRange) checkOffset(source as BlockEnd, segment.offset, 26);
  checkTransfers(copy, segment, source, destination, processed, processed);
  copy.planned = plannedBytes(copy, segment, source, destination, processed);
  if (destination.kind === 'block') {
    claim(copy, { end: destination, lba: toLba, offset: 0, byteLength: copy.planned }, 20);
  }
  let failed: Stop | undefined;
  if (isRange) readRange(copy, source as BlockEnd, segment);
  else failed = fill(copy, processed, source, segment);
  processBytes(copy, segment, processed);
  writeUnits(copy, segment, destination);
  if (failed !== undefined) throw failed;
  settle(copy, segment, source, destination, false);
}

/**
 * 01h, 02h and 0Dh with DC=1, 09h, 0Ch: the blocks or bytes to write are said, and what the
 * destination data lacks of them is processed.
 */
export function destinationCounted(
  copy: CopyState, segment: ModelSegment, source: End, end: BlockEnd): void {
  const { type, count } = segment;
  const isBytes = type === 0x09;
  const isFromDisk = source.kind === 'block';
  const range: Range = {
    end, isBytes, lba: isFromDisk ? segment.toLba : segment.lba,
    offset: isBytes ? segment.toOffset : 0, byteLength: isBytes ? count : count * end.blockBytes,
  };
  if (isBytes) checkOffset(end, segment.toOffset, 26);
  const need = Math.max(0, range.byteLength - copy.destinationData.length);
  checkTransfers(copy, segment, source, end, need, need);
  copy.planned = range.byteLength;
  claim(copy, range, isFromDisk ? 20 : 16);
  const failed = fill(copy, need, source, segment);
  processBytes(copy, segment, need);
  writeRange(copy, failed === undefined || isBytes ? range : wholeBlocks(copy, range));
  if (failed !== undefined) throw failed;
  settle(copy, segment, source, end, true);
}

/** The blocks of a range that there are bytes for. */
function wholeBlocks({ destinationData }: CopyState, range: Range): Range {
  const available = Math.min(range.byteLength, destinationData.length);
  return { ...range, byteLength: available - available % range.end.blockBytes };
}

/**
 * 0Ah: the source range is read whole and as many bytes are processed, whatever the queues hold;
 * so as many bytes as were left before are left again.
 */
export function bytesToBytes(
  copy: CopyState, segment: ModelSegment, source: BlockEnd, end: BlockEnd): void {
  const { toLba: lba, offset, toOffset, count } = segment;
  const range: Range = { end, isBytes: true, lba, offset: toOffset, byteLength: count };
  checkOffset(source, offset, 28);
  checkOffset(end, toOffset, 30);
  copy.planned = count;
  claim(copy, range, 20);
  readRange(copy, source, segment);
  processBytes(copy, segment, count);
  writeRange(copy, range);
  settle(copy, segment, source, end, true);
}

/** 04h, 05h: the list itself has the data; the source data is left alone. */
export function givenData(copy: CopyState, segment: ModelSegment, end: StreamEnd): void {
  const data = segment.type === 0x04 ? inlineData(copy, segment) : segment.data;
  checkTransfers(copy, segment, undefined, end, 0, data.length);
  copy.planned = plannedBytes(copy, segment, undefined, end, data.length);
  copy.destinationData.append(data);
  writeUnits(copy, segment, end);
  settle(copy, segment, undefined, end, false);
}

function inlineData(
  { list: { inline } }: CopyState, { offset, count }: ModelSegment): Uint8Array {
  if (offset % 4 !== 0) throw inSegment('invalidFieldInParameterList', 12);
  if (offset + count > inline.length) {
    throw inSegment('inlineDataLengthExceeded', offset > inline.length ? 12 : 16);
  }
  return inline.slice(offset, offset + count);
}

/** 06h, 0Fh: the destination data is left alone. */
export function remove(copy: CopyState, segment: ModelSegment, source: StreamEnd): void {
  checkTransfers(copy, segment, source, undefined, segment.count, 0);
  const failed = fill(copy, segment.count, source, segment);
  const removed = copy.sourceData.take(segment.count);
  if (segment.type === 0x0f) copy.held.add(removed);
  if (failed !== undefined) throw failed;
  settle(copy, segment, source, undefined, false);
}
