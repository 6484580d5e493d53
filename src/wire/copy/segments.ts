/** Segment descriptors. Source: SPC-4 6.4.6; codes 17h to 19h: SPC-5, names only. */
import { readU16 } from '../../bytes/big-endian.ts';
import { hex } from '../../bytes/hex.ts';
import { bit, bits, i24, raw, rest, u8, u16, u24, u32, u64 } from '../../codec/field.ts';
import { type AnyLayout, layout, type ValueOf } from '../../codec/layout.ts';
import { formerly, since, until } from '../../codec/levels.ts';
import type { ListRules } from '../../codec/list.ts';

/** A second code is that of the type that also holds the data for the application client. */
const typeCode = (...codes: number[]) =>
  u8(0, 'DESCRIPTOR TYPE CODE', { oneOf: codes, hex: true });
const cat = bit(1, 0, 'CAT');
const length = (bytes: number) => u16(2, 'DESCRIPTOR LENGTH', { oneOf: [bytes], unit: 'bytes' });
const openLength = u16(2, 'DESCRIPTOR LENGTH', { unit: 'bytes' });
const sourceCscd = formerly('SOURCE TARGET DESCRIPTOR INDEX', 3,
  u16(4, 'SOURCE CSCD DESCRIPTOR ID', { hex: true }));
const destinationCscd = formerly('DESTINATION TARGET DESCRIPTOR INDEX', 3,
  u16(6, 'DESTINATION CSCD DESCRIPTOR ID', { hex: true }));
const streamTransferLength = u24(9, 'STREAM DEVICE TRANSFER LENGTH'); // bytes, or blocks if FIXED
const lba16 = u64(16, 'BLOCK DEVICE LOGICAL BLOCK ADDRESS');
const sourceLba = u64(12, 'SOURCE BLOCK DEVICE LOGICAL BLOCK ADDRESS');
const destinationLba = u64(20, 'DESTINATION BLOCK DEVICE LOGICAL BLOCK ADDRESS');

/** Block device to stream device (00h); 0Bh also holds the data. The count is in source blocks. */
export const blockToStream = layout(
  { name: 'block device to stream device segment', source: 'SPC-4 6.4.6.2', size: 24 },
  {
    type:       typeCode(0x00, 0x0b),
    cat,
    length:     length(0x14),
    sourceCscd,
    destinationCscd,
    streamTransferLength,
    blockCount: u16(14, 'BLOCK DEVICE NUMBER OF BLOCKS', { unit: 'blocks' }),
    lba:        lba16,
  },
);
export type BlockToStream = ValueOf<typeof blockToStream>;

/** Stream device to block device (01h); 0Ch also holds. The count is in destination blocks. */
export const streamToBlock = layout(
  { name: 'stream device to block device segment', source: 'SPC-4 6.4.6.3', size: 24 },
  {
    type:       typeCode(0x01, 0x0c),
    cat,
    length:     length(0x14),
    sourceCscd,
    destinationCscd,
    streamTransferLength,
    blockCount: u16(14, 'BLOCK DEVICE NUMBER OF BLOCKS', { unit: 'blocks' }),
    lba:        lba16,
  },
);
export type StreamToBlock = ValueOf<typeof streamToBlock>;

/** Block device to block device (02h); 0Dh also holds. DC says whose blocks are counted. */
export const blockToBlock = layout(
  { name: 'block device to block device segment', source: 'SPC-4 6.4.6.4', size: 28 },
  {
    type:       typeCode(0x02, 0x0d),
    fco:        since(5, bit(1, 2, 'FCO', { meaning: 'fast copy only' })),
    dc:         bit(1, 1, 'DC', { meaning: 'destination blocks are counted' }),
    cat,
    length:     length(0x18),
    sourceCscd,
    destinationCscd,
    blockCount: u16(10, 'BLOCK DEVICE NUMBER OF BLOCKS', { unit: 'blocks' }),
    sourceLba,
    destinationLba,
  },
);
export type BlockToBlock = ValueOf<typeof blockToBlock>;

/** Stream device to stream device (03h); 0Eh also holds. Block boundaries are not kept. */
export const streamToStream = layout(
  { name: 'stream device to stream device segment', source: 'SPC-4 6.4.6.5', size: 20 },
  {
    type:                      typeCode(0x03, 0x0e),
    cat,
    length:                    length(0x10),
    sourceCscd,
    destinationCscd,
    sourceTransferLength:      u24(9, 'SOURCE STREAM DEVICE TRANSFER LENGTH'),
    destinationTransferLength: u24(13, 'DESTINATION STREAM DEVICE TRANSFER LENGTH'),
    byteCount:                 u32(16, 'BYTE COUNT', { unit: 'bytes' }),
  },
);
export type StreamToStream = ValueOf<typeof streamToStream>;

