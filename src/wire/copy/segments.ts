/** Segment descriptors. Source: SPC-4 6.4.6. */
import { readU16 } from '../../bytes/big-endian.ts';
import { hex } from '../../bytes/hex.ts';
import { bit, bits, i24, u8, u16, u24, u32, u64 } from '../../codec/field.ts';
import { type AnyLayout, layout, type ValueOf } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';

const typeCode = (code: number) => u8(0, 'DESCRIPTOR TYPE CODE', { oneOf: [code] });
const cat = bit(1, 0, 'CAT');
const length = (bytes: number) => u16(2, 'DESCRIPTOR LENGTH', { oneOf: [bytes], unit: 'bytes' });
const sourceCscd = u16(4, 'SOURCE CSCD DESCRIPTOR ID', { hex: true });
const destinationCscd = u16(6, 'DESTINATION CSCD DESCRIPTOR ID', { hex: true });

/** Block device to stream device (00h). */
export const blockToStream = layout(
  { name: 'block device to stream device segment', source: 'SPC-4 6.4.6.2', size: 24 },
  {
    type:                 typeCode(0x00),
    cat,
    length:               length(0x14),
    sourceCscd,
    destinationCscd,
    streamTransferLength: u24(9, 'STREAM DEVICE TRANSFER LENGTH'),  // bytes, or blocks if FIXED
    blockCount:           u16(14, 'BLOCK DEVICE NUMBER OF BLOCKS', { unit: 'blocks' }),
    lba:                  u64(16, 'BLOCK DEVICE LOGICAL BLOCK ADDRESS'),
  },
);
export type BlockToStream = ValueOf<typeof blockToStream>;

/** Stream device to block device (01h); the count is in destination blocks. */
export const streamToBlock = layout(
  { name: 'stream device to block device segment', source: 'SPC-4 6.4.6.3', size: 24 },
  {
    type:                 typeCode(0x01),
    cat,
    length:               length(0x14),
    sourceCscd,
    destinationCscd,
    streamTransferLength: u24(9, 'STREAM DEVICE TRANSFER LENGTH'),
    blockCount:           u16(14, 'BLOCK DEVICE NUMBER OF BLOCKS', { unit: 'blocks' }),
    lba:                  u64(16, 'BLOCK DEVICE LOGICAL BLOCK ADDRESS'),
  },
);
export type StreamToBlock = ValueOf<typeof streamToBlock>;

/** Block device to block device (02h); DC says whose blocks are counted. */
export const blockToBlock = layout(
  { name: 'block device to block device segment', source: 'SPC-4 6.4.6.4', size: 28 },
  {
    type:           typeCode(0x02),
    dc:             bit(1, 1, 'DC', { meaning: 'destination blocks are counted' }),
    cat,
    length:         length(0x18),
    sourceCscd,
    destinationCscd,
    blockCount:     u16(10, 'BLOCK DEVICE NUMBER OF BLOCKS', { unit: 'blocks' }),
    sourceLba:      u64(12, 'SOURCE BLOCK DEVICE LOGICAL BLOCK ADDRESS'),
    destinationLba: u64(20, 'DESTINATION BLOCK DEVICE LOGICAL BLOCK ADDRESS'),
  },
);
export type BlockToBlock = ValueOf<typeof blockToBlock>;

/** Inline data to stream device (04h). */
export const inlineToStream = layout(
  { name: 'inline data to stream device segment', source: 'SPC-4 6.4.6.6', size: 20 },
  {
    type:                 typeCode(0x04),
    cat,
    length:               length(0x10),
    destinationCscd,
    streamTransferLength: u24(9, 'STREAM DEVICE TRANSFER LENGTH'),
    inlineOffset:         u32(12, 'INLINE DATA OFFSET', { unit: 'bytes' }),
    inlineBytes:          u32(16, 'INLINE DATA NUMBER OF BYTES', { unit: 'bytes' }),
  },
  [({ inlineOffset }) => (inlineOffset % 4 !== 0
    ? { field: 'inlineOffset', rule: 'inline-offset', severity: 'warning',
      message: `is ${inlineOffset}, must be a multiple of 4` } : undefined)],
);
export type InlineToStream = ValueOf<typeof inlineToStream>;

/** Stream device to discard (06h). */
export const streamToDiscard = layout(
  { name: 'stream device to discard segment', source: 'SPC-4 6.4.6.8', size: 16 },
  {
    type:                 typeCode(0x06),
    cat,
    length:               length(0x0c),
    sourceCscd,
    streamTransferLength: u24(9, 'STREAM DEVICE TRANSFER LENGTH'),
    byteCount:            u32(12, 'NUMBER OF BYTES', { unit: 'bytes' }),
  },
);
export type StreamToDiscard = ValueOf<typeof streamToDiscard>;

/** Write filemarks to a sequential-access device (10h). */
export const writeFilemarks = layout(
  { name: 'write filemarks segment', source: 'SPC-4 6.4.6.13', size: 12 },
  {
    type:            typeCode(0x10),
    cat,
    length:          length(0x08),
    destinationCscd,
    wsmk:            bit(8, 1, 'WSMK', { mustBe: false, severity: 'warning' }),
    immediate:       bit(8, 0, 'W_IMMED'),
    filemarkCount:   u24(9, 'FILEMARK COUNT'),
  },
);
export type WriteFilemarks = ValueOf<typeof writeFilemarks>;

