/**
 * Turns one segment into steps on the two byte queues of the standard's model: residual source
 * data and residual destination data.
 *
 * ```text
 *   source ──read──► source queue ──process──► destination queue ──write──► destination
 *                         └──discard             └──discard
 * ```
 *
 * Plain arithmetic: the queues are lengths here, the executor has the bytes. A long segment is cut
 * into rounds, so that a tape can be given up between them.
 *
 * Source: SPC-4 5.17.7.2 (residuals), 6.4.6 (segments).
 */
import { type StreamTransfer, transferBytes } from '../sam/medium-access.ts';
import type { SenseError } from '../sense/sense.ts';
import {
  type BlockOffsetToBlockOffset, type BlockOffsetToStream, type BlockToBlock, type BlockToStream,
  type InlineToStream, rangeDescriptor, type Segment, type StreamToBlock,
  type StreamToBlockOffset, type StreamToDiscard, type StreamToStream,
} from '../wire/copy/segments.ts';
import { aborted, type Side } from './aborted.ts';
import type { BlockEnd, End, StreamEnd } from './end.ts';
import type { CopyLimits, CopyReadings } from './limits.ts';
import type { RodRange } from './rods.ts';
import type { Residual } from './segment-log.ts';
import {
  type DeviceCommand, registerAndMoveCommand, registerCommand, TEST_UNIT_READY,
} from './device-command.ts';
import {
  countFieldAt, destinationLbaAt, fieldAt, transferLengthAt,
} from './segment-fields.ts';

/** Bytes of a disk: `offset` counts from the block at `lba`, and may lie behind it. */
export interface BlockBytes {
  readonly lba: number;
  readonly offset: number;
  readonly byteLength: number;
}

export interface Transfers {
  readonly transfer: StreamTransfer;
  readonly count: number;
}

/** What the executor does; it knows no descriptors. Byte lengths are of the queues' fronts. */
export type Step =
  /** Refuses a destination range that is not on the medium before anything of the segment moves. */
  | { readonly kind: 'claim'; readonly blocks: BlockBytes; readonly field: number }
  | { readonly kind: 'read'; readonly from: BlockBytes | Transfers }
  | { readonly kind: 'process'; readonly byteLength: number; readonly holds: boolean }
  | { readonly kind: 'discard'; readonly queue: Side; readonly byteLength: number;
    readonly holds: boolean }
  /** Bytes for the destination queue that no source gives. */
  | { readonly kind: 'append'; readonly piece: Constant }
  | { readonly kind: 'write'; readonly to: BlockBytes | Transfers }
  | { readonly kind: 'filemarks'; readonly count: number; readonly immediate: boolean }
  | { readonly kind: 'space'; readonly code: number; readonly count: number }
  | { readonly kind: 'locate'; readonly object: number }
  /** Blocks and filemarks of one tape to another, until so many filemarks follow each other. */
  | { readonly kind: 'tapeImage'; readonly filemarkCount: number }
  /** So many blocks, or up to the end of either disk if `blockCount` is 0. */
  | { readonly kind: 'blockImage'; readonly sourceLba: number; readonly destinationLba: number;
    readonly blockCount: number }
  | { readonly kind: 'command'; readonly side: Side; readonly command: DeviceCommand }
  /** A command for when all segments are done, or the copy has failed. */
  | { readonly kind: 'later'; readonly command: DeviceCommand }
  | { readonly kind: 'populate'; readonly cscdId: number; readonly ranges: readonly RodRange[] }
  | { readonly kind: 'fail'; readonly error: SenseError };

export type Constant =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'zeros'; readonly byteLength: number };

export interface SegmentPlan {
  /** What the segment writes if all goes well, padding included: the base of the residual. */
  readonly writeBytes: number;
  readonly residual: Residual;
  readonly steps: Iterable<Step>;
}

/** A segment with all that its steps follow from. */
export interface SegmentInput {
  readonly index: number;
  readonly value: Segment;
  /** What is processed is held for the application client. */
  readonly holds: boolean;
  /** The ends that its type has; of the classes that its type asks for. */
  readonly source: End | undefined;
  readonly destination: End | undefined;
  /** Lengths of the queues, in bytes. */
  readonly residue: { readonly source: number; readonly destination: number };
  readonly inlineData: Uint8Array;
  readonly limits: CopyLimits;
  readonly readings: CopyReadings;
  /** Bytes read from a tape in one round, if a transfer is not larger. */
  readonly roundBytes: number;
}

