/** Segment descriptors of the model: every type has the same fields, and ignores most of them. */

/** Data segments with the hold forms among them, then those without data, then images. */
export const SEGMENT_TYPES = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
  0x10, 0x11, 0x12, 0x13, 0x16,
] as const;
export type SegmentType = (typeof SEGMENT_TYPES)[number];

export interface ModelSegment {
  readonly type: SegmentType;
  readonly cat: boolean;
  readonly dc: boolean;
  /** CSCD descriptor IDs. */
  readonly from: number;
  readonly to: number;
  /** First block of the source; of the destination where the type has a stream for a source. */
  readonly lba: number;
  /** First block of the destination where both ends are disks. */
  readonly toLba: number;
  /** Byte offset into that block, of the source and of the destination. */
  readonly offset: number;
  readonly toOffset: number;
  /** Blocks, bytes, filemarks, objects: as the type counts. */
  readonly count: number;
  /** STREAM DEVICE TRANSFER LENGTH; of the destination where both ends are tapes. */
  readonly length: number;
  readonly toLength: number;
  /** CODE of SPACE; TUR. */
  readonly code: number;
  /** Embedded data. */
  readonly data: Uint8Array;
}

export type DeviceClass = 'block' | 'stream' | 'any';
export interface Classes {
  readonly source?: DeviceClass;
  readonly destination?: DeviceClass;
}

const BLOCK_TO_STREAM: Classes = { source: 'block', destination: 'stream' };
const STREAM_TO_BLOCK: Classes = { source: 'stream', destination: 'block' };
const BLOCK_TO_BLOCK: Classes = { source: 'block', destination: 'block' };
const STREAM_TO_STREAM: Classes = { source: 'stream', destination: 'stream' };
const TO_STREAM: Classes = { destination: 'stream' };
const FROM_STREAM: Classes = { source: 'stream' };

/** What a segment copies from and to. Source: SPC-4 table 146. */
export const CLASSES: Readonly<Record<SegmentType, Classes>> = {
  0x00: BLOCK_TO_STREAM, 0x01: STREAM_TO_BLOCK, 0x02: BLOCK_TO_BLOCK, 0x03: STREAM_TO_STREAM,
  0x04: TO_STREAM, 0x05: TO_STREAM, 0x06: FROM_STREAM, 0x07: { source: 'any' },
  0x08: BLOCK_TO_STREAM, 0x09: STREAM_TO_BLOCK, 0x0a: BLOCK_TO_BLOCK,
  0x0b: BLOCK_TO_STREAM, 0x0c: STREAM_TO_BLOCK, 0x0d: BLOCK_TO_BLOCK, 0x0e: STREAM_TO_STREAM,
  0x0f: FROM_STREAM, 0x10: TO_STREAM, 0x11: TO_STREAM, 0x12: TO_STREAM, 0x13: STREAM_TO_STREAM,
  0x16: BLOCK_TO_BLOCK,
};

/** Types whose processed bytes are also held for the application client. */
export const HOLDS: readonly SegmentType[] = [0x0b, 0x0c, 0x0d, 0x0e, 0x0f];