/** Inline data to stream device (04h). */
export const inlineToStream = layout(
  { name: 'inline data to stream device segment', source: 'SPC-4 6.4.6.6', size: 20 },
  {
    type:         typeCode(0x04),
    cat,
    length:       length(0x10),
    destinationCscd,
    streamTransferLength,
    inlineOffset: u32(12, 'INLINE DATA OFFSET', { unit: 'bytes' }),
    inlineBytes:  u32(16, 'INLINE DATA NUMBER OF BYTES', { unit: 'bytes' }),
  },
  [({ inlineOffset }) => (inlineOffset % 4 !== 0
    ? { field: 'inlineOffset', rule: 'inline-offset', severity: 'warning',
      message: `is ${inlineOffset}, must be a multiple of 4` } : undefined)],
);
export type InlineToStream = ValueOf<typeof inlineToStream>;

/** Embedded data to stream device (05h). */
export const embeddedToStream = layout(
  { name: 'embedded data to stream device segment', source: 'SPC-4 6.4.6.7', size: 16 },
  {
    type:          typeCode(0x05),
    cat,
    length:        openLength,
    destinationCscd,
    streamTransferLength,
    embeddedBytes: u16(12, 'EMBEDDED DATA NUMBER OF BYTES', { unit: 'bytes' }),
    embeddedData:  rest(16, 'EMBEDDED DATA'),
  },
  [
    ({ length: announced }, byteLength) => lengthProblem(announced, byteLength, 4),
    ({ embeddedBytes, embeddedData }) => (embeddedBytes > embeddedData.length
      ? { field: 'embeddedBytes', rule: 'embedded-bytes',
        message: `is ${embeddedBytes}, the descriptor has ${embeddedData.length}` } : undefined),
    ({ embeddedBytes, embeddedData }) => (embeddedData.subarray(embeddedBytes).some((b) => b !== 0)
      ? { field: 'embeddedData', rule: 'embedded-padding', severity: 'warning',
        message: `is not padded with zeros behind its ${embeddedBytes} bytes` } : undefined),
  ],
);
export type EmbeddedToStream = ValueOf<typeof embeddedToStream>;

/** DESCRIPTOR LENGTH of a descriptor without a fixed one, in bytes behind byte 3. */
function lengthProblem(announced: number, byteLength: number, multiple: number) {
  if (announced !== byteLength - 4) {
    return { field: 'length', rule: 'length',
      message: `is ${announced}, ${byteLength - 4} bytes follow it` } as const;
  }
  return announced % multiple === 0 ? undefined
    : { field: 'length', rule: 'length-multiple',
      message: `is ${announced}, must be a multiple of ${multiple}` } as const;
}

/** Stream device to discard (06h); 0Fh holds what is removed. */
export const streamToDiscard = layout(
  { name: 'stream device to discard segment', source: 'SPC-4 6.4.6.8', size: 16 },
  {
    type:      typeCode(0x06, 0x0f),
    cat,
    length:    length(0x0c),
    sourceCscd,
    streamTransferLength,
    byteCount: u32(12, 'NUMBER OF BYTES', { unit: 'bytes' }),
  },
);
export type StreamToDiscard = ValueOf<typeof streamToDiscard>;

/** Verify CSCD (07h). */
export const verifyCscd = layout(
  { name: 'verify CSCD segment', source: 'SPC-4 6.4.6.9', size: 12,
    formerly: [[3, 'verify device segment']] },
  {
    type:   typeCode(0x07),
    cat,
    length: length(0x08),
    sourceCscd,
    tur:    bit(8, 0, 'TUR', { meaning: 'with TEST UNIT READY' }),
  },
);
export type VerifyCscd = ValueOf<typeof verifyCscd>;

/** Block device with offset to stream device (08h). */
export const blockOffsetToStream = layout(
  { name: 'block device with offset to stream device segment', source: 'SPC-4 6.4.6.10', size: 28 },
  {
    type:       typeCode(0x08),
    cat,
    length:     length(0x18),
    sourceCscd,
    destinationCscd,
    streamTransferLength,
    byteCount:  u32(12, 'NUMBER OF BYTES', { unit: 'bytes' }),
    lba:        lba16,
    byteOffset: u16(26, 'BLOCK DEVICE BYTE OFFSET', { unit: 'bytes' }),
  },
);
export type BlockOffsetToStream = ValueOf<typeof blockOffsetToStream>;