/** Steps of a segment whose ends have been found. */
export function stepsOf(input: SegmentInput): SegmentPlan {
  const { value } = input;
  switch (value.kind) {
    case 'blockToStream': return blockToStream(input, value);
    case 'streamToBlock': return streamToBlock(input, value);
    case 'blockToBlock': return blockToBlock(input, value);
    case 'streamToStream': return streamToStream(input, value);
    case 'inlineToStream': return inlineToStream(input, value);
    case 'embeddedToStream':
      return constantToStream(input, value.streamTransferLength,
        value.embeddedData.subarray(0, value.embeddedBytes));
    case 'streamToDiscard': return streamToDiscard(input, value);
    case 'verifyCscd': return without(...verifySteps(value.tur));
    case 'blockOffsetToStream': return blockOffsetToStream(input, value);
    case 'streamToBlockOffset': return streamToBlockOffset(input, value);
    case 'blockOffsetToBlockOffset': return blockOffsetToBlockOffset(input, value);
    case 'writeFilemarks': return without({
      kind: 'filemarks', count: value.filemarkCount, immediate: value.immediate });
    case 'space': return without({ kind: 'space', code: value.code, count: value.count });
    case 'locate': return without({ kind: 'locate', object: value.logicalObject });
    case 'tapeImage':
      return { ...without({ kind: 'tapeImage', filemarkCount: value.count }), residual: 'zero' };
    case 'registerKey':
      return without({ kind: 'command', side: 'destination', command: registerCommand(value) });
    case 'thirdPartyReservations':
      return without({ kind: 'later', command: registerAndMoveCommand(value) });
    case 'blockImage': return without({
      kind: 'blockImage', sourceLba: addressOf(value.sourceLba),
      destinationLba: addressOf(value.destinationLba), blockCount: value.blockCount });
    case 'populateRodRanges':
      return without({ kind: 'populate', cscdId: value.destinationCscd,
        ranges: rangesOf(value.ranges) });
    case 'populateRodRange':
      return without({ kind: 'populate', cscdId: value.destinationCscd, ranges: [value] });
  }
}

const verifySteps = (tur: boolean): Step[] =>
  (tur ? [{ kind: 'command', side: 'source', command: TEST_UNIT_READY }] : []);

/** No data: the queues stay as they are, as with CAT. Source: SPC-4 table 139. */
const without = (...steps: readonly Step[]): SegmentPlan =>
  ({ writeBytes: 0, residual: 'none', steps });

const failing = (error: SenseError): SegmentPlan => without({ kind: 'fail', error });

/** Where units come from or go to: bytes of one, and the step part for some of them. */
interface Units {
  readonly unitBytes: number;
  /** The units from number `first` on, counted from the segment's first one. */
  range(first: number, count: number): BlockBytes | Transfers;
}

/** A 64-bit address as a number; what a number cannot tell is behind the end of any medium. */
const addressOf = (lba: bigint): number => Math.min(Number(lba), 2 ** 52);

const blocksOf = ({ blockBytes }: BlockEnd, lba: bigint): Units => ({
  unitBytes: blockBytes,
  range: (first, count) =>
    ({ lba: addressOf(lba) + first, offset: 0, byteLength: count * blockBytes }),
});

/** Bytes from an offset into a block on. */
const bytesOf = (lba: bigint, offset: number): Units => ({
  unitBytes: 1,
  range: (first, byteLength) => ({ lba: addressOf(lba), offset: offset + first, byteLength }),
});

/** Source: SPC-4 6.4.5.4: FIXED says whether the transfer length counts blocks or bytes. */
function transfersOf(end: StreamEnd, length: number): Units {
  const transfer: StreamTransfer = end.fixed
    ? { fixed: true, recordBytes: end.recordBytes, recordCount: length }
    : { fixed: false, recordBytes: length, recordCount: 1 };
  return { unitBytes: transferBytes(transfer), range: (_, count) => ({ transfer, count }) };
}

