/** What one parameter list may hold, as the target says it and as the client bounds it. */
import { hex } from '../../bytes/hex.ts';
import type { OperatingParameters } from '../../wire/copy/results.ts';
import { CSCD_BYTES } from '../../wire/copy/cscd.ts';
import { blockToStream } from '../../wire/copy/segments.ts';

/** A disk and a tape. */
export const CSCD_COUNT = 2;

/** NUMBER OF BLOCKS has 16 bits. Source: SPC-4 6.4.6.2. */
export const SEGMENT_BLOCKS_MAX = 0xffff;

/** Segment types and CSCD type that jobs are made of. */
const NEEDED_TYPES = [0x00, 0x01, 0x04, 0x06, 0x10, 0x12, 0xe4] as const;

/**
 * The most data of one list: a slow tape (100 MB/s) is done in less than a minute, which no
 * initiator gives up on.
 */
export const LIST_BYTES_MAX = 4 * 1024 ** 3;

/** Long enough for any tape to stream, short enough for one Data-Out burst. */
export const RECORD_BYTES = 256 * 1024;

/** Bounds of a list that carries data, in bytes but for the count. */
export interface ListLimits {
  readonly segmentCountMax: number;
  /** Of the block device, what one segment moves at the most. */
  readonly segmentBytesMax: number;
  readonly listBytesMax: number;
}

/** What a target takes, checked to be enough for a backup. */
export interface TargetLimits {
  readonly segmentCountMax: number;
  /** 0: no limit but the field's. */
  readonly segmentBytesMax: number;
  readonly inlineBytesMax: number;
  readonly inlineGranuleBytes: number;
  readonly dataGranuleBytes: number;
  readonly streamTransferBytesMax: number;
}

/** Throws: Error that names what the target lacks. */
export function targetLimits(parameters: OperatingParameters): TargetLimits {
  const missing = NEEDED_TYPES.filter((type) => !parameters.implemented.includes(type));
  if (missing.length > 0) {
    const names = missing.map((type) => hex(type)).join(', ');
    throw new Error(`Cannot use the copy manager: it has no descriptors of type ${names}; `
      + 'use --mover host');
  }
  const segmentsThatFit = Math.floor(
    (parameters.maximumDescriptorListLength - CSCD_COUNT * CSCD_BYTES) / blockToStream.size);
  const segmentCountMax = Math.min(parameters.maximumSegmentCount, segmentsThatFit);
  // LOCATE, discard and one copy must go together, for residue ends with its list.
  if (parameters.maximumCscdCount < CSCD_COUNT || segmentCountMax < 3) {
    throw new Error('Cannot use the copy manager: it takes '
      + `${parameters.maximumCscdCount} CSCDs and ${Math.max(0, segmentCountMax)} segments in a `
      + 'list; use --mover host');
  }
  return {
    segmentCountMax,
    segmentBytesMax: parameters.maximumSegmentLength,
    inlineBytesMax: parameters.maximumInlineDataLength,
    inlineGranuleBytes: 2 ** parameters.inlineDataGranularity,
    dataGranuleBytes: 2 ** parameters.dataSegmentGranularity,
    streamTransferBytesMax: parameters.maximumStreamTransferSize,
  };
}

/**
 * Bounds for the data of a disk with such blocks.
 *
 * Throws: Error if a segment cannot hold one block, or the granularity is coarser than a block.
 */
export function listLimits(
  limits: TargetLimits, blockBytes: number, listBytesMax = LIST_BYTES_MAX): ListLimits {
  if (blockBytes % limits.dataGranuleBytes !== 0) {
    throw new Error(`Cannot use the copy manager: it moves multiples of ${limits.dataGranuleBytes} `
      + `bytes, the disk has blocks of ${blockBytes}; use --mover host`);
  }
  const ofField = SEGMENT_BLOCKS_MAX * blockBytes;
  const most = Math.min(ofField, limits.segmentBytesMax === 0 ? ofField : limits.segmentBytesMax);
  const segmentBytesMax = most - most % blockBytes;
  if (segmentBytesMax === 0) {
    throw new Error(`Cannot use the copy manager: a segment moves ${limits.segmentBytesMax} bytes, `
      + `a block of the disk has ${blockBytes}; use --mover host`);
  }
  return { segmentCountMax: limits.segmentCountMax, segmentBytesMax, listBytesMax };
}

/**
 * The length of the data file's records: `RECORD_BYTES`, or less if the way to the tape takes less.
 *
 * Throws: Error if they take no whole block.
 */
export function recordBytesFor(blockBytes: number, streamTransferBytesMax: number): number {
  const most = Math.min(RECORD_BYTES, streamTransferBytesMax);
  const recordBytes = most - most % blockBytes;
  if (recordBytes > 0) return recordBytes;
  throw new Error(`Cannot write tape records: the drive takes at most ${streamTransferBytesMax} `
    + `bytes, a block of the disk has ${blockBytes}`);
}
