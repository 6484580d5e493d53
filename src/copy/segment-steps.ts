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
import type {
  BlockToBlock, BlockToStream, InlineToStream, Segment, StreamToBlock, StreamToDiscard,
} from '../wire/copy/segments.ts';
import { aborted, inSegment, type Side } from './aborted.ts';
import type { BlockEnd, End, StreamEnd } from './end.ts';
import type { CopyLimits } from './limits.ts';

export interface BlockRange {
  readonly lba: number;
  readonly blockCount: number;
}

export interface Transfers {
  readonly transfer: StreamTransfer;
  readonly count: number;
}

/** What the executor does; it knows no descriptors. Byte lengths are of the queues' fronts. */
export type Step =
  /** Refuses a destination range that is not on the medium before anything of the segment moves. */
  | { readonly kind: 'claim'; readonly blocks: BlockRange; readonly field: number }
  | { readonly kind: 'read'; readonly from: BlockRange | Transfers }
  | { readonly kind: 'process'; readonly byteLength: number }
  | { readonly kind: 'discard'; readonly queue: Side; readonly byteLength: number }
  /** Bytes for the destination queue that no source gives. */
  | { readonly kind: 'append'; readonly piece: Constant }
  | { readonly kind: 'write'; readonly to: BlockRange | Transfers }
  | { readonly kind: 'filemarks'; readonly count: number; readonly immediate: boolean }
  | { readonly kind: 'space'; readonly code: number; readonly count: number }
  | { readonly kind: 'locate'; readonly object: number }
  | { readonly kind: 'fail'; readonly error: SenseError };

export type Constant =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'zeros'; readonly byteLength: number };

export interface SegmentPlan {
  /** What the segment writes if all goes well, padding included: the base of the residual. */
  readonly writeBytes: number;
  readonly steps: Iterable<Step>;
}

/** A segment with all that its steps follow from. */
export interface SegmentInput {
  readonly index: number;
  readonly value: Segment;
  /** The ends that its type has; of the classes that its type asks for. */
  readonly source: End | undefined;
  readonly destination: End | undefined;
  /** Lengths of the queues, in bytes. */
  readonly residue: { readonly source: number; readonly destination: number };
  readonly inlineData: Uint8Array;
  readonly limits: CopyLimits;
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
    case 'inlineToStream': return inlineToStream(input, value);
    case 'streamToDiscard': return streamToDiscard(input, value);
    case 'writeFilemarks': return without({
      kind: 'filemarks', count: value.filemarkCount, immediate: value.immediate });
    case 'space': return without({ kind: 'space', code: value.code, count: value.count });
    case 'locate': return without({ kind: 'locate', object: value.logicalObject });
  }
}

/** No data: the queues stay as they are, as with CAT. Source: SPC-4 table 139. */
const without = (step: Step): SegmentPlan => ({ writeBytes: 0, steps: [step] });

const failing = (error: SenseError): SegmentPlan =>
  ({ writeBytes: 0, steps: [{ kind: 'fail', error }] });

/** Where units come from or go to: bytes of one, and the step part for some of them. */
interface Units {
  readonly unitBytes: number;
  /** The units from number `first` on, counted from the segment's first one. */
  range(first: number, count: number): BlockRange | Transfers;
}

/** A 64-bit address as a number; what a number cannot tell is behind the end of any medium. */
const addressOf = (lba: bigint): number => Math.min(Number(lba), 2 ** 52);

const blocksOf = (end: BlockEnd, lba: bigint): Units => ({
  unitBytes: end.blockBytes,
  range: (first, blockCount) => ({ lba: addressOf(lba) + first, blockCount }),
});

/** Source: SPC-4 6.4.5.3: FIXED says whether the transfer length counts blocks or bytes. */
function transfersOf(end: StreamEnd, length: number): Units {
  const transfer: StreamTransfer = end.fixed
    ? { fixed: true, recordBytes: end.recordBytes, recordCount: length }
    : { fixed: false, recordBytes: length, recordCount: 1 };
  return { unitBytes: transferBytes(transfer), range: (_, count) => ({ transfer, count }) };
}

