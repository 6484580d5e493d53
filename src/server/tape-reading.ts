/** What READ makes of the objects on a tape; commands and copies both ask here. */
import type { Room, Run } from '../media/tape-types.ts';
import type { StreamTransfer } from '../sam/medium-access.ts';
import type { Sense } from '../sense/sense.ts';

/** What a tape holds; a Cartridge is one. */
export interface TapeView {
  readonly endOfData: number;
  readonly filemarkCount: number;
  runAt(object: number): Run | undefined;
  payloadOffset(object: number): number;
  filemarksBefore(object: number): number;
  objectOfFilemark(index: number): number | undefined;
  isPastEarlyWarning(object: number): boolean;
  room(object: number): Room;
}

/** A range of the payload; records follow each other there without gaps. */
export interface PayloadRange {
  readonly offset: number;
  readonly byteLength: number;
}

/** The transfer that ended a stretch. */
export interface Stop {
  /** Undefined if SILI asks for no report. */
  readonly sense: Sense | undefined;
  /** What the transfer moves all the same. */
  readonly payload: PayloadRange;
  /** Where it leaves the tape. */
  readonly position: number;
}

export interface ReadPlan {
  /** Whole transfers, and what they move. */
  readonly transferCount: number;
  readonly payload: PayloadRange;
  /** Behind those transfers. */
  readonly position: number;
  /** What the next transfer would do; undefined if `count` of them were whole. */
  readonly stop: Stop | undefined;
}

export interface ReadOptions {
  /** Suppress incorrect length indication. */
  readonly sili: boolean;
  /** The block length of the mode parameters. */
  readonly blockBytes: number;
}

/**
 * What `count` reads from `position` on would do, up to the first that does not go smoothly.
 *
 * A fixed transfer wants `recordCount` records of `recordBytes`; a variable one wants one record
 * of any length and takes at most `recordBytes` of it. Source: SSC-4 5.4.
 */
export function planRead(
  tape: TapeView, position: number, transfer: StreamTransfer, count: number,
  options: ReadOptions): ReadPlan {
  const perTransfer = transfer.fixed ? transfer.recordCount : 1;
  const offset = tape.payloadOffset(position);
  const good = equalRecords(tape, position, transfer.recordBytes, perTransfer * count);
  const transferCount = Math.floor(good / perTransfer);
  const whole = transferCount * perTransfer;
  const payload = { offset, byteLength: whole * transfer.recordBytes };
  const plan = { transferCount, payload, position: position + whole };
  if (transferCount === count) return { ...plan, stop: undefined };
  const partial: PayloadRange = {
    offset: offset + payload.byteLength, byteLength: (good - whole) * transfer.recordBytes };
  const left = transfer.fixed ? perTransfer - (good - whole) : transfer.recordBytes;
  return { ...plan, stop: stopAt(tape, position + good, transfer, left, partial, options) };
}

/** Records of one length that follow each other from `position` on, at most `countMax`. */
function equalRecords(
  tape: TapeView, position: number, recordBytes: number, countMax: number): number {
  const run = tape.runAt(position);
  if (run?.kind !== 'records' || run.recordBytes !== recordBytes) return 0;
  // Neighbours that are alike are one run, so no further run needs to be looked at.
  return Math.min(countMax, run.firstObject + run.count - position);
}

/** What the object at `at` makes of a transfer; `left` is what the transfer still wants. */
function stopAt(
  tape: TapeView, at: number, transfer: StreamTransfer, left: number, payload: PayloadRange,
  options: ReadOptions): Stop {
  const run = tape.runAt(at);
  if (run === undefined) {
    const sense: Sense = {
      key: 'blankCheck', additional: 'endOfDataDetected', information: left,
      eom: tape.isPastEarlyWarning(at) };
    return { sense, payload, position: at };
  }
  if (run.kind === 'filemarks') {
    const sense: Sense = {
      key: 'noSense', additional: 'filemarkDetected', information: left, filemark: true };
    return { sense, payload, position: at + 1 };
  }
  return transfer.fixed
    ? { sense: incorrectLength(left), payload, position: at + 1 }
    : otherLength(at, run.recordBytes, left, payload.offset, options);
}

const incorrectLength = (information: number): Sense =>
  ({ key: 'noSense', additional: 'noAdditionalSense', information, ili: true });

/** A variable transfer of `wanted` bytes meets a record of another length. */
function otherLength(
  at: number, recordBytes: number, wanted: number, offset: number,
  { sili, blockBytes }: ReadOptions): Stop {
  const isShort = recordBytes < wanted;
  const isReported = !sili || (!isShort && blockBytes !== 0);
  return {
    sense: isReported ? incorrectLength(wanted - recordBytes) : undefined,
    payload: { offset, byteLength: Math.min(wanted, recordBytes) },
    position: at + 1,
  };
}
