/**
 * EXTENDED COPY as the standard words it: two byte queues, and one unit moved at a time.
 *
 * ```text
 *   source ──fill──► source data ──process──► destination data ──write──► destination
 *                                    └──────► held data              └──settle: PAD and CAT
 * ```
 *
 * It has no idea in common with the copy manager: nothing is planned, merged or put off.
 * Source: SPC-4 5.17.7.2, 6.4.6.
 */
import type { CopyLimits } from '../../../src/copy/limits.ts';
import {
  bytesToBytes, destinationCounted, givenData, remove, sourceCounted,
} from './data-segments.ts';
import type { ModelDevice, ModelTape } from './devices.ts';
import {
  type BlockEnd, type End, findEnd, type ModelList, residualUnit, type StreamEnd,
} from './ends.ts';
import { blockImage, position, tapeImage, verify } from './other-segments.ts';
import { CLASSES, type ModelSegment } from './segments.ts';
import { CopyState, type ModelStop } from './state.ts';
import { type ModelEnd, Stop } from './stop.ts';
import { writeLength } from './units.ts';

export class Model {
  readonly devices: readonly ModelDevice[];
  readonly state: CopyState;
  segmentsProcessed = 0;
  end: ModelEnd | undefined;
  /** The tape that the last segment reads, and where it stood before. */
  readTape: { readonly tape: ModelTape; readonly from: number } | undefined;
  /** Bytes that were written before each segment that has been begun. */
  readonly bytesBefore: number[] = [];
  /** Bytes that were held before the last segment. */
  heldBefore = 0;

  constructor(
    devices: readonly ModelDevice[], list: ModelList, limits: CopyLimits, stop?: ModelStop) {
    this.devices = devices;
    this.state = new CopyState(list, limits, stop);
  }

  /** Residual data is dropped at the end of the copy. */
  get isLeftOver(): boolean {
    return this.state.sourceData.length + this.state.destinationData.length > 0;
  }

  run(segments: readonly ModelSegment[]): this {
    for (const segment of segments) {
      if (this.segmentsProcessed > (this.state.stop?.segment ?? Infinity)) break;
      this.step(segment);
      if (this.end !== undefined) break;
    }
    return this;
  }

  /** Processes the next segment; `end` tells if the copy stops there. */
  step(segment: ModelSegment): void {
    const { state } = this;
    const index = this.segmentsProcessed;
    this.segmentsProcessed += 1;
    this.bytesBefore.push(state.transferBytes);
    Object.assign(state, { planned: 0, written: 0 });
    this.readTape = undefined;
    this.heldBefore = state.held.all.length;
    let destination: End | undefined;
    try {
      const source = this.#find('source', segment);
      destination = this.#find('destination', segment);
      const tape = source?.kind === 'stream' ? source.tape : undefined;
      this.readTape = tape && { tape, from: tape.position };
      processSegment(state, segment, source!, destination!); // those that its type has
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      const information = residual(state, segment, destination);
      this.end = {
        ...error.reason, segment: index, ...(information === undefined ? {} : { information }) };
    }
  }

  #find(side: 'source' | 'destination', { type, from, to }: ModelSegment): End | undefined {
    const wanted = CLASSES[type][side];
    return wanted && findEnd(
      this.state.list, this.devices, side, side === 'source' ? from : to, wanted);
  }
}

/** What is left of a segment; undefined if nothing of it was written. SPC-4 5.17.7.4, 6.4.6.16. */
function residual(
  { planned, written, list }: CopyState, segment: ModelSegment, destination: End | undefined,
): number | undefined {
  if (written === 0) return undefined;
  if (segment.type === 0x13 || written === planned) return 0;
  const unit = residualUnit(destination, writeLength(segment), list.readings);
  const offset = segment.type === 0x09 || segment.type === 0x0a ? segment.toOffset : 0;
  return Math.ceil((offset + planned) / unit) - Math.floor((offset + written) / unit);
}

/** The classes of the type have been found; the casts say what they are. */
function processSegment(
  copy: CopyState, segment: ModelSegment, source: End, destination: End): void {
  const toBlocks = (): void =>
    destinationCounted(copy, segment, source, destination as BlockEnd);
  const given = (): void => sourceCounted(copy, segment, source, destination);
  const positioned = (): void => position(segment, destination as StreamEnd);
  const processes: Readonly<Record<ModelSegment['type'], () => void>> = {
    0x00: given, 0x01: toBlocks, 0x02: segment.dc ? toBlocks : given, 0x03: given,
    0x04: () => givenData(copy, segment, destination as StreamEnd),
    0x05: () => givenData(copy, segment, destination as StreamEnd),
    0x06: () => remove(copy, segment, source as StreamEnd),
    0x07: () => verify(source),
    0x08: given, 0x09: toBlocks,
    0x0a: () => bytesToBytes(copy, segment, source as BlockEnd, destination as BlockEnd),
    0x0b: given, 0x0c: toBlocks, 0x0d: segment.dc ? toBlocks : given, 0x0e: given,
    0x0f: () => remove(copy, segment, source as StreamEnd),
    0x10: positioned, 0x11: positioned, 0x12: positioned,
    0x13: () => tapeImage(copy, segment, source as StreamEnd, destination as StreamEnd),
    0x16: () => blockImage(copy, segment, source as BlockEnd, destination as BlockEnd),
  };
  processes[segment.type]();
}