/** What a data segment moves through the queues, in bytes. */
interface Flow {
  readonly reads: Units | undefined;
  readonly writes: Units | undefined;
  readonly processBytes: number;
  /** Leaves the source queue for nowhere instead of the destination queue. */
  readonly isDiscarded?: boolean;
  /** Joins the destination queue first. */
  readonly inline?: Uint8Array;
  readonly writeBytes: number;
  /** Residual destination data cannot be padded: the place to write is fixed. */
  readonly hasFixedPlace: boolean;
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
  const [source, destination] = [input.source as BlockEnd, input.destination as BlockEnd];
  const reads = blocksOf(source, value.sourceLba);
  const writes = blocksOf(destination, value.destinationLba);
  return value.dc
    ? destinationCounted(input, reads, writes, value.blockCount * destination.blockBytes)
    : sourceCounted(input, reads, writes, value.blockCount * source.blockBytes);
}

function inlineToStream(input: SegmentInput, value: InlineToStream): SegmentPlan {
  const { index, inlineData, residue } = input;
  const { inlineOffset, inlineBytes } = value;
  if (inlineOffset % 4 !== 0) {
    return failing(aborted(index, 'invalidFieldInParameterList',
      `inline data at offset ${inlineOffset}`, { fieldPointer: inSegment(12) }));
  }
  if (inlineOffset + inlineBytes > inlineData.length) {
    return failing(aborted(index, 'inlineDataLengthExceeded',
      `bytes ${inlineOffset} to ${inlineOffset + inlineBytes - 1} of ${inlineData.length}`,
      { fieldPointer: inSegment(inlineOffset > inlineData.length ? 12 : 16) }));
  }
  const writes = transfersOf(input.destination as StreamEnd, value.streamTransferLength);
  return planFlow(input, {
    reads: undefined, writes, processBytes: 0, hasFixedPlace: false,
    inline: inlineData.subarray(inlineOffset, inlineOffset + inlineBytes),
    writeBytes: wholeUnits(residue.destination + inlineBytes, writes.unitBytes),
  });
}

const streamToDiscard = (input: SegmentInput, value: StreamToDiscard): SegmentPlan =>
  planFlow(input, {
    reads: transfersOf(input.source as StreamEnd, value.streamTransferLength), writes: undefined,
    processBytes: value.byteCount, isDiscarded: true, writeBytes: 0, hasFixedPlace: false,
  });

function planFlow(input: SegmentInput, flow: Flow): SegmentPlan {
  const refused = transferError(input, flow) ?? limitError(input, flow);
  if (refused !== undefined) return failing(refused);
  const left = residueOf(input, flow);
  const padding = paddingOf(input, flow, left.destination);
  return {
    writeBytes: flow.writeBytes + (padding > 0 ? left.destination + padding : 0),
    steps: flowSteps(input, flow, left, padding),
  };
}

/** What the queues hold once the designated data has moved. */
function residueOf(
  { residue }: SegmentInput, flow: Flow): { source: number; destination: number } {
  const readBytes = readUnits(residue.source, flow) * (flow.reads?.unitBytes ?? 0);
  const added = flow.inline?.length ?? (flow.isDiscarded ? 0 : flow.processBytes);
  return {
    source: residue.source + readBytes - flow.processBytes,
    destination: residue.destination + added - flow.writeBytes,
  };
}

const readUnits = (residue: number, { reads, processBytes }: Flow): number => {
  const lacking = Math.max(0, processBytes - residue);
  return lacking === 0 ? 0 : Math.ceil(lacking / reads!.unitBytes); // what is processed is read
};

/** Zeros that fill the last transfer. Source: SPC-4 table 138; not where (a) makes it an error. */
function paddingOf({ value, destination }: SegmentInput, flow: Flow, residue: number): number {
  if (value.cat || destination?.pad !== true || flow.hasFixedPlace || residue === 0) return 0;
  return flow.writes!.unitBytes - residue; // a segment with a destination writes
}

/** A stream transfer of no bytes that is needed, or of more than the limit. */
function transferError(input: SegmentInput, flow: Flow): SenseError | undefined {
  const { index, residue, limits } = input;
  const needed: [End | undefined, Units | undefined, boolean][] = [
    [input.source, flow.reads, flow.processBytes > residue.source],
    [input.destination, flow.writes,
      residue.destination + flow.processBytes + (flow.inline?.length ?? 0) > 0],
  ];
  for (const [end, units, isNeeded] of needed) {
    if (end?.kind !== 'stream' || units === undefined) continue;
    const { unitBytes } = units;
    if (unitBytes <= limits.streamTransferBytesMax && (unitBytes > 0 || !isNeeded)) continue;
    return aborted(index, 'invalidFieldInParameterList',
      `stream transfers of ${unitBytes} bytes, at most ${limits.streamTransferBytesMax}`,
      { fieldPointer: inSegment(9) });
  }
  return undefined;
}

