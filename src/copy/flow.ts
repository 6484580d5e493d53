/**
 * Bytes through the two queues: what a data segment reads, processes, writes, and what it does
 * with what is left. Source: SPC-4 5.17.7.2.
 */
import type { SenseError } from '../sense/sense.ts';
import { aborted, type Side } from './aborted.ts';
import type { End, StreamEnd } from './end.ts';
import { countFieldAt, destinationLbaAt, transferLengthAt } from './segment-fields.ts';
import {
  type BlockBytes, failing, type SegmentInput, type SegmentPlan, type Step, type Transfers,
} from './step.ts';
import { type Units, wholeUnits } from './units.ts';

/** What a data segment moves through the queues, in bytes. */
export interface Flow {
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
  /** Byte offset into the destination's first block, where bytes are counted. */
  readonly writeOffset?: number;
}

/** Steps of a data segment, or the one that refuses it. */
export function planFlow(input: SegmentInput, flow: Flow): SegmentPlan {
  const refused = transferError(input, flow) ?? limitError(input, flow);
  if (refused !== undefined) return failing(refused);
  const left = residueOf(input, flow);
  const paddedBytes = paddedBytesOf(input, flow, left.destination);
  return {
    writeBytes: flow.writeBytes + paddedBytes,
    residual: {
      unitBytes: residualUnit(input, flow),
      ...(flow.writeOffset === undefined ? {} : { offset: flow.writeOffset }) },
    steps: flowSteps(input, flow, left, paddedBytes),
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

/**
 * The last transfer, which zeros fill up; 0 if nothing is padded, as where (a) makes it an error.
 *
 * Source: SPC-4 5.17.7.2, table 116.
 */
function paddedBytesOf(input: SegmentInput, flow: Flow, residue: number): number {
  const { value, destination } = input;
  if (value.cat || destination?.pad !== true || flow.hasFixedPlace || residue === 0) return 0;
  if (input.readings.padding === 'transfer' || !isFixedTape(destination)) {
    return flow.writes!.unitBytes; // a segment with a destination writes
  }
  return Math.ceil(residue / destination.recordBytes) * destination.recordBytes;
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
  paddedBytes: number): Generator<Step> {
  const whole = flow.writeBytes + paddedBytes;
  const blocks = flow.writes?.range(0, whole / (flow.writes.unitBytes || 1));
  if (blocks !== undefined && 'lba' in blocks && blocks.byteLength > 0) {
    yield { kind: 'claim', blocks, field: destinationLbaAt(input.value.kind) };
  }
  yield* rounds(input, flow);
  if (paddedBytes > 0) {
    const byteLength = paddedBytes - left.destination;
    yield { kind: 'append', piece: { kind: 'zeros', byteLength } };
    yield { kind: 'write', to: paddedUnit(input, flow, paddedBytes) };
  }
  yield* residueSteps(
    input, flow, { ...left, destination: paddedBytes > 0 ? 0 : left.destination });
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