/** Stream device to block device with offset (09h). */
export const streamToBlockOffset = layout(
  { name: 'stream device to block device with offset segment', source: 'SPC-4 6.4.6.11', size: 28 },
  {
    type:       typeCode(0x09),
    cat,
    length:     length(0x18),
    sourceCscd,
    destinationCscd,
    streamTransferLength,
    byteCount:  u32(12, 'NUMBER OF BYTES', { unit: 'bytes' }),
    lba:        lba16,
    byteOffset: u16(26, 'BLOCK DEVICE BYTE OFFSET', { unit: 'bytes' }),
  },
);
export type StreamToBlockOffset = ValueOf<typeof streamToBlockOffset>;

/** Block device with offset to block device with offset (0Ah). */
export const blockOffsetToBlockOffset = layout(
  { name: 'block device with offset to block device with offset segment',
    source: 'SPC-4 6.4.6.12', size: 32 },
  {
    type:                  typeCode(0x0a),
    cat,
    length:                length(0x1c),
    sourceCscd,
    destinationCscd,
    byteCount:             u32(8, 'NUMBER OF BYTES', { unit: 'bytes' }),
    sourceLba,
    destinationLba,
    sourceByteOffset:      u16(28, 'SOURCE BLOCK DEVICE BYTE OFFSET', { unit: 'bytes' }),
    destinationByteOffset: u16(30, 'DESTINATION BLOCK DEVICE BYTE OFFSET', { unit: 'bytes' }),
  },
);
export type BlockOffsetToBlockOffset = ValueOf<typeof blockOffsetToBlockOffset>;

/** Write filemarks to a sequential-access device (10h). */
export const writeFilemarks = layout(
  { name: 'write filemarks segment', source: 'SPC-4 6.4.6.13', size: 12 },
  {
    type:          typeCode(0x10),
    cat,
    length:        length(0x08),
    destinationCscd,
    wsmk:          until(3, bit(8, 1, 'WSMK', { mustBe: false, severity: 'warning' })),
    immediate:     formerly('IMMED', 3, bit(8, 0, 'W_IMMED')),
    filemarkCount: formerly('TRANSFER LENGTH', 3, u24(9, 'FILEMARK COUNT')),
  },
);
export type WriteFilemarks = ValueOf<typeof writeFilemarks>;

/** Space on a sequential-access device (11h). */
export const space = layout(
  { name: 'space segment', source: 'SPC-4 6.4.6.14', size: 12, until: 4 },
  {
    type:   typeCode(0x11),
    cat,
    length: length(0x08),
    destinationCscd,
    code:   bits(8, 3, 0, 'CODE', { meanings: {
      0: 'logical blocks', 1: 'filemarks', 2: 'sequential filemarks', 3: 'end of data' } }),
    count:  i24(9, 'COUNT'),
  },
);
export type Space = ValueOf<typeof space>;

/** Locate on a sequential-access device (12h). */
export const locate = layout(
  { name: 'locate segment', source: 'SPC-4 6.4.6.15', size: 12, until: 4 },
  {
    type:          typeCode(0x12),
    cat,
    length:        length(0x08),
    destinationCscd,
    logicalObject: formerly('BLOCK ADDRESS', 3, u32(8, 'LOGICAL OBJECT IDENTIFIER')),
  },
);
export type Locate = ValueOf<typeof locate>;

/** Tape device image copy (13h): blocks as they are, and filemarks. */
export const tapeImage = layout(
  { name: 'tape device image copy segment', source: 'SPC-4 6.4.6.16', size: 12 },
  {
    type:   typeCode(0x13),
    cat,
    length: length(0x08),
    sourceCscd,
    destinationCscd,
    count:  u32(8, 'COUNT', { unit: 'filemarks' }),
  },
);
export type TapeImage = ValueOf<typeof tapeImage>;

/** Register persistent reservation key (14h). */
export const registerKey = layout(
  { name: 'register persistent reservation key segment', source: 'SPC-4 6.4.6.17', size: 28 },
  {
    type:             typeCode(0x14),
    cat,
    length:           length(0x18),
    destinationCscd,
    reservationKey:   u64(8, 'RESERVATION KEY'),
    serviceActionKey: u64(16, 'SERVICE ACTION RESERVATION KEY'),
  },
);
export type RegisterKey = ValueOf<typeof registerKey>;