/** What a data segment moves through the queues, in bytes. */
interface Flow {
  readonly reads: Units | undefined;
  /** The range that is read whatever the source queue holds; otherwise just enough units. */
  readonly readCount?: number;
  readonly writes: Units | undefined;
  readonly processBytes: number;
  /** Leaves the source queue for nowhere instead of the destination queue. */
  readonly isDiscarded?: boolean;
  /** Joins the destination queue first. */
  readonly constant?: Uint8Array;
  readonly writeBytes: number;
  /** Residual destination data cannot be padded: the place to write is fixed. */
  readonly hasFixedPlace: boolean;
  /** Byte offset into the destination's first block. */
  readonly writeOffset?: number;
}

const wholeUnits = (byteLength: number, unitBytes: number): number =>
  (unitBytes === 0 ? 0 : byteLength - byteLength % unitBytes);

function blockToStream(input: SegmentInput, value: BlockToStream): SegmentPlan {
  const [source, destination] = [input.source as BlockEnd, input.destination as StreamEnd];
  const writes = transfersOf(destination, value.streamTransferLength);
  const reads = blocksOf(source, value.lba);
  return sourceCounted(input, reads, writes, value.blockCount * source.blockBytes);
}

/** Reads and processes just enough, writes as many whole units as possible. */
function sourceCounted(
  input: SegmentInput, reads: Units, writes: Units, processBytes: number): SegmentPlan {
  const writeBytes = wholeUnits(input.residue.destination + processBytes, writes.unitBytes);
  return planFlow(input, { reads, writes, processBytes, writeBytes, hasFixedPlace: false });
}

/** Writes exactly so many bytes, and processes what the queue lacks. */
function destinationCounted(
  input: SegmentInput, reads: Units, writes: Units, writeBytes: number): SegmentPlan {
  const processBytes = Math.max(0, writeBytes - input.residue.destination);
  return planFlow(input, { reads, writes, processBytes, writeBytes, hasFixedPlace: true });
}

function streamToBlock(input: SegmentInput, value: StreamToBlock): SegmentPlan {
  const [source, destination] = [input.source as StreamEnd, input.destination as BlockEnd];
  return destinationCounted(input, transfersOf(source, value.streamTransferLength),
    blocksOf(destination, value.lba), value.blockCount * destination.blockBytes);
}

function blockToBlock(input: SegmentInput, value: BlockToBlock): SegmentPlan {
  // What can be shared is known only while blocks move, so no copy is promised to be fast.
  if (value.fco) return failing(aborted(input.index, 'fastCopy', 'FCO is 1'));
  const [source, destination] = [input.source as BlockEnd, input.destination as BlockEnd];
  const reads = blocksOf(source, value.sourceLba);
  const writes = blocksOf(destination, value.destinationLba);
  return value.dc
    ? destinationCounted(input, reads, writes, value.blockCount * destination.blockBytes)
    : sourceCounted(input, reads, writes, value.blockCount * source.blockBytes);
}

function streamToStream(input: SegmentInput, value: StreamToStream): SegmentPlan {
  const [source, destination] = [input.source as StreamEnd, input.destination as StreamEnd];
  return sourceCounted(input, transfersOf(source, value.sourceTransferLength),
    transfersOf(destination, value.destinationTransferLength), value.byteCount);
}

function inlineToStream(input: SegmentInput, value: InlineToStream): SegmentPlan {
  const { index, inlineData } = input;
  const { inlineOffset, inlineBytes } = value;
  if (inlineOffset % 4 !== 0) {
    return failing(aborted(index, 'inlineOffset', `inline data at offset ${inlineOffset}`));
  }
  if (inlineOffset + inlineBytes > inlineData.length) {
    const field = inlineOffset > inlineData.length ? 'inlineOffset' : 'inlineBytes';
    return failing(aborted(index, 'inlineExceeded',
      `bytes ${inlineOffset} to ${inlineOffset + inlineBytes - 1} of ${inlineData.length}`,
      { byte: fieldAt('inlineToStream', field) }));
  }
  return constantToStream(input, value.streamTransferLength,
    inlineData.subarray(inlineOffset, inlineOffset + inlineBytes));
}