/** Space on a sequential-access device (11h). */
export const space = layout(
  { name: 'space segment', source: 'SPC-4 6.4.6.14', size: 12 },
  {
    type:            typeCode(0x11),
    cat,
    length:          length(0x08),
    destinationCscd,
    code:            bits(8, 3, 0, 'CODE', { meanings: {
      0: 'logical blocks', 1: 'filemarks', 2: 'sequential filemarks', 3: 'end of data' } }),
    count:           i24(9, 'COUNT'),
  },
);
export type Space = ValueOf<typeof space>;

/** Locate on a sequential-access device (12h). */
export const locate = layout(
  { name: 'locate segment', source: 'SPC-4 6.4.6.15', size: 12 },
  {
    type:            typeCode(0x12),
    cat,
    length:          length(0x08),
    destinationCscd,
    logicalObject:   u32(8, 'LOGICAL OBJECT IDENTIFIER'),
  },
);
export type Locate = ValueOf<typeof locate>;

/** What this codec reads, by type code. */
export const SEGMENT_LAYOUTS: ReadonlyMap<number, AnyLayout> = new Map<number, AnyLayout>([
  [0x00, blockToStream], [0x01, streamToBlock], [0x02, blockToBlock], [0x04, inlineToStream],
  [0x06, streamToDiscard], [0x10, writeFilemarks], [0x11, space], [0x12, locate],
]);

/** Codes of all versions and what they are called, known to this codec or not. */
export const SEGMENT_TYPES: Readonly<Record<number, string>> = {
  0x00: 'block → stream', 0x01: 'stream → block', 0x02: 'block → block', 0x03: 'stream → stream',
  0x04: 'inline → stream', 0x05: 'embedded → stream', 0x06: 'stream → discard', 0x07: 'verify CSCD',
  0x08: 'block with offset → stream', 0x09: 'stream → block with offset',
  0x0a: 'block with offset → block with offset', 0x0b: 'block → stream and hold',
  0x0c: 'stream → block and hold', 0x0d: 'block → block and hold', 0x0e: 'stream → stream and hold',
  0x0f: 'stream → hold', 0x10: 'write filemarks', 0x11: 'space', 0x12: 'locate',
  0x13: 'tape device image copy', 0x14: 'register persistent reservation key',
  0x15: 'third party persistent reservations source I_T nexus', 0x16: 'block device image copy',
  0x17: 'positioning', 0x18: 'logical objects, tape → tape',
  0x19: 'logical objects, tape → tape mirror', 0xbe: 'populate ROD from block ranges',
  0xbf: 'populate ROD from one block range',
};

export const segmentDescriptors: ListRules = {
  name: 'segment descriptor list', source: 'SPC-4 6.4.6.1', headerBytes: 4,
  lengthOf: (bytes, at) => 4 + readU16(bytes, at + 2),
  typeOf: (bytes, at) => bytes[at]!,
  layoutOf: (type) => SEGMENT_LAYOUTS.get(type),
};

/** A name for messages: `00h (block → stream)`. */
export const segmentTypeName = (type: number): string => {
  const name = SEGMENT_TYPES[type];
  return name === undefined ? hex(type) : `${hex(type)} (${name})`;
};

/** A segment as the copy manager takes it, told apart by its type code. */
export type Segment =
  | (BlockToStream & { readonly kind: 'blockToStream' })
  | (StreamToBlock & { readonly kind: 'streamToBlock' })
  | (BlockToBlock & { readonly kind: 'blockToBlock' })
  | (InlineToStream & { readonly kind: 'inlineToStream' })
  | (StreamToDiscard & { readonly kind: 'streamToDiscard' })
  | (WriteFilemarks & { readonly kind: 'writeFilemarks' })
  | (Space & { readonly kind: 'space' })
  | (Locate & { readonly kind: 'locate' });

type ReadSegment = (bytes: Uint8Array, at: number, end: number) => Segment;

const READERS: ReadonlyMap<number, ReadSegment> = new Map<number, ReadSegment>([
  [0x00, (b, at, end) => ({ kind: 'blockToStream', ...blockToStream.read(b, at, end) })],
  [0x01, (b, at, end) => ({ kind: 'streamToBlock', ...streamToBlock.read(b, at, end) })],
  [0x02, (b, at, end) => ({ kind: 'blockToBlock', ...blockToBlock.read(b, at, end) })],
  [0x04, (b, at, end) => ({ kind: 'inlineToStream', ...inlineToStream.read(b, at, end) })],
  [0x06, (b, at, end) => ({ kind: 'streamToDiscard', ...streamToDiscard.read(b, at, end) })],
  [0x10, (b, at, end) => ({ kind: 'writeFilemarks', ...writeFilemarks.read(b, at, end) })],
  [0x11, (b, at, end) => ({ kind: 'space', ...space.read(b, at, end) })],
  [0x12, (b, at, end) => ({ kind: 'locate', ...locate.read(b, at, end) })],
]);

/** Reads the segment descriptor at `at`. Throws: Malformed; RangeError for an unknown type. */
export function readSegment(bytes: Uint8Array, at: number, end: number): Segment {
  const read = READERS.get(bytes[at]!);
  if (read === undefined) throw new RangeError(`Cannot read segment type ${hex(bytes[at]!)}`);
  return read(bytes, at, end);
}