/** Third party persistent reservations source I_T nexus (15h). */
export const thirdPartyReservations = layout(
  { name: 'third party persistent reservations source I_T nexus segment',
    source: 'SPC-4 6.4.6.18', size: 32, since: 3 },
  {
    type:               typeCode(0x15),
    cat,
    length:             openLength,
    destinationCscd,
    reservationKey:     u64(8, 'RESERVATION KEY'),
    serviceActionKey:   u64(16, 'SERVICE ACTION RESERVATION KEY'),
    unreg:              bit(25, 1, 'UNREG'),
    aptpl:              bit(25, 0, 'APTPL'),
    relativeTargetPort: u16(26, 'RELATIVE TARGET PORT IDENTIFIER'),
    transportIdLength:  u32(28, 'TRANSPORTID LENGTH', { unit: 'bytes' }),
    transportId:        rest(32, 'TransportID'),
  },
  [
    ({ length: announced }, byteLength) => lengthProblem(announced, byteLength, 4),
    ({ transportIdLength, transportId }) => (transportIdLength !== transportId.length
      ? { field: 'transportIdLength', rule: 'length',
        message: `is ${transportIdLength}, ${transportId.length} bytes follow it` } : undefined),
  ],
);
export type ThirdPartyReservations = ValueOf<typeof thirdPartyReservations>;

/** Block device image copy (16h); a count of 0 is as many blocks as possible. */
export const blockImage = layout(
  { name: 'block device image copy segment', source: 'SPC-4 6.4.6.19', size: 28, since: 4 },
  {
    type:           typeCode(0x16),
    cat,
    length:         length(0x18),
    sourceCscd,
    destinationCscd,
    sourceLba:      u64(8, 'STARTING SOURCE LOGICAL BLOCK ADDRESS'),
    destinationLba: u64(16, 'STARTING DESTINATION LOGICAL BLOCK ADDRESS'),
    blockCount:     u32(24, 'NUMBER OF LOGICAL BLOCKS', { unit: 'blocks' }),
  },
);
export type BlockImage = ValueOf<typeof blockImage>;

/** A range of BEh, POPULATE TOKEN and WRITE USING TOKEN. */
export const rangeDescriptor = layout(
  { name: 'block device range descriptor', source: 'SBC-3 5.7.3', size: 16, since: 4 },
  {
    lba:        u64(0, 'LOGICAL BLOCK ADDRESS'),
    blockCount: u32(8, 'NUMBER OF LOGICAL BLOCKS', { unit: 'blocks' }),
  },
);
export type RangeDescriptor = ValueOf<typeof rangeDescriptor>;

/** Ranges, one behind another; the caller says where they end. */
export const rangeDescriptors: ListRules = {
  name: 'block device range descriptors', source: 'SBC-3 5.7.3', headerBytes: 16,
  lengthOf: () => 16, typeOf: () => 0, layoutOf: () => rangeDescriptor,
};

/** Populate a ROD from one or more block ranges (BEh). */
export const populateRodRanges = layout(
  { name: 'populate ROD from block ranges segment', source: 'SPC-4 6.4.6.20', size: 16, since: 4 },
  {
    type:                typeCode(0xbe),
    cat,
    length:              openLength,
    sourceCscd,
    destinationCscd,
    rangeDescriptorType: u8(13, 'RANGE DESCRIPTOR TYPE', { oneOf: [0x01], hex: true }),
    rangesLength:        u16(14, 'RANGE DESCRIPTORS LENGTH', { unit: 'bytes' }),
    ranges:              rest(16, 'range descriptors'),
  },
  [
    ({ length: announced }, byteLength) => lengthProblem(announced, byteLength, 1),
    ({ rangesLength, ranges }) => (rangesLength !== ranges.length || rangesLength % 16 !== 0
      ? { field: 'rangesLength', rule: 'length',
        message: `is ${rangesLength}, ${ranges.length} bytes of whole ranges must follow it` }
      : undefined),
  ],
);
export type PopulateRodRanges = ValueOf<typeof populateRodRanges>;

/** Populate a ROD from one block range (BFh). */
export const populateRodRange = layout(
  { name: 'populate ROD from one block range segment', source: 'SPC-4 6.4.6.21', size: 20,
    since: 4 },
  {
    type:       typeCode(0xbf),
    cat,
    length:     length(0x10),
    sourceCscd,
    destinationCscd,
    lba:        u64(8, 'LOGICAL BLOCK ADDRESS'),
    blockCount: u32(16, 'NUMBER OF LOGICAL BLOCKS', { unit: 'blocks' }),
  },
);
export type PopulateRodRange = ValueOf<typeof populateRodRange>;