/** Bytes of the parameter list: residual source data stays where it is. */
function constantToStream(
  input: SegmentInput, transferLength: number, constant: Uint8Array): SegmentPlan {
  const writes = transfersOf(input.destination as StreamEnd, transferLength);
  return planFlow(input, {
    reads: undefined, writes, processBytes: 0, hasFixedPlace: false, constant,
    writeBytes: wholeUnits(input.residue.destination + constant.length, writes.unitBytes),
  });
}

const streamToDiscard = (input: SegmentInput, value: StreamToDiscard): SegmentPlan =>
  planFlow(input, {
    reads: transfersOf(input.source as StreamEnd, value.streamTransferLength), writes: undefined,
    processBytes: value.byteCount, isDiscarded: true, writeBytes: 0, hasFixedPlace: false,
  });

/** An offset that is not within a block of this device; a null device has no blocks. */
function offsetError(
  { index, value }: SegmentInput, side: Side, end: BlockEnd, offset: number,
): SenseError | undefined {
  if (end.medium === undefined || offset < end.blockBytes) return undefined;
  const field = value.kind === 'blockOffsetToBlockOffset' ? `${side}ByteOffset` : 'byteOffset';
  return aborted(index, 'byteOffset',
    `byte offset ${offset} into a block of ${end.blockBytes} bytes`,
    { byte: fieldAt(value.kind, field) });
}

function blockOffsetToStream(input: SegmentInput, value: BlockOffsetToStream): SegmentPlan {
  const refused = offsetError(input, 'source', input.source as BlockEnd, value.byteOffset);
  if (refused !== undefined) return failing(refused);
  const writes = transfersOf(input.destination as StreamEnd, value.streamTransferLength);
  return planFlow(input, {
    reads: bytesOf(value.lba, value.byteOffset), readCount: value.byteCount, writes,
    processBytes: value.byteCount, hasFixedPlace: false,
    writeBytes: wholeUnits(input.residue.destination + value.byteCount, writes.unitBytes),
  });
}

function streamToBlockOffset(input: SegmentInput, value: StreamToBlockOffset): SegmentPlan {
  const { byteCount, byteOffset } = value;
  const refused = offsetError(input, 'destination', input.destination as BlockEnd, byteOffset);
  if (refused !== undefined) return failing(refused);
  return planFlow(input, {
    reads: transfersOf(input.source as StreamEnd, value.streamTransferLength),
    writes: bytesOf(value.lba, byteOffset), writeOffset: byteOffset, writeBytes: byteCount,
    processBytes: Math.max(0, byteCount - input.residue.destination), hasFixedPlace: true,
  });
}

/** All bytes are processed whatever the queues hold. Source: SPC-4 5.17.7.2, table 115. */
function blockOffsetToBlockOffset(
  input: SegmentInput, value: BlockOffsetToBlockOffset): SegmentPlan {
  const { byteCount, sourceByteOffset, destinationByteOffset } = value;
  const refused = offsetError(input, 'source', input.source as BlockEnd, sourceByteOffset)
    ?? offsetError(
      input, 'destination', input.destination as BlockEnd, destinationByteOffset);
  if (refused !== undefined) return failing(refused);
  return planFlow(input, {
    reads: bytesOf(value.sourceLba, sourceByteOffset), readCount: byteCount,
    writes: bytesOf(value.destinationLba, destinationByteOffset),
    writeOffset: destinationByteOffset, processBytes: byteCount, writeBytes: byteCount,
    hasFixedPlace: true,
  });
}

function planFlow(input: SegmentInput, flow: Flow): SegmentPlan {
  const refused = transferError(input, flow) ?? limitError(input, flow);
  if (refused !== undefined) return failing(refused);
  const left = residueOf(input, flow);
  const padding = paddingOf(input, flow, left.destination);
  return {
    writeBytes: flow.writeBytes + (padding > 0 ? left.destination + padding : 0),
    residual: { unitBytes: residualUnit(input, flow), offset: flow.writeOffset ?? 0 },
    steps: flowSteps(input, flow, left, padding),
  };
}

