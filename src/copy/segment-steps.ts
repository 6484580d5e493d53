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
import type { SenseError } from '../sense/sense.ts';
import {
  type BlockOffsetToBlockOffset, type BlockOffsetToStream, type BlockToBlock, type BlockToStream,
  type InlineToStream, rangeDescriptor, type StreamToBlock, type StreamToBlockOffset,
  type StreamToDiscard, type StreamToStream,
} from '../wire/copy/segments.ts';
import { aborted, type Side } from './aborted.ts';
import {
  registerAndMoveCommand, registerCommand, TEST_UNIT_READY,
} from './device-command.ts';
import type { BlockEnd, StreamEnd } from './end.ts';
import { planFlow } from './flow.ts';
import type { RodRange } from './rods.ts';
import { fieldAt } from './segment-fields.ts';
import { failing, type SegmentInput, type SegmentPlan, type Step, without } from './step.ts';
import { addressOf, blocksOf, bytesOf, transfersOf, type Units, wholeUnits } from './units.ts';

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

/** The ranges of BEh: whole descriptors, as the planner has seen to. */
function rangesOf(bytes: Uint8Array): RodRange[] {
  const ranges: RodRange[] = [];
  for (let at = 0; at < bytes.length; at += rangeDescriptor.size) {
    ranges.push(rangeDescriptor.read(bytes, at));
  }
  return ranges;
}