/** Offset of the field that counts, by kind of segment. */
const COUNT_FIELD: Readonly<Partial<Record<Segment['kind'], number>>> = {
  blockToStream: 14, streamToBlock: 14, blockToBlock: 10, inlineToStream: 16, streamToDiscard: 12,
};

/** Offset of the destination's address in the descriptor. */
const DESTINATION_LBA_FIELD: Readonly<Partial<Record<Segment['kind'], number>>> = {
  streamToBlock: 16, blockToBlock: 20,
};

/** Granularity and length of one segment. Source: SPC-4 6.23. */
function limitError({ index, value, limits }: SegmentInput, flow: Flow): SenseError | undefined {
  const fieldPointer = inSegment(COUNT_FIELD[value.kind] ?? 0);
  const bytes = flow.inline?.length ?? Math.max(flow.processBytes, flow.writeBytes);
  if (limits.segmentBytesMax > 0 && flow.writeBytes > limits.segmentBytesMax) {
    return aborted(index, 'invalidFieldInParameterList',
      `${flow.writeBytes} bytes, at most ${limits.segmentBytesMax}`, { fieldPointer });
  }
  const log2 = flow.inline === undefined
    ? limits.dataGranularityLog2 : limits.inlineGranularityLog2;
  return bytes % 2 ** log2 === 0 ? undefined
    : aborted(index, 'copySegmentGranularityViolation', `${bytes} bytes`, { fieldPointer });
}

function* flowSteps(
  input: SegmentInput, flow: Flow, left: { source: number; destination: number },
  padding: number): Generator<Step> {
  const whole = flow.writeBytes + (padding > 0 ? left.destination + padding : 0);
  const blocks = flow.writes?.range(0, whole / (flow.writes.unitBytes || 1));
  if (blocks !== undefined && 'lba' in blocks && blocks.blockCount > 0) {
    yield { kind: 'claim', blocks, field: DESTINATION_LBA_FIELD[input.value.kind] ?? 0 };
  }
  yield* rounds(input, flow);
  if (padding > 0) {
    yield { kind: 'append', piece: { kind: 'zeros', byteLength: padding } };
    yield { kind: 'write', to: flow.writes!.range(flow.writeBytes / flow.writes!.unitBytes, 1) };
  }
  yield* residueSteps(input, flow, { ...left, destination: padding > 0 ? 0 : left.destination });
}

/** Reads, processes and writes in turns until all that is designated has moved. */
function* rounds({ residue, source, roundBytes }: SegmentInput, flow: Flow): Generator<Step> {
  let inSource = residue.source;
  let inDestination = residue.destination;
  let toRead = readUnits(residue.source, flow);
  let toProcess = flow.processBytes;
  let written = 0;
  let read = 0;
  if (flow.inline !== undefined && flow.inline.length > 0) {
    yield { kind: 'append', piece: { kind: 'bytes', bytes: flow.inline } };
    inDestination += flow.inline.length;
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
      yield flow.isDiscarded ? { kind: 'discard', queue: 'source', byteLength: moved }
        : { kind: 'process', byteLength: moved };
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
 * A missing device counts as PAD=0. Source: SPC-4 5.17.7.2, table 138.
 */
function* residueSteps(
  { index, value, source, destination }: SegmentInput, flow: Flow,
  left: { source: number; destination: number }): Generator<Step> {
  if (value.cat || left.source + left.destination === 0) return;
  const [sourcePad, destinationPad] = [source?.pad ?? false, destination?.pad ?? false];
  const isInexact = destinationPad ? flow.hasFixedPlace && left.destination > 0 : !sourcePad;
  if (isInexact) {
    yield { kind: 'fail', error: aborted(index, 'unexpectedInexactSegment',
      `${left.source} bytes of source data and ${left.destination} of destination data are left`) };
    return;
  }
  if (sourcePad && left.source > 0) {
    yield { kind: 'discard', queue: 'source', byteLength: left.source };
  }
  if (left.destination > 0) {
    yield { kind: 'discard', queue: 'destination', byteLength: left.destination };
  }
}