/** What INFORMATION counts, in bytes. Source: SPC-4 5.17.7.4. */
function residualUnit({ destination, readings }: SegmentInput, { writes }: Flow): number {
  if (destination?.kind === 'block') return destination.blockBytes;
  if (destination?.kind !== 'stream') return 1;
  if (destination.fixed) return destination.recordBytes;
  return readings.variableResidual === 'blocks' ? writes?.unitBytes || 1 : 1;
}

/** What the queues hold once the designated data has moved. */
function residueOf(
  { residue }: SegmentInput, flow: Flow): { source: number; destination: number } {
  const readBytes = readUnits(residue.source, flow) * (flow.reads?.unitBytes ?? 0);
  const added = flow.constant?.length ?? (flow.isDiscarded ? 0 : flow.processBytes);
  return {
    source: residue.source + readBytes - flow.processBytes,
    destination: residue.destination + added - flow.writeBytes,
  };
}

const readUnits = (residue: number, { reads, readCount, processBytes }: Flow): number => {
  if (readCount !== undefined) return readCount;
  const lacking = Math.max(0, processBytes - residue);
  return lacking === 0 ? 0 : Math.ceil(lacking / reads!.unitBytes); // what is processed is read
};

/** Zeros that fill the last transfer. Source: SPC-4 table 116; not where (a) makes it an error. */
function paddingOf(input: SegmentInput, flow: Flow, residue: number): number {
  const { value, destination } = input;
  if (value.cat || destination?.pad !== true || flow.hasFixedPlace || residue === 0) return 0;
  const { unitBytes } = flow.writes!; // a segment with a destination writes
  if (input.readings.padding === 'transfer' || !isFixedTape(destination)) {
    return unitBytes - residue;
  }
  return Math.ceil(residue / destination.recordBytes) * destination.recordBytes - residue;
}

const isFixedTape = (end: End): end is StreamEnd => end.kind === 'stream' && end.fixed;

/** A stream transfer of no bytes that is needed, or of more than the limit. */
function transferError(input: SegmentInput, flow: Flow): SenseError | undefined {
  const { index, value, residue, limits } = input;
  const needed: [Side, Units | undefined, boolean][] = [
    ['source', flow.reads, flow.processBytes > residue.source],
    ['destination', flow.writes,
      residue.destination + flow.processBytes + (flow.constant?.length ?? 0) > 0],
  ];
  for (const [side, units, isNeeded] of needed) {
    if (input[side]?.kind !== 'stream' || units === undefined) continue;
    const { unitBytes } = units;
    if (unitBytes <= limits.streamTransferBytesMax && (unitBytes > 0 || !isNeeded)) continue;
    return aborted(index, 'transferLength',
      `stream transfers of ${unitBytes} bytes, at most ${limits.streamTransferBytesMax}`,
      { byte: transferLengthAt(value.kind, side) });
  }
  return undefined;
}

/** Granularities, length of one segment, and fast copies. Source: SPC-4 6.22. */
function limitError(
  { index, value, holds, limits }: SegmentInput, flow: Flow): SenseError | undefined {
  const byte = countFieldAt(value.kind);
  const isConstant = flow.constant !== undefined;
  const bytes = flow.constant?.length ?? Math.max(flow.processBytes, flow.writeBytes);
  if (limits.segmentBytesMax > 0 && flow.writeBytes > limits.segmentBytesMax) {
    return aborted(index, 'segmentTooLong',
      `${flow.writeBytes} bytes, at most ${limits.segmentBytesMax}`, { byte });
  }
  const log2 = isConstant && value.kind === 'inlineToStream'
    ? limits.inlineGranularityLog2 : limits.dataGranularityLog2;
  const isWhole = bytes % 2 ** log2 === 0
    && (!holds || flow.processBytes % 2 ** limits.heldGranularityLog2 === 0);
  return isWhole ? undefined : aborted(index, 'granularity', `${bytes} bytes`, { byte });
}

function* flowSteps(
  input: SegmentInput, flow: Flow, left: { source: number; destination: number },
  padding: number): Generator<Step> {
  const whole = flow.writeBytes + (padding > 0 ? left.destination + padding : 0);
  const blocks = flow.writes?.range(0, whole / (flow.writes.unitBytes || 1));
  if (blocks !== undefined && 'lba' in blocks && blocks.byteLength > 0) {
    yield { kind: 'claim', blocks, field: destinationLbaAt(input.value.kind) };
  }
  yield* rounds(input, flow);
  if (padding > 0) {
    yield { kind: 'append', piece: { kind: 'zeros', byteLength: padding } };
    yield { kind: 'write', to: paddedUnit(input, flow, left.destination + padding) };
  }
  yield* residueSteps(input, flow, { ...left, destination: padding > 0 ? 0 : left.destination });
}