/** A type whose layout no public source gives (17h to 19h), and any other that is not known. */
export const opaqueSegment = layout(
  { name: 'segment of a type without a public layout', source: 'SPC-4 6.4.6.1', size: 4 },
  {
    type:       u8(0, 'DESCRIPTOR TYPE CODE', { hex: true }),
    typeBits:   raw(1, 1, 'type specific bits'),
    length:     openLength,
    parameters: rest(4, 'parameters'),
  },
);

/** Type codes and layouts of the segments that are carried out, by kind. */
const KINDS = {
  blockToStream: [[0x00, 0x0b], blockToStream],
  streamToBlock: [[0x01, 0x0c], streamToBlock],
  blockToBlock: [[0x02, 0x0d], blockToBlock],
  streamToStream: [[0x03, 0x0e], streamToStream],
  inlineToStream: [[0x04], inlineToStream],
  embeddedToStream: [[0x05], embeddedToStream],
  streamToDiscard: [[0x06, 0x0f], streamToDiscard],
  verifyCscd: [[0x07], verifyCscd],
  blockOffsetToStream: [[0x08], blockOffsetToStream],
  streamToBlockOffset: [[0x09], streamToBlockOffset],
  blockOffsetToBlockOffset: [[0x0a], blockOffsetToBlockOffset],
  writeFilemarks: [[0x10], writeFilemarks],
  space: [[0x11], space],
  locate: [[0x12], locate],
  tapeImage: [[0x13], tapeImage],
  registerKey: [[0x14], registerKey],
  thirdPartyReservations: [[0x15], thirdPartyReservations],
  blockImage: [[0x16], blockImage],
  populateRodRanges: [[0xbe], populateRodRanges],
  populateRodRange: [[0xbf], populateRodRange],
} as const satisfies Record<string, readonly [readonly number[], AnyLayout]>;

export type SegmentKind = keyof typeof KINDS;

/** A segment as the copy manager takes it, told apart by `kind`; a hold form has its own type. */
export type Segment = {
  [K in SegmentKind]: ValueOf<(typeof KINDS)[K][1]> & { readonly kind: K };
}[SegmentKind];

/** Type codes of the forms that hold data for the application client. Source: SPC-4 6.4.6.1. */
export const HOLD_TYPES: readonly number[] = [0x0b, 0x0c, 0x0d, 0x0e, 0x0f];

const BY_CODE = new Map(Object.entries(KINDS).flatMap(([kind, [codes, declared]]) =>
  codes.map((code): [number, { kind: string; declared: AnyLayout }] =>
    [code, { kind, declared }])));

/** What this codec reads, by type code, ascending. */
export const SEGMENT_LAYOUTS: ReadonlyMap<number, AnyLayout> = new Map(
  [...BY_CODE].sort(([a], [b]) => a - b).map(([code, { declared }]) => [code, declared]));

/** The kind of a type code in SEGMENT_LAYOUTS. Throws: RangeError for another one. */
export function segmentKindOf(code: number): SegmentKind {
  const found = BY_CODE.get(code);
  if (found === undefined) throw new RangeError(`Cannot tell the kind of segment ${hex(code)}`);
  return found.kind as SegmentKind; // the keys of KINDS
}

/** The layout of a kind of segment. */
export const segmentLayoutOf = (kind: SegmentKind): AnyLayout => KINDS[kind][1];

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

/** Types of SPC-5 that are named in public, and nothing more. */
export const OPAQUE_SEGMENT_TYPES: readonly number[] = [0x17, 0x18, 0x19];

export const segmentDescriptors: ListRules = {
  name: 'segment descriptor list', source: 'SPC-4 6.4.6.1', headerBytes: 4,
  lengthOf: (bytes, at) => 4 + readU16(bytes, at + 2),
  typeOf: (bytes, at) => bytes[at]!,
  layoutOf: (type) => SEGMENT_LAYOUTS.get(type)
    ?? (OPAQUE_SEGMENT_TYPES.includes(type) ? opaqueSegment : undefined),
};

/** A name for messages: `00h (block → stream)`. */
export const segmentTypeName = (type: number): string => {
  const name = SEGMENT_TYPES[type];
  return name === undefined ? hex(type) : `${hex(type)} (${name})`;
};

/** Reads the segment descriptor at `at`. Throws: Malformed; RangeError for an unknown type. */
export function readSegment(bytes: Uint8Array, at: number, end: number): Segment {
  const found = BY_CODE.get(bytes[at]!);
  if (found === undefined) throw new RangeError(`Cannot read segment type ${hex(bytes[at]!)}`);
  // The layout is that of the kind.
  return { kind: found.kind, ...found.declared.read(bytes, at, end) } as unknown as Segment;
}