/** The last transfer; where only its last tape block is filled, it has fewer of them. */
function paddedUnit(
  { destination }: SegmentInput, flow: Flow, byteLength: number): BlockBytes | Transfers {
  const { unitBytes, range } = flow.writes!; // what is padded is written
  if (byteLength === unitBytes) return range(flow.writeBytes / unitBytes, 1);
  const { recordBytes } = destination as StreamEnd; // only a tape's transfer has several blocks
  const transfer = { fixed: true, recordBytes, recordCount: byteLength / recordBytes };
  return { transfer, count: 1 };
}

/** Reads, processes and writes in turns until all that is designated has moved. */
function* rounds(
  { residue, source, roundBytes, holds }: SegmentInput, flow: Flow): Generator<Step> {
  let inSource = residue.source;
  let inDestination = residue.destination;
  let toRead = readUnits(residue.source, flow);
  let toProcess = flow.processBytes;
  let written = 0;
  let read = 0;
  if (flow.constant !== undefined && flow.constant.length > 0) {
    yield { kind: 'append', piece: { kind: 'bytes', bytes: flow.constant } };
    inDestination += flow.constant.length;
  }
  // Blocks are read when they are written, so all of them are one round.
  const roundUnits = source?.kind === 'stream'
    ? Math.max(1, Math.floor(roundBytes / (flow.reads?.unitBytes || 1))) : Number.MAX_SAFE_INTEGER;
  do {
    const count = Math.min(toRead, roundUnits);
    if (count > 0) yield { kind: 'read', from: flow.reads!.range(read, count) };
    inSource += count * (flow.reads?.unitBytes ?? 0);
    read += count;
    toRead -= count;
    const moved = Math.min(toProcess, inSource);
    if (moved > 0) {
      yield flow.isDiscarded ? { kind: 'discard', queue: 'source', byteLength: moved, holds }
        : { kind: 'process', byteLength: moved, holds };
    }
    inSource -= moved;
    toProcess -= moved;
    if (!flow.isDiscarded) inDestination += moved;
    if (flow.writes === undefined) continue;
    const { unitBytes } = flow.writes;
    const whole = Math.min(wholeUnits(inDestination, unitBytes), flow.writeBytes - written);
    if (whole > 0) {
      yield { kind: 'write', to: flow.writes.range(written / unitBytes, whole / unitBytes) };
    }
    inDestination -= whole;
    written += whole;
  } while (toProcess > 0);
}

/**
 * The PAD and CAT table; what was padded is gone from `left` already.
 *
 * A missing device counts as PAD=0. Source: SPC-4 5.17.7.2, table 116.
 */
function* residueSteps(
  { index, value, source, destination }: SegmentInput, flow: Flow,
  left: { source: number; destination: number }): Generator<Step> {
  if (value.cat || left.source + left.destination === 0) return;
  const [sourcePad, destinationPad] = [source?.pad ?? false, destination?.pad ?? false];
  const isInexact = destinationPad ? flow.hasFixedPlace && left.destination > 0 : !sourcePad;
  if (isInexact) {
    yield { kind: 'fail', error: aborted(index, 'inexact',
      `${left.source} bytes of source data and ${left.destination} of destination data are left`) };
    return;
  }
  if (sourcePad && left.source > 0) {
    yield { kind: 'discard', queue: 'source', byteLength: left.source, holds: false };
  }
  if (left.destination > 0) {
    yield { kind: 'discard', queue: 'destination', byteLength: left.destination, holds: false };
  }
}

/** The ranges of BEh: whole descriptors, as the planner has seen to. */
function rangesOf(bytes: Uint8Array): RodRange[] {
  const ranges: RodRange[] = [];
  for (let at = 0; at < bytes.length; at += rangeDescriptor.size) {
    ranges.push(rangeDescriptor.read(bytes, at));
  }
  return ranges;
}
